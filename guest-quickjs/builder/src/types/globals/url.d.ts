declare class URL {
    constructor(url: string | URL, base?: string | URL);
    static parse(url: string | URL, base?: string | URL): URL | null;
    static canParse(url: string | URL, base?: string | URL): boolean;
    static createObjectURL(object: Blob): string;
    static revokeObjectURL(url: string): void;
    href: string;
    readonly origin: string;
    protocol: string;
    username: string;
    password: string;
    host: string;
    hostname: string;
    port: string;
    pathname: string;
    search: string;
    readonly searchParams: URLSearchParams;
    hash: string;
    toJSON(): string;
    toString(): string;
}

declare class URLSearchParams {
    constructor(init?: Iterable<[string, string]> | Record<string, string> | string | URLSearchParams);
    readonly size: number;
    append(name: string, value: string): void;
    delete(name: string, value?: string): void;
    get(name: string): string | null;
    getAll(name: string): string[];
    has(name: string, value?: string): boolean;
    set(name: string, value: string): void;
    sort(): void;
    forEach(callback: (value: string, key: string, params: URLSearchParams) => void, thisArg?: any): void;
    entries(): IterableIterator<[string, string]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string>;
    [Symbol.iterator](): IterableIterator<[string, string]>;
    toString(): string;
}

interface URLPatternInit {
    protocol?: string;
    username?: string;
    password?: string;
    hostname?: string;
    port?: string;
    pathname?: string;
    search?: string;
    hash?: string;
    baseURL?: string;
}
type URLPatternInput = string | URL | URLPatternInit;
type URLPatternComponent = 'protocol' | 'username' | 'password' | 'hostname' | 'port' | 'pathname' | 'search' | 'hash';
interface URLPatternComponentResult {
    input: string;
    groups: Record<string, string | undefined>;
}
interface URLPatternResult extends Record<URLPatternComponent, URLPatternComponentResult> {
    inputs: URLPatternInput[];
}

declare class URLPattern {
    constructor(input: URLPatternInput, baseURL: string, options?: { ignoreCase?: boolean });
    constructor(input?: URLPatternInput, options?: { ignoreCase?: boolean });
    /** Which of two patterns comes first by this component: a proposal. */
    static compareComponent(component: URLPatternComponent, left: URLPattern, right: URLPattern): number;
    readonly protocol: string;
    readonly username: string;
    readonly password: string;
    readonly hostname: string;
    readonly port: string;
    readonly pathname: string;
    readonly search: string;
    readonly hash: string;
    readonly hasRegExpGroups: boolean;
    test(input?: URLPatternInput, baseURL?: string): boolean;
    exec(input?: URLPatternInput, baseURL?: string): URLPatternResult | null;
    /** The text that the component matches with these groups: a proposal. */
    generate(component: URLPatternComponent, groups: Record<string, string>): string;
}
