// Uses the resources of `test:resources`: classes of the engine's.
import { Counter, absorb, absorbLater, alive, echo, echoGiven, echoLabelled, echoOption, issue, redeem, sum } from 'test:resources/counters';
import { peek, put, take } from 'test:resources/vault';

const message = (call) => {
  try {
    call();
  } catch (error) {
    return error.payload;
  }
  return 'no error';
};

export const trials = {
  constructAndCall() {
    using counter = new Counter(40);
    return [counter.value(), counter.add(2), counter.value()];
  },
  constructTooLarge: () => message(() => new Counter(1001)),
  addTooMuch() {
    using counter = new Counter(999);
    const error = message(() => counter.add(2));
    return `${error}, still ${counter.value()}`;
  },
  statics() {
    const [first, second] = Counter.makePair(5);
    const values = [first.value(), second.value()];
    first[Symbol.dispose]();
    second[Symbol.dispose]();
    return values;
  },
  borrowOwnKind() {
    using small = new Counter(1);
    using large = new Counter(2);
    return [small.isAbove(large), large.isAbove(small), large.isAbove(large)];
  },
  absorbAnother() {
    using into = new Counter(1);
    absorb(into, new Counter(2));
    return into.value();
  },
  sumOfBorrows() {
    using a = new Counter(1);
    using b = new Counter(20);
    return sum([a, b, a]);
  },
  echoEverything() {
    let counter = echo(new Counter(1));
    counter = echoOption(counter);
    const none = echoOption(undefined) === undefined ? 1 : 0;
    const labelled = echoLabelled({ label: 'x', counter });
    const one = echoGiven({ tag: 'one', val: labelled.counter });
    const many = echoGiven({ tag: 'many', val: [one.val, new Counter(2)] });
    const nothing = echoGiven({ tag: 'nothing' });
    const values = many.val.map((counter) => counter.value());
    many.val.forEach((counter) => counter[Symbol.dispose]());
    return [none, labelled.label.length, nothing.tag === 'nothing' ? 1 : 0, ...values];
  },
  sealed() {
    const ticket = issue(7);
    return [ticket.number(), redeem(ticket)];
  },
  acrossInterfaces() {
    const ticket = put(new Counter(11));
    const seen = peek(ticket);
    using counter = take(ticket);
    return [seen, counter.add(1)];
  },
  async waitForMethods() {
    using counter = await Counter.makeLater(1);
    const first = await counter.addLater(2);
    const both = await Promise.all([counter.addLater(1), counter.addLater(1)]);
    const absorbed = await absorbLater(counter, new Counter(10));
    return [first, Math.max(...both), absorbed];
  },
  leftOver: alive,
};
