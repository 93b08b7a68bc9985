declare class BroadcastChannel extends EventTarget {
    constructor(name: string);
    readonly name: string;
    onmessage: ((event: MessageEvent) => unknown) | null;
    onmessageerror: ((event: MessageEvent) => unknown) | null;
    close(): void;
    postMessage(message: any): void;
}
