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
