// `ReadableStream.from`: a stream out of what can be iterated over.
// https://streams.spec.whatwg.org/#readable-stream-from-iterable

import { String, TypeError, apply, asyncIterator, iterator, rejected, resolved, then } from "outwit:webidl/primordials.js";
import { isObject } from "outwit:webidl/convert.js";
import { createReadable } from "outwit:streams/readable.js";

function checkObject(value, what) {
  if (!isObject(value)) throw new TypeError(`${what} is not an object`);
  return value;
}

function method(value, name) {
  const found = value[name];
  if (found === undefined || found === null) return undefined;
  if (typeof found !== "function") throw new TypeError(`${String(name)} is not a function`);
  return found;
}

/** `{ next(), end(reason) }`: promises of results, also for an iterable that is not asynchronous. */
function iterate(iterable) {
  const asynchronous = method(iterable, asyncIterator);
  const begin = asynchronous ?? method(iterable, iterator);
  if (begin === undefined) throw new TypeError("The value is neither an async iterable nor an iterable");
  const receiver = checkObject(apply(begin, iterable, []), "The iterator");
  const step = receiver.next;
  const take = (result) => {
    if (asynchronous !== undefined) return resolved(result);
    checkObject(result, "The result of the iterator");
    const { done, value } = result;
    return then(resolved(value), (value) => ({ __proto__: null, done, value }), done ? undefined : fail);
  };
  // an iterator that is not asynchronous gave a promise that was rejected
  const fail = (error) => {
    try {
      const end = method(receiver, "return");
      if (end !== undefined) apply(end, receiver, []);
    } catch {
      // the first error counts
    }
    throw error;
  };
  return {
    __proto__: null,
    next: () => take(apply(step, receiver, [])),
    end(reason) {
      const end = method(receiver, "return");
      if (end === undefined) return undefined;
      const result = apply(end, receiver, [reason]);
      return then(take(result), (result) => {
        checkObject(result, "The result of the iterator's `return`");
      });
    },
  };
}

function guarded(f) {
  return (argument) => {
    try {
      return f(argument);
    } catch (error) {
      return rejected(error);
    }
  };
}

export function from(iterable) {
  if (iterable === undefined || iterable === null) throw new TypeError("The value is neither an async iterable nor an iterable");
  const steps = iterate(iterable);
  const stream = createReadable(
    {
      __proto__: null,
      pull: guarded(() =>
        then(steps.next(), (result) => {
          checkObject(result, "The result of the iterator");
          if (result.done) stream.controller.close();
          else stream.controller.enqueue(result.value);
        }),
      ),
      cancel: guarded(steps.end),
    },
    0,
  );
  return stream;
}

