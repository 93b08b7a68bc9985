interface Crypto {
    /** Fills an array of integers, of 65536 bytes at most, with random numbers. */
    getRandomValues<T extends ArrayBufferView>(array: T): T;
    randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
}
