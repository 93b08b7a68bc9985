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
