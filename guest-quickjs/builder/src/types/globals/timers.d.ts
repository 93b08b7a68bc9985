declare function setTimeout<A extends any[]>(handler: (...args: A) => unknown, timeout?: number, ...args: A): number;
declare function setInterval<A extends any[]>(handler: (...args: A) => unknown, timeout?: number, ...args: A): number;
declare function clearTimeout(id: number | undefined): void;
declare function clearInterval(id: number | undefined): void;
declare namespace AbortSignal {
    function timeout(milliseconds: number): AbortSignal;
}
