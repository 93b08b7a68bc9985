// `CompressionStream`, `DecompressionStream`: Compression (WHATWG). https://compression.spec.whatwg.org/

import { compress, isComplete, makeCompressor, makeDecompressor, pull, push } from "outwit:engine/compression";
import { TypeError, rejected, typedArrayLength } from "outwit:webidl/primordials.js";
import { bufferSource, enumeration } from "outwit:webidl/convert.js";
import { defineInterface, required } from "outwit:webidl/interface.js";
import { bytesOf } from "outwit:encoding/bytes.js";
import { readableObject } from "outwit:streams/readable-stream.js";
import { createTransform } from "outwit:streams/transform.js";
import { writableObject } from "outwit:streams/writable-stream.js";

const compressionFormat = enumeration("CompressionFormat", ["deflate", "deflate-raw", "gzip", "brotli"]);

/** A transform of bytes; what its steps throw fails it. */
function transformOf(name, write, finish) {
  const step = (run) => {
    try {
      run();
    } catch (error) {
      return rejected(error);
    }
  };
  return createTransform({
    __proto__: null,
    transform: (chunk, controller) =>
      step(() => write(bytesOf(bufferSource(chunk, `${name}: chunk`)), controller)),
    flush: (controller) => step(() => finish(controller)),
  });
}

function enqueue(controller, bytes) {
  if (typedArrayLength(bytes) > 0) controller.enqueue(bytes);
}

class CompressionStream {
  #stream;

  constructor(format) {
    required(arguments.length, 1, "CompressionStream");
    const compressor = makeCompressor(compressionFormat(format, "CompressionStream: format"));
    this.#stream = transformOf(
      "CompressionStream",
      (bytes, controller) => enqueue(controller, compress(compressor, bytes)),
      (controller) => enqueue(controller, compress(compressor, undefined)),
    );
  }

  get readable() {
    return readableObject(this.#stream.readable);
  }

  get writable() {
    return writableObject(this.#stream.writable);
  }
}
defineInterface(CompressionStream);

class DecompressionStream {
  #stream;

  constructor(format) {
    required(arguments.length, 1, "DecompressionStream");
    format = compressionFormat(format, "DecompressionStream: format");
    const decompressor = makeDecompressor(format);
    this.#stream = transformOf(
      "DecompressionStream",
      (bytes, controller) => {
        push(decompressor, bytes);
        for (;;) {
          const output = pull(decompressor);
          if (output === undefined) throw new TypeError(`DecompressionStream: the input is not ${format}, or goes on after its end`);
          if (typedArrayLength(output) === 0) return;
          controller.enqueue(output);
        }
      },
      () => {
        if (!isComplete(decompressor)) throw new TypeError("DecompressionStream: the input has been cut off");
      },
    );
  }

  get readable() {
    return readableObject(this.#stream.readable);
  }

  get writable() {
    return writableObject(this.#stream.writable);
  }
}
defineInterface(DecompressionStream);

export { CompressionStream, DecompressionStream };
