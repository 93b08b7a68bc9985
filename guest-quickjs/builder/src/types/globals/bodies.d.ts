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
