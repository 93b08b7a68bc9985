// `ReadableStreamDefaultController`, `ReadableByteStreamController`, `ReadableStreamBYOBRequest`: Streams (WHATWG).
// https://streams.spec.whatwg.org/#rs-default-controller-class

import { TypeError, bufferByteLength } from "outwit:webidl/primordials.js";
import { ENFORCE_RANGE, bufferOf, unsignedLongLong, view } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";
import { byteLengthOf } from "outwit:streams/buffers.js";

function checkOpen(controller, what) {
  if (controller.closeRequested) throw new TypeError(`${what}: the stream is closed already`);
  if (controller.stream.state !== "readable") throw new TypeError(`${what}: the stream is ${controller.stream.state}`);
}

class ReadableStreamDefaultController {
  #controller;

  constructor(key = undefined, controller = undefined) {
    internalOnly(key);
    this.#controller = controller;
  }

  get desiredSize() {
    if (!(#controller in this)) throw illegalInvocation();
    return this.#controller.desiredSize;
  }

  close() {
    if (!(#controller in this)) throw illegalInvocation();
    checkOpen(this.#controller, "ReadableStreamDefaultController.close");
    this.#controller.close();
  }

  enqueue(chunk = undefined) {
    if (!(#controller in this)) throw illegalInvocation();
    checkOpen(this.#controller, "ReadableStreamDefaultController.enqueue");
    this.#controller.enqueue(chunk);
  }

  error(error = undefined) {
    if (!(#controller in this)) throw illegalInvocation();
    this.#controller.error(error);
  }
}
defineInterface(ReadableStreamDefaultController);

class ReadableByteStreamController {
  #controller;

  constructor(key = undefined, controller = undefined) {
    internalOnly(key);
    this.#controller = controller;
  }

  get byobRequest() {
    if (!(#controller in this)) throw illegalInvocation();
    const request = this.#controller.getByobRequest();
    if (request === undefined) return null;
    return (request.object ??= new ReadableStreamBYOBRequest(INTERNAL, request));
  }

  get desiredSize() {
    if (!(#controller in this)) throw illegalInvocation();
    return this.#controller.desiredSize;
  }

  close() {
    if (!(#controller in this)) throw illegalInvocation();
    checkOpen(this.#controller, "ReadableByteStreamController.close");
    this.#controller.close();
  }

  enqueue(chunk) {
    if (!(#controller in this)) throw illegalInvocation();
    const what = "ReadableByteStreamController.enqueue";
    if (arguments.length === 0) required(0, 1, what);
    view(chunk, `${what}: chunk`);
    if (byteLengthOf(chunk) === 0) throw new TypeError(`${what}: chunk: it is empty`);
    if (bufferByteLength(bufferOf(chunk)) === 0) throw new TypeError(`${what}: chunk: its buffer is empty`);
    checkOpen(this.#controller, what);
    this.#controller.enqueue(chunk);
  }

  error(error = undefined) {
    if (!(#controller in this)) throw illegalInvocation();
    this.#controller.error(error);
  }
}
defineInterface(ReadableByteStreamController);

class ReadableStreamBYOBRequest {
  #request;

  constructor(key = undefined, request = undefined) {
    internalOnly(key);
    this.#request = request;
  }

  get view() {
    if (!(#request in this)) throw illegalInvocation();
    return this.#request.view;
  }

  respond(bytesWritten) {
    if (!(#request in this)) throw illegalInvocation();
    const what = "ReadableStreamBYOBRequest.respond";
    if (arguments.length === 0) required(0, 1, what);
    this.#request.respond(unsignedLongLong(bytesWritten, `${what}: bytesWritten`, ENFORCE_RANGE));
  }

  respondWithNewView(given) {
    if (!(#request in this)) throw illegalInvocation();
    const what = "ReadableStreamBYOBRequest.respondWithNewView";
    if (arguments.length === 0) required(0, 1, what);
    this.#request.respondWithNewView(view(given, `${what}: view`));
  }
}
defineInterface(ReadableStreamBYOBRequest);

/** The object that a plugin's source gets. */
export function controllerObject(controller) {
  const Class = controller.isBytes ? ReadableByteStreamController : ReadableStreamDefaultController;
  return (controller.object ??= new Class(INTERNAL, controller));
}

export { ReadableByteStreamController, ReadableStreamBYOBRequest, ReadableStreamDefaultController };
