import { Other, Sealed, Thing, look, lookAndTake, lookLater, take, takeAndLook, takeTwo, takeWithNumber, takeWrapped } from 'test:handles/things';

let kept;

const cases = {
  disposed() {
    const thing = new Thing(1);
    thing[Symbol.dispose]();
    return thing.number();
  },
  'disposed twice'() {
    const thing = new Thing(1);
    thing[Symbol.dispose]();
    thing[Symbol.dispose]();
    return 'fine';
  },
  'disposed argument'() {
    const thing = new Thing(1);
    thing[Symbol.dispose]();
    look(thing);
  },
  'given away'() {
    const thing = new Thing(1);
    take(thing);
    return thing.number();
  },
  'disposed after it was given away'() {
    using thing = new Thing(1);
    take(thing);
    return 'fine';
  },
  'given away twice'() {
    const thing = new Thing(1);
    take(thing);
    take(thing);
  },
  'given away twice at once'() {
    using thing = new Thing(1);
    takeTwo(thing, thing);
  },
  'lent and given away at once'() {
    using thing = new Thing(1);
    lookAndTake(thing, thing);
  },
  'given away and lent at once'() {
    using thing = new Thing(1);
    takeAndLook(thing, thing);
  },
  'kept when a later argument is wrong'() {
    using thing = new Thing(5);
    try {
      takeWithNumber(thing, 256);
    } catch (error) {
      return `${error.message}; ${thing.number()}`;
    }
  },
  'kept when a later argument throws'() {
    using thing = new Thing(6);
    try {
      takeWrapped({ label: 'x', items: [thing, null] });
    } catch (error) {
      return `${error.message}; ${thing.number()}`;
    }
  },
  'an error of a getter'() {
    takeWrapped({
      get label() {
        throw new RangeError('from the getter');
      },
    });
  },
  'disposed by a getter of a later argument'() {
    using thing = new Thing(1);
    const items = [thing];
    items.push(new Proxy(thing, {}));
    Object.defineProperty(items, 1, { get: () => thing[Symbol.dispose]() });
    takeWrapped({ label: 'x', items });
  },
  'a value where an object belongs': () => look(5),
  'an object of another class'() {
    using other = new Other();
    look(other);
  },
  'an object with the right prototype': () => look(Object.create(Thing.prototype)),
  'a proxy'() {
    using thing = new Thing(1);
    look(new Proxy(thing, {}));
  },
  'a method of another object': () => Thing.prototype.number.call({}),
  'a method of nothing'() {
    const { number } = Thing.prototype;
    return number();
  },
  'dispose of another object': () => Thing.prototype[Symbol.dispose].call({}),
  'a constructor without new': () => Thing(1),
  'a class without a constructor': () => new Sealed(),
  'a wrong argument of a constructor': () => new Thing(-1),
  'nothing to see'() {
    using thing = new Thing(1);
    return `${Reflect.ownKeys(thing).length} ${JSON.stringify(thing)} ${thing instanceof Thing} ${thing.constructor.name}`;
  },
  'a class that extends'() {
    class Twice extends Thing {
      number() {
        return super.number() * 2;
      }
    }
    using thing = new Twice(21);
    return `${thing.number()} ${look(thing)} ${thing instanceof Twice}`;
  },
  expired: () => kept.number(),
  'expired argument': () => look(kept),
  // Objects that nobody can reach any more.
  drop(count = 1000) {
    for (let i = 0; i < count; i += 1) new Thing(i);
    return 'fine';
  },
  'drop cycles'() {
    for (let i = 0; i < 100_000; i += 1) {
      const thing = new Thing(i);
      thing.itself = thing;
    }
    return 'fine';
  },
};

const later = {
  async 'given away while lent'() {
    const thing = new Thing(3);
    const looking = lookLater(thing);
    const errors = [];
    for (const call of [() => take(thing), () => thing[Symbol.dispose]()]) {
      try {
        call();
      } catch (error) {
        errors.push(error.message);
      }
    }
    const number = await looking;
    take(thing);
    return [...errors, number].join('; ');
  },
  async 'used while lent'() {
    using thing = new Thing(4);
    const both = await Promise.all([lookLater(thing), lookLater(thing), thing.number()]);
    return both.join(' ');
  },
  async 'a wrong argument'() {
    await lookLater({});
  },
};

const show = (error) => `${error.name}: ${error.message}`;

export const trials = {
  attempt(name) {
    try {
      return String(cases[name]());
    } catch (error) {
      return show(error);
    }
  },
  async attemptLater(name) {
    try {
      return String(await later[name]());
    } catch (error) {
      return show(error);
    }
  },
  keep(thing) {
    kept = thing;
    return thing.number();
  },
  async keepLater(thing) {
    await null;
    return trials.keep(thing);
  },
  passOn: (thing) => look(thing),
  passOnLater: (thing) => lookLater(thing),
  dropEarly(thing) {
    const number = thing.number();
    thing[Symbol.dispose]();
    return number;
  },
  giveAway: (thing) => thing,
  async leaveLent(thing) {
    lookLater(thing);
  },
  handThrough: (thing) => thing,
};
