// Defines the resources of `test:resources`: classes of its own.
const LIMIT = 1000;
let alive = 0;

class Counter {
  #value;

  constructor(start) {
    if (start > LIMIT) throw new ComponentError(`${start} is above ${LIMIT}`);
    this.#value = start;
    alive += 1;
  }

  value() {
    return this.#value;
  }

  add(by) {
    if (this.#value + by > LIMIT) throw new ComponentError('too much');
    return (this.#value += by);
  }

  async addLater(by) {
    await null;
    return this.add(by);
  }

  isAbove(other) {
    return this.#value > other.#value;
  }

  static makePair(start) {
    return [new Counter(start), new Counter(start + 1)];
  }

  static async makeLater(start) {
    await null;
    return new this(start);
  }

  // The consumer dropped its last handle.
  [Symbol.dispose]() {
    alive -= 1;
  }
}

class SealedTicket {
  constructor(number) {
    this.issued = number;
  }

  number() {
    return this.issued;
  }
}

export const counters = {
  Counter,
  SealedTicket,
  absorb(into, other) {
    into.add(other.value());
    other[Symbol.dispose]();
  },
  async absorbLater(into, other) {
    await null;
    counters.absorb(into, other);
    return into.value();
  },
  sum: (counters) => counters.reduce((sum, counter) => sum + counter.value(), 0),
  echo: (counter) => counter,
  echoOption: (counter) => counter,
  echoLabelled: (labelled) => labelled,
  echoGiven: (given) => given,
  issue: (number) => new SealedTicket(number),
  redeem: (ticket) => ticket.number(),
  alive: () => alive,
};

const kept = new Map();

export const vault = {
  put(counter) {
    const ticket = new SealedTicket(kept.size + 1);
    kept.set(ticket, counter);
    return ticket;
  },
  take(ticket) {
    const counter = kept.get(ticket);
    kept.delete(ticket);
    return counter;
  },
  peek: (ticket) => kept.get(ticket).value(),
};
