declare class WebSocket extends EventTarget {
    constructor(url: string | URL, protocols?: string | string[]);
    static readonly CONNECTING: 0;
    static readonly OPEN: 1;
    static readonly CLOSING: 2;
    static readonly CLOSED: 3;
    readonly CONNECTING: 0;
    readonly OPEN: 1;
    readonly CLOSING: 2;
    readonly CLOSED: 3;
    binaryType: 'arraybuffer' | 'blob';
    readonly bufferedAmount: number;
    readonly extensions: string;
    readonly protocol: string;
    readonly readyState: 0 | 1 | 2 | 3;
    readonly url: string;
    onclose: ((event: CloseEvent) => unknown) | null;
    onerror: ((event: ErrorEvent) => unknown) | null;
    onmessage: ((event: MessageEvent) => unknown) | null;
    onopen: ((event: Event) => unknown) | null;
    close(code?: number, reason?: string): void;
    send(data: string | BufferSource | Blob): void;
}
