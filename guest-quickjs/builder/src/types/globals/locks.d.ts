type LockMode = 'exclusive' | 'shared';
interface LockOptions {
    mode?: LockMode;
    ifAvailable?: boolean;
    steal?: boolean;
    signal?: AbortSignal;
}
interface LockInfo {
    name: string;
    mode: LockMode;
    clientId: string;
}

declare class Lock {
    private constructor();
    readonly name: string;
    readonly mode: LockMode;
}
declare class LockManager {
    private constructor();
    request<T>(name: string, callback: (lock: Lock | null) => T | PromiseLike<T>): Promise<T>;
    request<T>(name: string, options: LockOptions, callback: (lock: Lock | null) => T | PromiseLike<T>): Promise<T>;
    query(): Promise<{ held: LockInfo[]; pending: LockInfo[] }>;
}
interface Navigator {
    readonly locks: LockManager;
}
