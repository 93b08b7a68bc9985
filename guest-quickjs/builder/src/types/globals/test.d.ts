/** What files of tests import; `outwit test` runs them. */
declare module 'outwit:test' {
    type Body = () => unknown;
    interface Options {
        skip?: boolean;
        only?: boolean;
        todo?: boolean;
        fails?: boolean;
    }
    interface Each {
        <T extends readonly [unknown, ...unknown[]]>(rows: readonly T[]): (name: string, body: (...row: T) => unknown, options?: Options) => void;
        <T extends readonly unknown[]>(rows: readonly T[]): (name: string, body: (...row: T) => unknown, options?: Options) => void;
        <T>(rows: readonly T[]): (name: string, body: (row: T) => unknown, options?: Options) => void;
        (strings: TemplateStringsArray, ...values: unknown[]): (name: string, body: (row: any) => unknown, options?: Options) => void;
    }
    interface Define<B> {
        (name: string | Function, body?: B, options?: Options): void;
        (name: string | Function, options: Options, body?: B): void;
    }
    interface Api<B> extends Define<B> {
        skip: Define<B> & { each: Each };
        only: Define<B> & { each: Each };
        todo: Define<B> & { each: Each };
        skipIf(condition: unknown): Define<B>;
        runIf(condition: unknown): Define<B>;
        each: Each;
        concurrent: Api<B>;
        sequential: Api<B>;
    }
    export const describe: Api<() => void>;
    export const it: Api<(context: { expect: Expect; task: { name: string } }) => unknown> & { fails: Define<Body> };
    export const test: typeof it;
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
        toHaveReturned(): R;
        toHaveReturnedWith(value: unknown): R;
        toMatch(expected: string | RegExp): R;
        toMatchObject(expected: object): R;
        toSatisfy(predicate: (value: any) => unknown): R;
        toStrictEqual(expected: unknown): R;
        /** Without an argument anything thrown will do; a text has to be part of the message. */
        toThrow(expected?: string | RegExp | Function | object): R;
        toThrowError(expected?: string | RegExp | Function | object): R;
    }
    interface Expectation extends Matchers<void> {
        not: Matchers<void>;
        resolves: Matchers<Promise<void>> & { not: Matchers<Promise<void>> };
        rejects: Matchers<Promise<void>> & { not: Matchers<Promise<void>> };
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
        not: Asymmetric;
        assertions(count: number): void;
        hasAssertions(): void;
        unreachable(message?: string): never;
        extend(matchers: Record<string, (actual: any, ...args: any[]) => { pass: boolean; message?: () => string }>): void;
    }
    export const expect: Expect;

    interface MockState<A extends any[], R> {
        calls: A[];
        contexts: unknown[];
        instances: unknown[];
        invocationCallOrder: number[];
        lastCall: A | undefined;
        results: { type: 'incomplete' | 'return' | 'throw'; value: R | any }[];
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
        waitFor<T>(body: () => T | Promise<T>, options?: { timeout?: number; interval?: number }): Promise<T>;
    }
    export const vi: Vi;

    type Reply = string | {
        status?: number;
        headers?: Iterable<readonly [string, string]> | Record<string, string>;
        body?: string | BufferSource;
        json?: unknown;
        /** There is no response, for this reason. */
        error?: string;
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
