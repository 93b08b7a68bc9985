declare function setTimeout(handler: (...args: any[]) => unknown, timeout?: number, ...args: any[]): number;
declare function setInterval(handler: (...args: any[]) => unknown, timeout?: number, ...args: any[]): number;
declare function clearTimeout(id: number | undefined): void;
declare function clearInterval(id: number | undefined): void;
declare namespace AbortSignal {
    function timeout(milliseconds: number): AbortSignal;
}
