interface KeyValueListOptions {
    /** Only keys that begin so. */
    prefix?: string;
    /** Only keys that come after this one. */
    after?: string;
}

/** A store of values by key, which outlives the instance. */
declare class KeyValueStore {
    private constructor();
    static open(name: string): Promise<KeyValueStore>;
    static names(): Promise<string[]>;
    static delete(name: string): Promise<void>;
    readonly name: string;
    get(key: string): Promise<Uint8Array | undefined>;
    getText(key: string): Promise<string | undefined>;
    set(key: string, value: string | BufferSource): Promise<void>;
    delete(key: string): Promise<void>;
    /** Sets a value if the one before is as expected, and says whether it was; `undefined` stands for none. */
    compareAndSet(key: string, expected: string | BufferSource | undefined, value: string | BufferSource | undefined): Promise<boolean>;
    /** Makes all changes if all expectations are met, and says whether they were. */
    commit(
        changes: Iterable<readonly [string, string | BufferSource | undefined]>,
        expectations?: Iterable<readonly [string, string | BufferSource | undefined]>,
    ): Promise<boolean>;
    keys(options?: KeyValueListOptions): AsyncIterableIterator<string>;
    entries(options?: KeyValueListOptions): AsyncIterableIterator<[string, Uint8Array]>;
    [Symbol.asyncIterator](options?: KeyValueListOptions): AsyncIterableIterator<[string, Uint8Array]>;
}
