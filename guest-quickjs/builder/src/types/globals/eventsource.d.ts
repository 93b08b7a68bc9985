declare class EventSource extends EventTarget {
    constructor(url: string | URL, options?: { withCredentials?: boolean });
    static readonly CONNECTING: 0;
    static readonly OPEN: 1;
    static readonly CLOSED: 2;
    readonly CONNECTING: 0;
    readonly OPEN: 1;
    readonly CLOSED: 2;
    readonly readyState: 0 | 1 | 2;
    readonly url: string;
    readonly withCredentials: boolean;
    onerror: ((event: ErrorEvent) => unknown) | null;
    onmessage: ((event: MessageEvent<string>) => unknown) | null;
    onopen: ((event: Event) => unknown) | null;
    close(): void;
}
