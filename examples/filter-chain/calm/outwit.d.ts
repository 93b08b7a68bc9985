// What the WIT of this plugin looks like in TypeScript. Made by `outwit types`; make it again when the WIT has changed.
/// <reference lib="esnext.disposable" />

/** What a filter does. It is also what a filter sees of those behind it. */
declare module 'demo:chain/filter' {
    /** A message on its way. */
    export interface Message {
        author: string;
        text: string;
        /** What filters have to say about it. */
        notes: string[];
    }
    /**
     * The message as it is after this filter and all behind it; or why it goes no further.
     * @throws {ComponentError<string>}
     */
    export function apply(message: Message): Message;
    export {};
}
declare module 'demo:chain/filter@0.1.0' {
    export * from 'demo:chain/filter';
}

/** A filter with others behind it. */
declare module 'demo:chain/link' {
    export namespace Filter {
        /** A message on its way. */
        export interface Message {
            author: string;
            text: string;
            /** What filters have to say about it. */
            notes: string[];
        }
    }
    /** What a filter does. It is also what a filter sees of those behind it. */
    export interface Filter {
        /**
         * The message as it is after this filter and all behind it; or why it goes no further.
         * @throws {ComponentError<string>}
         */
        apply(message: Filter.Message): Filter.Message;
    }
    /** What the module of the plugin exports. */
    export interface Exports {
        filter: Filter;
    }
    export {};
}
declare module 'demo:chain/link@0.1.0' {
    export * from 'demo:chain/link';
}

/** How the error of a `result` is thrown. Where the error type is a string, any `Error` will do. */
declare class ComponentError<T = unknown> extends Error {
    constructor(payload: T);
    /** The error, as its WIT type says. */
    payload: T;
}

/** A stream that arrives. It is a `ReadableStream` where the plugin mentions that, or something that uses it. */
interface IncomingStream<T> extends ReadableStream<T> {
    /** The next chunk, of at most so many numbers. Not there on `ReadableStream`s. */
    read(most?: number): Promise<{ value: T | undefined; done: boolean }>;
    /** Drops the stream: whoever writes it hears of that. */
    [Symbol.dispose](): void;
}

/** What can be given where a stream leaves: one element is asked for when the reader has taken the last. */
type OutgoingStream<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

/** Bytes, in whatever holds them. */
type BufferSource = ArrayBufferView | ArrayBuffer;

declare var self: typeof globalThis;
declare function queueMicrotask(callback: () => void): void;

declare class DOMException extends Error {
    constructor(message?: string, name?: string);
    readonly name: string;
    readonly message: string;
    /** The number of an old name, or 0. */
    readonly code: number;
}

declare class QuotaExceededError extends DOMException {
    constructor(message?: string, options?: { quota?: number; requested?: number });
    readonly quota: number | null;
    readonly requested: number | null;
}

interface EventInit {
    bubbles?: boolean;
    cancelable?: boolean;
    composed?: boolean;
}

declare class Event {
    constructor(type: string, eventInitDict?: EventInit);
    static readonly NONE: 0;
    static readonly CAPTURING_PHASE: 1;
    static readonly AT_TARGET: 2;
    static readonly BUBBLING_PHASE: 3;
    readonly NONE: 0;
    readonly CAPTURING_PHASE: 1;
    readonly AT_TARGET: 2;
    readonly BUBBLING_PHASE: 3;
    readonly type: string;
    readonly target: EventTarget | null;
    readonly currentTarget: EventTarget | null;
    readonly eventPhase: number;
    readonly bubbles: boolean;
    readonly cancelable: boolean;
    readonly composed: boolean;
    readonly defaultPrevented: boolean;
    readonly isTrusted: boolean;
    /** When the event happened, as far as the plugin has a clock. */
    readonly timeStamp: number;
    composedPath(): EventTarget[];
    preventDefault(): void;
    stopImmediatePropagation(): void;
    stopPropagation(): void;
}

declare class CustomEvent<T = any> extends Event {
    constructor(type: string, eventInitDict?: EventInit & { detail?: T });
    readonly detail: T;
}

declare class ErrorEvent extends Event {
    constructor(type: string, eventInitDict?: EventInit & {
        message?: string; filename?: string; lineno?: number; colno?: number; error?: any;
    });
    readonly message: string;
    readonly filename: string;
    readonly lineno: number;
    readonly colno: number;
    readonly error: any;
}

declare class MessageEvent<T = any> extends Event {
    constructor(type: string, eventInitDict?: EventInit & {
        data?: T; origin?: string; lastEventId?: string; source?: MessagePort | null; ports?: MessagePort[];
    });
    readonly data: T;
    readonly origin: string;
    readonly lastEventId: string;
    readonly source: MessagePort | null;
    readonly ports: readonly MessagePort[];
}

declare class PromiseRejectionEvent extends Event {
    constructor(type: string, eventInitDict: EventInit & { promise: object; reason?: any });
    readonly promise: Promise<any>;
    readonly reason: any;
}

declare class CloseEvent extends Event {
    constructor(type: string, eventInitDict?: EventInit & { wasClean?: boolean; code?: number; reason?: string });
    readonly wasClean: boolean;
    readonly code: number;
    readonly reason: string;
}

declare class ProgressEvent extends Event {
    constructor(type: string, eventInitDict?: EventInit & { lengthComputable?: boolean; loaded?: number; total?: number });
    readonly lengthComputable: boolean;
    readonly loaded: number;
    readonly total: number;
}

type EventListener<E extends Event = Event> = ((event: E) => unknown) | { handleEvent(event: E): unknown };
interface EventListenerOptions {
    capture?: boolean;
}
interface AddEventListenerOptions extends EventListenerOptions {
    once?: boolean;
    passive?: boolean;
    signal?: AbortSignal;
}

declare class EventTarget {
    addEventListener(type: string, callback: EventListener<any> | null, options?: AddEventListenerOptions | boolean): void;
    removeEventListener(type: string, callback: EventListener<any> | null, options?: EventListenerOptions | boolean): void;
    dispatchEvent(event: Event): boolean;
}

declare class AbortSignal extends EventTarget {
    private constructor();
    static abort(reason?: any): AbortSignal;
    static any(signals: Iterable<AbortSignal>): AbortSignal;
    readonly aborted: boolean;
    readonly reason: any;
    onabort: ((event: Event) => unknown) | null;
    throwIfAborted(): void;
}

declare class AbortController {
    constructor();
    readonly signal: AbortSignal;
    abort(reason?: any): void;
}

/** The global object hears of errors that nobody caught. */
interface GlobalEventMap {
    error: ErrorEvent;
    unhandledrejection: PromiseRejectionEvent;
    rejectionhandled: PromiseRejectionEvent;
}
declare function addEventListener<K extends keyof GlobalEventMap>(
    type: K, callback: EventListener<GlobalEventMap[K]> | null, options?: AddEventListenerOptions | boolean,
): void;
declare function addEventListener(
    type: string, callback: EventListener | null, options?: AddEventListenerOptions | boolean,
): void;
declare function removeEventListener(
    type: string, callback: EventListener<any> | null, options?: EventListenerOptions | boolean,
): void;
declare function dispatchEvent(event: Event): boolean;
declare function reportError(error: any): void;
declare var onerror: ((message: string, filename: string, lineno: number, colno: number, error: any) => unknown) | null;
declare var onunhandledrejection: ((event: PromiseRejectionEvent) => unknown) | null;
declare var onrejectionhandled: ((event: PromiseRejectionEvent) => unknown) | null;

declare class Navigator {
    private constructor();
    readonly userAgent: string;
}
declare var navigator: Navigator;

type Transferable = ArrayBuffer | MessagePort | ReadableStream | WritableStream | TransformStream;
interface StructuredSerializeOptions {
    transfer?: Transferable[];
}
declare function structuredClone<T>(value: T, options?: StructuredSerializeOptions): T;

declare class MessagePort extends EventTarget {
    private constructor();
    onmessage: ((event: MessageEvent) => unknown) | null;
    onmessageerror: ((event: MessageEvent) => unknown) | null;
    onclose: ((event: Event) => unknown) | null;
    postMessage(message: any, options?: StructuredSerializeOptions | Transferable[]): void;
    start(): void;
    close(): void;
}

declare class MessageChannel {
    constructor();
    readonly port1: MessagePort;
    readonly port2: MessagePort;
}

declare function atob(data: string): string;
declare function btoa(data: string): string;

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

type BlobPart = BufferSource | Blob | string;
interface BlobPropertyBag {
    type?: string;
    endings?: 'native' | 'transparent';
}

declare class Blob {
    constructor(blobParts?: Iterable<BlobPart>, options?: BlobPropertyBag);
    readonly size: number;
    readonly type: string;
    arrayBuffer(): Promise<ArrayBuffer>;
    bytes(): Promise<Uint8Array>;
    slice(start?: number, end?: number, contentType?: string): Blob;
    stream(): ReadableStream<Uint8Array>;
    text(): Promise<string>;
}

declare class File extends Blob {
    constructor(fileBits: Iterable<BlobPart>, fileName: string, options?: BlobPropertyBag & { lastModified?: number });
    readonly lastModified: number;
    readonly name: string;
}

declare class FileReader extends EventTarget {
    constructor();
    static readonly EMPTY: 0;
    static readonly LOADING: 1;
    static readonly DONE: 2;
    readonly EMPTY: 0;
    readonly LOADING: 1;
    readonly DONE: 2;
    readonly readyState: 0 | 1 | 2;
    readonly result: string | ArrayBuffer | null;
    readonly error: DOMException | null;
    onabort: ((event: ProgressEvent) => unknown) | null;
    onerror: ((event: ProgressEvent) => unknown) | null;
    onload: ((event: ProgressEvent) => unknown) | null;
    onloadend: ((event: ProgressEvent) => unknown) | null;
    onloadstart: ((event: ProgressEvent) => unknown) | null;
    onprogress: ((event: ProgressEvent) => unknown) | null;
    abort(): void;
    readAsArrayBuffer(blob: Blob): void;
    readAsBinaryString(blob: Blob): void;
    readAsDataURL(blob: Blob): void;
    readAsText(blob: Blob, encoding?: string): void;
}

type FormDataEntryValue = File | string;

declare class FormData {
    constructor();
    append(name: string, value: string): void;
    append(name: string, value: Blob, filename?: string): void;
    delete(name: string): void;
    get(name: string): FormDataEntryValue | null;
    getAll(name: string): FormDataEntryValue[];
    has(name: string): boolean;
    set(name: string, value: string): void;
    set(name: string, value: Blob, filename?: string): void;
    forEach(callback: (value: FormDataEntryValue, key: string, form: FormData) => void, thisArg?: any): void;
    entries(): IterableIterator<[string, FormDataEntryValue]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<FormDataEntryValue>;
    [Symbol.iterator](): IterableIterator<[string, FormDataEntryValue]>;
}

type HeadersInit = Headers | Iterable<readonly [string, string]> | Record<string, string>;

declare class Headers {
    constructor(init?: HeadersInit);
    append(name: string, value: string): void;
    delete(name: string): void;
    get(name: string): string | null;
    getSetCookie(): string[];
    has(name: string): boolean;
    set(name: string, value: string): void;
    forEach(callback: (value: string, key: string, headers: Headers) => void, thisArg?: any): void;
    entries(): IterableIterator<[string, string]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string>;
    [Symbol.iterator](): IterableIterator<[string, string]>;
}

type BodyInit = ReadableStream<Uint8Array> | Blob | BufferSource | FormData | URLSearchParams | string;

interface Body {
    readonly body: ReadableStream<Uint8Array> | null;
    readonly bodyUsed: boolean;
    arrayBuffer(): Promise<ArrayBuffer>;
    blob(): Promise<Blob>;
    bytes(): Promise<Uint8Array>;
    formData(): Promise<FormData>;
    json(): Promise<any>;
    text(): Promise<string>;
}

type RequestCache = 'default' | 'force-cache' | 'no-cache' | 'no-store' | 'only-if-cached' | 'reload';
type RequestCredentials = 'include' | 'omit' | 'same-origin';
type RequestMode = 'cors' | 'navigate' | 'no-cors' | 'same-origin';
type RequestPriority = 'auto' | 'high' | 'low';
type RequestRedirect = 'error' | 'follow' | 'manual';
type ReferrerPolicy =
    | '' | 'no-referrer' | 'no-referrer-when-downgrade' | 'origin' | 'origin-when-cross-origin'
    | 'same-origin' | 'strict-origin' | 'strict-origin-when-cross-origin' | 'unsafe-url';

interface RequestInit {
    body?: BodyInit | null;
    cache?: RequestCache;
    credentials?: RequestCredentials;
    /** Has to be there for a body that is a stream. */
    duplex?: 'half';
    headers?: HeadersInit;
    integrity?: string;
    keepalive?: boolean;
    method?: string;
    mode?: RequestMode;
    priority?: RequestPriority;
    redirect?: RequestRedirect;
    referrer?: string;
    referrerPolicy?: ReferrerPolicy;
    signal?: AbortSignal | null;
    window?: null;
}
type RequestInfo = Request | string;

interface Request extends Body {}
declare class Request {
    constructor(input: RequestInfo | URL, init?: RequestInit);
    readonly cache: RequestCache;
    readonly credentials: RequestCredentials;
    readonly duplex: 'half';
    readonly headers: Headers;
    readonly integrity: string;
    readonly keepalive: boolean;
    readonly method: string;
    readonly mode: RequestMode;
    readonly redirect: RequestRedirect;
    readonly referrer: string;
    readonly referrerPolicy: ReferrerPolicy;
    readonly signal: AbortSignal;
    readonly url: string;
    clone(): Request;
}

interface ResponseInit {
    headers?: HeadersInit;
    status?: number;
    statusText?: string;
}
type ResponseType = 'basic' | 'cors' | 'default' | 'error' | 'opaque' | 'opaqueredirect';

interface Response extends Body {}
declare class Response {
    constructor(body?: BodyInit | null, init?: ResponseInit);
    static error(): Response;
    static json(data: any, init?: ResponseInit): Response;
    static redirect(url: string | URL, status?: number): Response;
    readonly headers: Headers;
    readonly ok: boolean;
    readonly redirected: boolean;
    readonly status: number;
    readonly statusText: string;
    readonly type: ResponseType;
    readonly url: string;
    clone(): Response;
}

declare class URL {
    constructor(url: string | URL, base?: string | URL);
    static parse(url: string | URL, base?: string | URL): URL | null;
    static canParse(url: string | URL, base?: string | URL): boolean;
    static createObjectURL(object: Blob): string;
    static revokeObjectURL(url: string): void;
    href: string;
    readonly origin: string;
    protocol: string;
    username: string;
    password: string;
    host: string;
    hostname: string;
    port: string;
    pathname: string;
    search: string;
    readonly searchParams: URLSearchParams;
    hash: string;
    toJSON(): string;
    toString(): string;
}

declare class URLSearchParams {
    constructor(init?: Iterable<[string, string]> | Record<string, string> | string | URLSearchParams);
    readonly size: number;
    append(name: string, value: string): void;
    delete(name: string, value?: string): void;
    get(name: string): string | null;
    getAll(name: string): string[];
    has(name: string, value?: string): boolean;
    set(name: string, value: string): void;
    sort(): void;
    forEach(callback: (value: string, key: string, params: URLSearchParams) => void, thisArg?: any): void;
    entries(): IterableIterator<[string, string]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string>;
    [Symbol.iterator](): IterableIterator<[string, string]>;
    toString(): string;
}

interface URLPatternInit {
    protocol?: string;
    username?: string;
    password?: string;
    hostname?: string;
    port?: string;
    pathname?: string;
    search?: string;
    hash?: string;
    baseURL?: string;
}
type URLPatternInput = string | URL | URLPatternInit;
type URLPatternComponent = 'protocol' | 'username' | 'password' | 'hostname' | 'port' | 'pathname' | 'search' | 'hash';
interface URLPatternComponentResult {
    input: string;
    groups: Record<string, string | undefined>;
}
interface URLPatternResult extends Record<URLPatternComponent, URLPatternComponentResult> {
    inputs: URLPatternInput[];
}

declare class URLPattern {
    constructor(input: URLPatternInput, baseURL: string, options?: { ignoreCase?: boolean });
    constructor(input?: URLPatternInput, options?: { ignoreCase?: boolean });
    /** Which of two patterns comes first by this component: a proposal. */
    static compareComponent(component: URLPatternComponent, left: URLPattern, right: URLPattern): number;
    readonly protocol: string;
    readonly username: string;
    readonly password: string;
    readonly hostname: string;
    readonly port: string;
    readonly pathname: string;
    readonly search: string;
    readonly hash: string;
    readonly hasRegExpGroups: boolean;
    test(input?: URLPatternInput, baseURL?: string): boolean;
    exec(input?: URLPatternInput, baseURL?: string): URLPatternResult | null;
    /** The text that the component matches with these groups: a proposal. */
    generate(component: URLPatternComponent, groups: Record<string, string>): string;
}

declare module '*.txt' { const text: string; export default text; }
declare module '*.md' { const text: string; export default text; }
declare module '*.html' { const text: string; export default text; }
declare module '*.css' { const text: string; export default text; }
declare module '*.svg' { const text: string; export default text; }
declare module '*.sql' { const text: string; export default text; }
declare module '*.csv' { const text: string; export default text; }
declare module '*.graphql' { const text: string; export default text; }

/** What files of tests import; `outwit test` runs them. */
declare module 'outwit:test' {
    type Body = () => unknown;
    interface Options {
        skip?: boolean;
        only?: boolean;
        todo?: boolean;
        fails?: boolean;
        /** How long it may take, in milliseconds. */
        timeout?: number;
        /** How often it is tried again when it fails. */
        retry?: number;
        /** How often it is repeated. */
        repeats?: number;
        /** Tests run one after the other all the same. */
        concurrent?: boolean;
        sequential?: boolean;
    }
    interface Context {
        expect: Expect;
        task: { name: string; suite: { name: string } };
        signal: AbortSignal;
        /** Ends the test: it counts as skipped. */
        skip(note?: string): never;
        skip(condition: boolean, note?: string): void;
        onTestFinished(hook: Body): void;
        onTestFailed(hook: Body): void;
    }
    interface For<B> {
        <T>(rows: readonly T[]): (name: string | Function, body: B extends () => void ? (row: T) => unknown : (row: T, context: Context) => unknown, options?: Options | number) => void;
    }
    interface Each {
        <T extends readonly [unknown, ...unknown[]]>(rows: readonly T[]): (name: string, body: (...row: [...T]) => unknown, options?: Options | number) => void;
        <T extends readonly unknown[]>(rows: readonly T[]): (name: string, body: (...row: [...T]) => unknown, options?: Options | number) => void;
        <T>(rows: readonly T[]): (name: string, body: (row: T) => unknown, options?: Options | number) => void;
        (strings: TemplateStringsArray, ...values: unknown[]): (name: string, body: (row: any) => unknown, options?: Options | number) => void;
    }
    interface Define<B> {
        (name: string | Function, body?: B, options?: Options | number): void;
        (name: string | Function, options: Options, body?: B): void;
    }
    interface Api<B> extends Define<B> {
        skip: Api<B>;
        only: Api<B>;
        todo: Api<B>;
        fails: Api<B>;
        skipIf(condition: unknown): Api<B>;
        runIf(condition: unknown): Api<B>;
        each: Each;
        for: For<B>;
        /** Tests run one after the other all the same. */
        concurrent: Api<B>;
        sequential: Api<B>;
        shuffle: Api<B>;
    }
    export const describe: Api<() => void>;
    export const suite: typeof describe;
    export const it: Api<(context: Context) => unknown>;
    export const test: typeof it;
    /** What is done after the test that is running, or if it fails. */
    export function onTestFinished(hook: Body): void;
    export function onTestFailed(hook: Body): void;
    /** A hook may return a function that undoes what it did. */
    export function beforeAll(hook: Body): void;
    export function afterAll(hook: Body): void;
    export function beforeEach(hook: Body): void;
    export function afterEach(hook: Body): void;

    interface Matchers<R> {
        toBe(expected: unknown): R;
        toBeCloseTo(expected: number, digits?: number): R;
        toBeDefined(): R;
        toBeFalsy(): R;
        toBeGreaterThan(expected: number | bigint): R;
        toBeGreaterThanOrEqual(expected: number | bigint): R;
        toBeInstanceOf(expected: Function): R;
        toBeLessThan(expected: number | bigint): R;
        toBeLessThanOrEqual(expected: number | bigint): R;
        toBeNaN(): R;
        toBeNull(): R;
        toBeNullish(): R;
        toBeOneOf(expected: Iterable<unknown>): R;
        toBeTruthy(): R;
        toBeTypeOf(expected: 'bigint' | 'boolean' | 'function' | 'number' | 'object' | 'string' | 'symbol' | 'undefined'): R;
        toBeUndefined(): R;
        toContain(expected: unknown): R;
        toContainEqual(expected: unknown): R;
        toEqual(expected: unknown): R;
        toHaveBeenCalled(): R;
        toHaveBeenCalledOnce(): R;
        toHaveBeenCalledTimes(count: number): R;
        toHaveBeenCalledWith(...args: unknown[]): R;
        toHaveBeenLastCalledWith(...args: unknown[]): R;
        toHaveBeenNthCalledWith(n: number, ...args: unknown[]): R;
        toHaveLength(length: number): R;
        toHaveProperty(path: string | readonly (string | number)[], value?: unknown): R;
        toHaveBeenCalledAfter(other: Mock): R;
        toHaveBeenCalledBefore(other: Mock): R;
        toHaveBeenCalledExactlyOnceWith(...args: unknown[]): R;
        toHaveLastReturnedWith(value: unknown): R;
        toHaveNthReturnedWith(n: number, value: unknown): R;
        toHaveResolved(): R;
        toHaveResolvedTimes(count: number): R;
        toHaveResolvedWith(value: unknown): R;
        toHaveReturned(): R;
        toHaveReturnedTimes(count: number): R;
        toHaveReturnedWith(value: unknown): R;
        toMatch(expected: string | RegExp): R;
        toMatchObject(expected: object): R;
        toSatisfy(predicate: (value: any) => unknown): R;
        toStrictEqual(expected: unknown): R;
        /** Without an argument anything thrown will do; a text has to be part of the message. */
        toThrow(expected?: string | RegExp | Function | object): R;
        toThrowError(expected?: string | RegExp | Function | object): R;
    }
    interface Snapshots<R> {
        /** In a file in `__snapshots__`; written if there is none. */
        toMatchSnapshot(hint?: string): R;
        toMatchSnapshot(properties: object, hint?: string): R;
        /** In the source of the test; written there if there is none. */
        toMatchInlineSnapshot(snapshot?: string): R;
        toMatchInlineSnapshot(properties: object, snapshot?: string): R;
        toThrowErrorMatchingSnapshot(hint?: string): R;
        toThrowErrorMatchingInlineSnapshot(snapshot?: string): R;
    }
    interface Later extends Matchers<Promise<void>>, Snapshots<Promise<void>> {
        not: Matchers<Promise<void>>;
    }
    interface Expectation extends Matchers<void>, Snapshots<void> {
        not: Matchers<void>;
        resolves: Later;
        rejects: Later;
        /** The way chai says it. */
        to: any;
    }
    interface Asymmetric {
        any(type: Function): any;
        anything(): any;
        arrayContaining(items: readonly unknown[]): any;
        closeTo(number: number, digits?: number): any;
        objectContaining(subset: object): any;
        stringContaining(text: string): any;
        stringMatching(pattern: string | RegExp): any;
    }
    interface Expect extends Asymmetric {
        (actual: unknown, message?: string): Expectation;
        /** What does not hold fails the test, and the test goes on. */
        soft(actual: unknown, message?: string): Expectation;
        /** Asks again and again, until it holds. */
        poll(actual: () => unknown, options?: { timeout?: number; interval?: number; message?: string }): Matchers<Promise<void>> & { not: Matchers<Promise<void>> };
        getState(): { currentTestName: string; assertionCalls: number };
        addSnapshotSerializer(serializer: object): void;
        not: Asymmetric;
        assertions(count: number): void;
        hasAssertions(): void;
        unreachable(message?: string): never;
        extend(matchers: Record<string, (this: MatcherState, actual: any, ...args: any[]) => Outcome | Promise<Outcome>>): void;
    }
    interface Outcome {
        pass: boolean;
        message?: () => string;
        actual?: unknown;
        expected?: unknown;
    }
    interface MatcherState {
        isNot: boolean;
        equals(a: unknown, b: unknown): boolean;
        utils: { stringify(value: unknown): string; printReceived(value: unknown): string; printExpected(value: unknown): string; [other: string]: unknown };
    }
    export const expect: Expect;
    /** A few of the assertions of chai. */
    export const assert: { (value: unknown, message?: string): void; [name: string]: (...args: any[]) => void };
    /** Types are checked by TypeScript; these do nothing. */
    export function expectTypeOf(value?: unknown): any;
    export function assertType<T>(value: T): void;

    interface MockState<A extends any[], R> {
        calls: A[];
        contexts: unknown[];
        instances: unknown[];
        invocationCallOrder: number[];
        lastCall: A | undefined;
        results: { type: 'incomplete' | 'return' | 'throw'; value: R | any }[];
        settledResults: { type: 'incomplete' | 'fulfilled' | 'rejected'; value: any }[];
    }
    export interface Mock<A extends any[] = any[], R = any> {
        (...args: A): R;
        new (...args: A): any;
        readonly mock: MockState<A, R>;
        getMockImplementation(): ((...args: A) => R) | undefined;
        getMockName(): string;
        mockClear(): this;
        mockImplementation(body: (...args: A) => R): this;
        mockImplementationOnce(body: (...args: A) => R): this;
        mockName(name: string): this;
        mockRejectedValue(error: unknown): this;
        mockRejectedValueOnce(error: unknown): this;
        mockReset(): this;
        mockResolvedValue(value: Awaited<R>): this;
        mockResolvedValueOnce(value: Awaited<R>): this;
        mockRestore(): this;
        mockReturnThis(): this;
        mockReturnValue(value: R): this;
        mockReturnValueOnce(value: R): this;
        withImplementation(body: (...args: A) => R, inside: () => unknown): this | Promise<this>;
        mockThrow(error: unknown): this;
        mockThrowOnce(error: unknown): this;
    }
    interface Vi {
        fn<A extends any[] = any[], R = any>(implementation?: (...args: A) => R): Mock<A, R>;
        spyOn<T extends object, K extends keyof T>(
            object: T, name: K,
        ): T[K] extends (...args: infer A) => infer R ? Mock<A, R> : never;
        spyOn<T extends object, K extends keyof T>(object: T, name: K, access: 'get'): Mock<[], T[K]>;
        spyOn<T extends object, K extends keyof T>(object: T, name: K, access: 'set'): Mock<[T[K]], void>;
        mocked<T>(value: T): T extends (...args: infer A) => infer R ? Mock<A, R> : T;
        isMockFunction(value: unknown): value is Mock;
        /** Replaces a module, for all that import it: with what the function gives, or with one whose functions only note their calls. It
         * happens before anything is imported, so it can use only what `vi.hoisted` gives. */
        mock<T = any>(module: string | Promise<T>, factory?: ((actual: <M = T>() => Promise<M>) => Partial<T> | Promise<Partial<T>>) | { spy: boolean }): void;
        unmock(module: string | Promise<unknown>): void;
        /** Runs before anything is imported. */
        hoisted<T>(body: () => T): T;
        importActual<T = any>(module: string): Promise<T>;
        importMock<T = any>(module: string): Promise<T>;
        mockObject<T>(value: T, options?: { spy?: boolean }): T;
        clearAllMocks(): Vi;
        resetAllMocks(): Vi;
        restoreAllMocks(): Vi;
        stubGlobal(name: string, value: unknown): Vi;
        unstubAllGlobals(): Vi;
        /** Stops the clock, for the plugin and for the test. It moves when the test says so. */
        useFakeTimers(options?: { now?: number | string | Date }): Vi;
        useRealTimers(): Vi;
        isFakeTimers(): boolean;
        setSystemTime(time: number | string | Date): Vi;
        getMockedSystemTime(): Date | null;
        getRealSystemTime(): number;
        /** How many timers there are that somebody waits for: a plugin with several waits for the first. */
        getTimerCount(): number;
        /** Moves the clock from timer to timer; to be awaited, for timers run in the plugin. */
        advanceTimersByTime(milliseconds: number): Promise<Vi>;
        advanceTimersByTimeAsync(milliseconds: number): Promise<Vi>;
        advanceTimersToNextTimer(): Promise<Vi>;
        advanceTimersToNextTimerAsync(): Promise<Vi>;
        runAllTimers(): Promise<Vi>;
        runAllTimersAsync(): Promise<Vi>;
        runOnlyPendingTimers(): Promise<Vi>;
        runOnlyPendingTimersAsync(): Promise<Vi>;
        /** Calls until nothing is thrown. Where time stands still, it moves meanwhile. */
        waitFor<T>(body: () => T | Promise<T>, options?: { timeout?: number; interval?: number } | number): Promise<T>;
        /** Calls until something is returned that is true. */
        waitUntil<T>(body: () => T | Promise<T>, options?: { timeout?: number; interval?: number } | number): Promise<T>;
    }
    export const vi: Vi;

    type Reply = string | {
        status?: number;
        headers?: Iterable<readonly [string, string]> | Record<string, string>;
        body?: string | BufferSource;
        json?: unknown;
        /** There is no response, for this reason. */
        error?: string;
        /** How long it takes, in milliseconds of the time that tests move. */
        delay?: number;
    };
    /** A network that is made up, for the plugin and for the test. */
    export const fake: {
        /** Answers requests like `GET https://api.example.com/items/*` with these replies, the last one again and again. */
        fetch(route: string, ...replies: Reply[]): void;
        /** The requests that were sent, from the first to the last. */
        requests(): { method: string; url: string; headers: [string, string][]; body: string }[];
        /** Forgets all routes and requests. */
        reset(): void;
    };
    export {};
}
