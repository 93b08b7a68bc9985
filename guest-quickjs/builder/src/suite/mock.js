// Functions that note their calls.

export const mocks = new Set();
let order = 0;

/** Notes what becomes of a promise that a mock has returned. */
function settle(state, value) {
  if (typeof value?.then !== 'function') return;
  const result = { type: 'incomplete', value: undefined };
  state.settledResults.push(result);
  value.then(
    (value) => Object.assign(result, { type: 'fulfilled', value }),
    (value) => Object.assign(result, { type: 'rejected', value }),
  );
}

export function fn(implementation) {
  let [now, once] = [implementation, []];
  const mock = function (...args) {
    const { state } = mock;
    state.calls.push(args);
    state.contexts.push(this);
    state.instances.push(this);
    state.invocationCallOrder.push(++order);
    const body = once.shift() ?? now;
    const result = { type: 'incomplete', value: undefined };
    state.results.push(result);
    try {
      result.value = new.target === undefined ? body?.apply(this, args) : body === undefined ? this : Reflect.construct(body, args, body);
      result.type = 'return';
      settle(state, result.value);
      return result.value;
    } catch (error) {
      [result.type, result.value] = ['throw', error];
      throw error;
    }
  };
  const clear = () => {
    mock.state = { calls: [], contexts: [], instances: [], invocationCallOrder: [], results: [], settledResults: [], get lastCall() { return this.calls.at(-1); } };
    return mock;
  };
  const will = (body) => {
    now = body;
    return mock;
  };
  const willOnce = (body) => {
    once.push(body);
    return mock;
  };
  const fail = (error) => () => { throw error; };
  let name = 'vi.fn()';
  clear();
  Object.defineProperties(mock, {
    state: { writable: true, enumerable: false },
    mock: { get: () => mock.state },
  });
  Object.assign(mock, {
    mockClear: clear,
    mockReset() {
      [now, once] = [implementation, []];
      return clear();
    },
    mockRestore() {
      mock.restore?.();
      return mock.mockReset();
    },
    withImplementation(body, inside) {
      const before = now;
      now = body;
      const after = () => { now = before; };
      const outcome = inside();
      if (typeof outcome?.then === 'function') return outcome.then(() => (after(), mock));
      after();
      return mock;
    },
    [Symbol.dispose]: () => void mock.mockRestore(),
    getMockImplementation: () => once[0] ?? now,
    getMockName: () => name,
    mockName(text) {
      name = text;
      return mock;
    },
    mockImplementation: will,
    mockImplementationOnce: willOnce,
    mockReturnValue: (value) => will(() => value),
    mockReturnValueOnce: (value) => willOnce(() => value),
    mockReturnThis: () => will(function () { return this; }),
    mockResolvedValue: (value) => will(async () => value),
    mockResolvedValueOnce: (value) => willOnce(async () => value),
    mockRejectedValue: (error) => will(async () => { throw error; }),
    mockRejectedValueOnce: (error) => willOnce(async () => { throw error; }),
    mockThrow: (error) => will(fail(error)),
    mockThrowOnce: (error) => willOnce(fail(error)),
  });
  mocks.add(mock);
  return mock;
}

export function spyOn(object, name, access) {
  const owner = Object.getOwnPropertyDescriptor(object, name);
  if (access !== undefined) {
    let holder = object;
    while (holder !== null && Object.getOwnPropertyDescriptor(holder, name) === undefined) holder = Object.getPrototypeOf(holder);
    const found = holder === null ? undefined : Object.getOwnPropertyDescriptor(holder, name);
    const spy = fn(found?.[access]);
    Object.defineProperty(object, name, { ...found, [access]: spy, configurable: true });
    return restorable(spy, object, name, owner);
  }
  const original = object[name];
  if (typeof original !== 'function') throw new TypeError(`vi.spyOn: ${String(name)} is not a function`);
  if (original.mock !== undefined && mocks.has(original)) return original;
  const spy = fn(original);
  try {
    Object.defineProperty(object, name, { value: spy, writable: true, configurable: true, enumerable: owner?.enumerable ?? false });
  } catch {
    throw new TypeError(`vi.spyOn: ${String(name)} cannot be replaced: what a module exports stays what it is; export an object with the function in it`);
  }
  return restorable(spy, object, name, owner);
}

function restorable(spy, object, name, owner) {
  spy.restore = () => {
    if (owner === undefined) delete object[name];
    else Object.defineProperty(object, name, owner);
  };
  return spy;
}
