interface QueuingStrategy<T = any> {
    highWaterMark?: number;
    size?: (chunk: T) => number;
}

declare class ByteLengthQueuingStrategy implements QueuingStrategy<ArrayBufferView> {
    constructor(init: { highWaterMark: number });
    readonly highWaterMark: number;
    readonly size: (chunk: ArrayBufferView) => number;
}

declare class CountQueuingStrategy implements QueuingStrategy {
    constructor(init: { highWaterMark: number });
    readonly highWaterMark: number;
    readonly size: (chunk: any) => number;
}

type ReadableStreamReadResult<T> = { done: false; value: T } | { done: true; value: T | undefined };

interface UnderlyingSource<R = any> {
    type?: undefined;
    start?(controller: ReadableStreamDefaultController<R>): unknown;
    pull?(controller: ReadableStreamDefaultController<R>): void | PromiseLike<void>;
    cancel?(reason?: any): void | PromiseLike<void>;
}

interface UnderlyingByteSource {
    type: 'bytes';
    autoAllocateChunkSize?: number;
    start?(controller: ReadableByteStreamController): unknown;
    pull?(controller: ReadableByteStreamController): void | PromiseLike<void>;
    cancel?(reason?: any): void | PromiseLike<void>;
}

interface StreamPipeOptions {
    preventAbort?: boolean;
    preventCancel?: boolean;
    preventClose?: boolean;
    signal?: AbortSignal;
}

interface ReadableWritablePair<R = any, W = any> {
    readable: ReadableStream<R>;
    writable: WritableStream<W>;
}

declare class ReadableStream<R = any> {
    constructor(underlyingSource: UnderlyingByteSource, strategy?: { highWaterMark?: number });
    constructor(underlyingSource?: UnderlyingSource<R>, strategy?: QueuingStrategy<R>);
    static from<T>(iterable: Iterable<T> | AsyncIterable<T>): ReadableStream<T>;
    readonly locked: boolean;
    cancel(reason?: any): Promise<void>;
    getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader;
    getReader(options?: { mode?: undefined }): ReadableStreamDefaultReader<R>;
    pipeThrough<T>(transform: ReadableWritablePair<T, R>, options?: StreamPipeOptions): ReadableStream<T>;
    pipeTo(destination: WritableStream<R>, options?: StreamPipeOptions): Promise<void>;
    tee(): [ReadableStream<R>, ReadableStream<R>];
    values(options?: { preventCancel?: boolean }): AsyncIterableIterator<R>;
    [Symbol.asyncIterator](options?: { preventCancel?: boolean }): AsyncIterableIterator<R>;
}

declare class ReadableStreamDefaultReader<R = any> {
    constructor(stream: ReadableStream<R>);
    readonly closed: Promise<void>;
    cancel(reason?: any): Promise<void>;
    read(): Promise<ReadableStreamReadResult<R>>;
    releaseLock(): void;
}

declare class ReadableStreamBYOBReader {
    constructor(stream: ReadableStream);
    readonly closed: Promise<void>;
    cancel(reason?: any): Promise<void>;
    read<T extends ArrayBufferView>(view: T, options?: { min?: number }): Promise<ReadableStreamReadResult<T>>;
    releaseLock(): void;
}

declare class ReadableStreamDefaultController<R = any> {
    private constructor();
    readonly desiredSize: number | null;
    close(): void;
    enqueue(chunk?: R): void;
    error(reason?: any): void;
}

declare class ReadableByteStreamController {
    private constructor();
    readonly byobRequest: ReadableStreamBYOBRequest | null;
    readonly desiredSize: number | null;
    close(): void;
    enqueue(chunk: ArrayBufferView): void;
    error(reason?: any): void;
}

declare class ReadableStreamBYOBRequest {
    private constructor();
    readonly view: Uint8Array | null;
    respond(bytesWritten: number): void;
    respondWithNewView(view: ArrayBufferView): void;
}

interface UnderlyingSink<W = any> {
    type?: undefined;
    start?(controller: WritableStreamDefaultController): unknown;
    write?(chunk: W, controller: WritableStreamDefaultController): void | PromiseLike<void>;
    close?(): void | PromiseLike<void>;
    abort?(reason?: any): void | PromiseLike<void>;
}

declare class WritableStream<W = any> {
    constructor(underlyingSink?: UnderlyingSink<W>, strategy?: QueuingStrategy<W>);
    readonly locked: boolean;
    abort(reason?: any): Promise<void>;
    close(): Promise<void>;
    getWriter(): WritableStreamDefaultWriter<W>;
}

declare class WritableStreamDefaultWriter<W = any> {
    constructor(stream: WritableStream<W>);
    readonly closed: Promise<void>;
    readonly desiredSize: number | null;
    readonly ready: Promise<void>;
    abort(reason?: any): Promise<void>;
    close(): Promise<void>;
    releaseLock(): void;
    write(chunk?: W): Promise<void>;
}

declare class WritableStreamDefaultController {
    private constructor();
    readonly signal: AbortSignal;
    error(reason?: any): void;
}

interface Transformer<I = any, O = any> {
    readableType?: undefined;
    writableType?: undefined;
    start?(controller: TransformStreamDefaultController<O>): unknown;
    transform?(chunk: I, controller: TransformStreamDefaultController<O>): void | PromiseLike<void>;
    flush?(controller: TransformStreamDefaultController<O>): void | PromiseLike<void>;
    cancel?(reason?: any): void | PromiseLike<void>;
}

declare class TransformStream<I = any, O = any> {
    constructor(transformer?: Transformer<I, O>, writable?: QueuingStrategy<I>, readable?: QueuingStrategy<O>);
    readonly readable: ReadableStream<O>;
    readonly writable: WritableStream<I>;
}

declare class TransformStreamDefaultController<O = any> {
    private constructor();
    readonly desiredSize: number | null;
    enqueue(chunk?: O): void;
    error(reason?: any): void;
    terminate(): void;
}

interface TextDecoderOptions {
    fatal?: boolean;
    ignoreBOM?: boolean;
}

declare class TextEncoder {
    constructor();
    readonly encoding: 'utf-8';
    encode(input?: string): Uint8Array;
    encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
    constructor(label?: string, options?: TextDecoderOptions);
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    decode(input?: BufferSource, options?: { stream?: boolean }): string;
}

declare class TextEncoderStream {
    constructor();
    readonly encoding: 'utf-8';
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<string>;
}

declare class TextDecoderStream {
    constructor(label?: string, options?: TextDecoderOptions);
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    readonly readable: ReadableStream<string>;
    readonly writable: WritableStream<BufferSource>;
}

type CompressionFormat = 'brotli' | 'deflate' | 'deflate-raw' | 'gzip';

declare class CompressionStream {
    constructor(format: CompressionFormat);
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<BufferSource>;
}

declare class DecompressionStream {
    constructor(format: CompressionFormat);
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<BufferSource>;
}
