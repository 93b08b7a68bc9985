declare function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
