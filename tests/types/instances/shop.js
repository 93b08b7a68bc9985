const log = [];

class Item {
  constructor(name) {
    this.title = name;
  }

  name() {
    return this.title;
  }

  rename(name) {
    this.title = name;
  }

  async wait() {
    await null;
    return this.title;
  }

  isSame(other) {
    return this === other;
  }

  static cheapest() {
    return new Cheap('penny');
  }

  [Symbol.dispose]() {
    log.push(`end of ${this.title}`);
    if (this.title === 'bomb') throw new Error('the bomb went off');
  }
}

// What comes out may be of a class that extends the resource's.
class Cheap extends Item {
  name() {
    return `cheap ${super.name()}`;
  }
}

class Receipt {
  constructor(item) {
    this.item = item;
  }

  total() {
    return this.item.title.length;
  }
}

const favourite = new Item('favourite');

const wrong = {
  object: () => ({}),
  number: () => 1,
  other: () => new Receipt(favourite),
  proxy: () => new Proxy(favourite, {
    getPrototypeOf() {
      throw new RangeError('from the proxy');
    },
  }),
};

export const shop = {
  Item,
  Receipt,
  favourite: () => favourite,
  wrap: (item) => new Receipt(item),
  unwrap: (receipt) => receipt.item,
  makeWrong: (kind) => [new Item('right'), wrong[kind]()],
  look: (items) => items.map((item) => item.name()).join(', '),
  log: () => log.splice(0),
};
