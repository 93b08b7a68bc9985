/** A connection to another plugin, or to the application. */
declare class PluginPort extends EventTarget {
    private constructor();
    /** Waits until somebody accepts connections under this name. */
    static connect(name: string): Promise<PluginPort>;
    /** Waits until somebody connects to this name. */
    static accept(name: string): Promise<PluginPort>;
    onmessage: ((event: MessageEvent) => unknown) | null;
    onmessageerror: ((event: MessageEvent) => unknown) | null;
    onclose: ((event: Event) => unknown) | null;
    close(): void;
    postMessage(message: any): void;
    start(): void;
}
