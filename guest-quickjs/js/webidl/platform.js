// Which objects structured cloning can copy or transfer, beside those of the language.
// https://html.spec.whatwg.org/multipage/structured-data.html#serializable-objects
//
// `defineInterface` notes every interface here, so that objects of those that say nothing are refused. One that can be copied calls
// `defineSerializable`, one that can be transferred `defineTransferable`.

import { Map, WeakMap, getPrototypeOf, mapGet, mapSet, weakGet, weakSet } from "outwit:webidl/primordials.js";

const records = new WeakMap();
const byTag = new Map();

/** Notes an interface, unless that has happened; gives what is known of it. */
export function notePlatformClass(Class) {
  let record = weakGet(records, Class.prototype);
  if (record === undefined) {
    record = {
      Class, tag: "", is: undefined, write: undefined, read: undefined, isDetached: undefined, send: undefined, receive: undefined,
    };
    weakSet(records, Class.prototype, record);
  }
  return record;
}

/**
 * Says how objects of an interface are copied: `is(value)` tells them, `write(object)` gives a value that can be cloned, `read(value)` makes the copy of that.
 * `tag` is the module that calls this and the name of the interface: `"outwit:file/blob.js#Blob"`.
 */
export function defineSerializable(Class, tag, { is, write, read }) {
  const record = notePlatformClass(Class);
  record.is = is;
  record.tag = tag;
  record.write = write;
  record.read = read;
  mapSet(byTag, tag, record);
}

/**
 * Says how objects of an interface are transferred: `isDetached(object)` whether one cannot be any more, `send(object)` detaches it and gives anything, of which
 * `receive` makes the new object.
 */
export function defineTransferable(Class, tag, { is, isDetached, send, receive }) {
  const record = notePlatformClass(Class);
  record.is = is;
  record.tag = tag;
  record.isDetached = isDetached;
  record.send = send;
  record.receive = receive;
  mapSet(byTag, tag, record);
}

/** What is known of the interface that an object is of; nothing if it is of none. */
export function platformOf(object) {
  for (let at = getPrototypeOf(object); at !== null; at = getPrototypeOf(at)) {
    const record = weakGet(records, at);
    // the nearest that says something: an object of a class that extends it is one, too
    if (record !== undefined) return record;
  }
  return undefined;
}

/** The interface of a tag, once its module has been evaluated. */
export const platformByTag = (tag) => mapGet(byTag, tag);
