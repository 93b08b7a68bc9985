// What the WIT of this plugin looks like in TypeScript. Made by `outwit types`; make it again when the WIT has changed.
/// <reference lib="esnext.disposable" />

/** Where log messages go. */
declare module 'outwit:console/log' {
    /** How important a message is, from least to most. */
    export type Level =
    /** Details that only matter while looking for a fault: `console.debug`. */
        | 'debug'
    /** Something worth knowing: `console.log`, `console.info`. */
        | 'info'
    /** Something is off, yet the work goes on: `console.warn`. */
        | 'warn'
    /** Something failed: `console.error`, `console.assert`, `console.trace`. */
        | 'error';
    /**
     * Writes one message.
     *
     * `message` is the finished text, without a line break at its end; line breaks inside it are part
     * of the message. Never blocks and never fails: a host that has no place for the message, or has
     * taken as many bytes of output as the plugin may write, drops it.
     */
    export function write(level: Level, message: string): void;
    export {};
}
declare module 'outwit:console/log@0.1.0' {
    export * from 'outwit:console/log';
}

/** Sends requests and receives responses. */
declare module 'outwit:fetch/client' {
    /** Bytes as text: each character stands for the byte of its number, U+0000 to U+00FF. */
    export type ByteString = string;
    /**
     * Header fields in their order: name and value, a line for each value. Names are compared without
     * regard to case; those of a response are in lower case.
     */
    export type Headers = ([string, ByteString])[];
    /** What the plugin's grant does not allow. */
    export type Denial =
    /** The plugin may not send requests. */
        | 'grant'
    /** This scheme, host and port. */
        | 'origin'
    /** This method. */
        | 'method'
    /** The address: the host is, or has only, addresses of this machine or of a private network. */
        | 'address'
    /** The application's policy refused the request. */
        | 'policy';
    /** What took too long. */
    export type Stage =
    /** Finding the host and connecting to it. */
        | 'connect'
    /** Waiting for the response to begin. */
        | 'response'
    /** Waiting for more of a body. */
        | 'body';
    /**
     * Why there is no response, or no more of its body. In JavaScript always a `TypeError`, as in browsers;
     * `DOMException`s are for requests that were given up. Texts are for people.
     */
    export type Error =
    /** The URL cannot be used; says why. Nothing was sent. */
        | { tag: 'invalid-url'; val: string }
    /** The method or a header field cannot be used; says why. Nothing was sent. */
        | { tag: 'invalid-request'; val: string }
    /** The plugin may not do this. Nothing was sent: no name was looked up, except to find its `address`. */
        | { tag: 'not-allowed'; val: Denial }
    /** The host's name could not be resolved. */
        | { tag: 'name-not-resolved' }
    /** Nothing accepts connections at this host and port. */
        | { tag: 'refused' }
    /** There is no way to the host. */
        | { tag: 'unreachable' }
    /** There is no secure connection to the host; says why. */
        | { tag: 'tls'; val: string }
    /** It took too long. */
        | { tag: 'timeout'; val: Stage }
    /** The connection ended too early: before there was a response, or within a body. */
        | { tag: 'cut-off' }
    /** What came back is not HTTP; says why. */
        | { tag: 'protocol'; val: string }
    /** The header section has more fields or bytes than may be; carries the limit, in bytes. */
        | { tag: 'header-too-large'; val: number }
    /** The body is longer than may be; carries the limit, in bytes. */
        | { tag: 'body-too-large'; val: bigint }
    /** The body is not what its content coding says. */
        | { tag: 'content-coding' }
    /** The request's body did not keep to its length, or ended with an error. It was given up. */
        | { tag: 'body-failed' }
    /** Something else; the text is for people. */
        | { tag: 'other'; val: string };
    /** A body that is on its way. */
    export interface Body {
        /** The bytes. Dropping it before its end gives up the exchange. */
        content: IncomingStream<Uint8Array>;
        /**
         * How `content` came to its end: a body that was cut off is never mistaken for a short one. Only
         * known once all of `content` has been read.
         */
        end: Promise<void>;
        /** How many bytes there will be, if that is known beforehand. A request that says so must keep to it. */
        length?: bigint | undefined;
    }
    /** A body that is on its way. */
    export interface OutgoingBody {
        /** The bytes. Dropping it before its end gives up the exchange. */
        content: OutgoingStream<number | number[] | Uint8Array>;
        /**
         * How `content` came to its end: a body that was cut off is never mistaken for a short one. Only
         * known once all of `content` has been read.
         */
        end: void | PromiseLike<void>;
        /** How many bytes there will be, if that is known beforehand. A request that says so must keep to it. */
        length?: bigint | undefined;
    }
    /** What is asked for. */
    export interface Request {
        /** The method, exactly as it is sent: `GET`. */
        method: string;
        /**
         * An absolute URL of scheme `http` or `https`. Its fragment is not sent; it must not have a user
         * name or a password.
         */
        url: string;
        /**
         * The header fields. The host adds `host`, and `accept-encoding` where it is missing. Fields that say
         * where a message ends or whose connection it is are the host's: `connection`, `content-length`, `expect`,
         * `host`, `http2-settings`, `keep-alive`, `proxy-authorization`, `proxy-connection`, `te`, `trailer`,
         * `transfer-encoding` and `upgrade` are refused with `invalid-request`.
         */
        headers: Headers;
        /** The body, if there is one. */
        body?: Body | undefined;
    }
    /** What is asked for. */
    export interface OutgoingRequest {
        /** The method, exactly as it is sent: `GET`. */
        method: string;
        /**
         * An absolute URL of scheme `http` or `https`. Its fragment is not sent; it must not have a user
         * name or a password.
         */
        url: string;
        /**
         * The header fields. The host adds `host`, and `accept-encoding` where it is missing. Fields that say
         * where a message ends or whose connection it is are the host's: `connection`, `content-length`, `expect`,
         * `host`, `http2-settings`, `keep-alive`, `proxy-authorization`, `proxy-connection`, `te`, `trailer`,
         * `transfer-encoding` and `upgrade` are refused with `invalid-request`.
         */
        headers: Headers;
        /** The body, if there is one. */
        body?: OutgoingBody | undefined;
    }
    /** What came back. */
    export interface Response {
        /** The status code, 200 to 599: `200`. */
        status: number;
        /** The reason phrase. Empty if there was none; HTTP/2 has none. */
        statusText: ByteString;
        /** The header fields. */
        headers: Headers;
        /**
         * The body, without its content coding (`gzip`, `deflate`, `br`), if there can be one: none for a `HEAD`
         * request and for the statuses 204, 205 and 304.
         */
        body?: Body | undefined;
    }
    /** What came back. */
    export interface OutgoingResponse {
        /** The status code, 200 to 599: `200`. */
        status: number;
        /** The reason phrase. Empty if there was none; HTTP/2 has none. */
        statusText: ByteString;
        /** The header fields. */
        headers: Headers;
        /**
         * The body, without its content coding (`gzip`, `deflate`, `br`), if there can be one: none for a `HEAD`
         * request and for the statuses 204, 205 and 304.
         */
        body?: OutgoingBody | undefined;
    }
    /**
     * Sends a request and returns as soon as the head of the response is there. It follows no redirects. Dropping
     * the call gives up the exchange: the connection, or its stream in HTTP/2, is closed.
     * @throws {ComponentError<Error>}
     */
    export function send(request: OutgoingRequest): Promise<Response>;
    export {};
}
declare module 'outwit:fetch/client@0.1.0' {
    export * from 'outwit:fetch/client';
}

/** The clock of one plugin instance. */
declare module 'outwit:performance/clock' {
    /** A time or a duration in milliseconds, with fractions: `DOMHighResTimeStamp`. */
    export type Milliseconds = number;
    /** The time since `time-origin`. Never runs backwards; its resolution is the host's choice. */
    export function now(): Milliseconds;
    /** The moment this instance was created, counted from 1970-01-01T00:00:00Z. */
    export function timeOrigin(): Milliseconds;
    export {};
}
declare module 'outwit:performance/clock@0.1.0' {
    export * from 'outwit:performance/clock';
}

/** The storage area of one plugin. Other plugins cannot see it. */
declare module 'outwit:storage/local-storage' {
    /** Why an operation did not happen. Nothing was changed. */
    export type Error =
    /**
     * The area has no room for this key and value; carries the area's limit, in bytes of UTF-8
     * over all keys and values. In JavaScript a `QuotaExceededError`.
     */
        | { tag: 'quota-exceeded'; val: bigint }
    /** The plugin may not use its storage area. In JavaScript a `SecurityError`. */
        | { tag: 'not-allowed' }
    /** The host failed; the text is for people. In JavaScript an `UnknownError`. */
        | { tag: 'other'; val: string };
    /**
     * The number of keys.
     * @throws {ComponentError<Error>}
     */
    export function length(): number;
    /**
     * The name of the key at position `index`, counted from 0, or nothing past the last. The order
     * stays the same as long as no key is added or removed.
     * @throws {ComponentError<Error>}
     */
    export function key(index: number): string | undefined;
    /**
     * The value of `key`, or nothing if there is no such key.
     * @throws {ComponentError<Error>}
     */
    export function getItem(key: string): string | undefined;
    /**
     * Sets `key` to `value`. Once this returns, the value survives the end of the host's process.
     * @throws {ComponentError<Error>}
     */
    export function setItem(key: string, value: string): void;
    /**
     * Removes `key`. It is no error if there is no such key.
     * @throws {ComponentError<Error>}
     */
    export function removeItem(key: string): void;
    /**
     * Removes every key of this plugin.
     * @throws {ComponentError<Error>}
     */
    export function clear(): void;
    export {};
}
declare module 'outwit:storage/local-storage@0.1.0' {
    export * from 'outwit:storage/local-storage';
}

/** Keys, and what is done with them. */
declare module 'outwit:subtle/keys' {
    /** Why an operation did not happen. The text is for people. */
    export type Error =
    /**
     * The algorithm does not have this operation, format or parameter. In JavaScript a
     * `NotSupportedError`.
     */
        | { tag: 'not-supported'; val: string }
    /**
     * The usages are not those of such a key, or there are none. In JavaScript a `SyntaxError`
     * (a `DOMException`).
     */
        | { tag: 'invalid-usages'; val: string }
    /** The key may not be used like this. In JavaScript an `InvalidAccessError`. */
        | { tag: 'invalid-access'; val: string }
    /** The bytes or fields are not a key of this kind. In JavaScript a `DataError`. */
        | { tag: 'invalid-data'; val: string }
    /**
     * The operation failed: a parameter is out of range, or a ciphertext is not authentic. In
     * JavaScript an `OperationError`.
     */
        | { tag: 'failed'; val: string }
    /**
     * The operation asks for more work or memory than the plugin was granted. In JavaScript an
     * `OperationError`.
     */
        | { tag: 'quota-exceeded'; val: string }
    /** The plugin may not use cryptography. In JavaScript a `NotAllowedError`. */
        | { tag: 'not-allowed' }
    /** The host failed. In JavaScript an `OperationError`. */
        | { tag: 'other'; val: string };
    /** A hash function. */
    export type Hash =
    /** SHA-1. Only for what exists already: it is broken. */
        | 'sha1'
    /** SHA-256. */
        | 'sha256'
    /** SHA-384. */
        | 'sha384'
    /** SHA-512. */
        | 'sha512'
    /** SHA3-256. */
        | 'sha3w256'
    /** SHA3-384. */
        | 'sha3w384'
    /** SHA3-512. */
        | 'sha3w512';
    /** A customisable extendable-output function (NIST SP 800-185). */
    export interface Cshake {
        /** Its strength in bits: 128 or 256. */
        strength: number;
        /** The length of the result, in bits. */
        outputLength: number;
        /** The name of the function that is built on it; empty for none. */
        functionName: Uint8Array;
        /** The customisation; empty for none. */
        customization: Uint8Array;
    }
    /** What makes a digest. */
    export type DigestAlgorithm =
    /** A hash function. */
        | { tag: 'hash'; val: Hash }
    /** cSHAKE128 or cSHAKE256. */
        | { tag: 'cshake'; val: Cshake };
    /** A mode of AES. */
    export type AesMode =
    /** AES-CBC. */
        | 'cbc'
    /** AES-CTR. */
        | 'ctr'
    /** AES-GCM. */
        | 'gcm'
    /** AES-KW, which only wraps keys. */
        | 'kw'
    /** AES-OCB. */
        | 'ocb';
    /** A key for AES. */
    export interface AesKey {
        /** The mode it is for. */
        mode: AesMode;
        /** Its length in bits: 128, 192 or 256. On import what is imported says it. */
        length?: number | undefined;
    }
    /** A key for HMAC. */
    export interface HmacKey {
        /** The hash function. */
        hash: Hash;
        /**
         * Its length in bits. By default the block size of the hash function when one is made, and
         * the length of what is imported.
         */
        length?: number | undefined;
    }
    /** A key for KMAC. */
    export interface KmacKey {
        /** The strength in bits: 128 or 256. */
        strength: number;
        /**
         * Its length in bits. By default the strength when one is made, and the length of what is
         * imported.
         */
        length?: number | undefined;
    }
    /** What a key for RSA is for. */
    export type RsaScheme =
    /** Signatures: RSASSA-PKCS1-v1_5. */
        | 'pkcs1'
    /** Signatures: RSA-PSS. */
        | 'pss'
    /** Encryption: RSA-OAEP. */
        | 'oaep';
    /** A key for RSA. */
    export interface RsaKey {
        /** What it is for. */
        scheme: RsaScheme;
        /** The hash function. */
        hash: Hash;
        /** The length of its modulus in bits. On import what is imported says it. */
        modulusLength?: number | undefined;
        /** Its public exponent, big end first. On import what is imported says it. */
        publicExponent?: Uint8Array | undefined;
    }
    /** An elliptic curve of NIST. */
    export type Curve =
    /** P-256. */
        | 'p256'
    /** P-384. */
        | 'p384'
    /** P-521. */
        | 'p521';
    /** A size of ML-DSA. */
    export type MlDsaSize =
    /** ML-DSA-44. */
        | 'dsa44'
    /** ML-DSA-65. */
        | 'dsa65'
    /** ML-DSA-87. */
        | 'dsa87';
    /** A size of ML-KEM. */
    export type MlKemSize =
    /** ML-KEM-512. */
        | 'kem512'
    /** ML-KEM-768. */
        | 'kem768'
    /** ML-KEM-1024. */
        | 'kem1024';
    /** A kind of Argon2. */
    export type Argon2Kind =
    /** Argon2d. */
        | 'd'
    /** Argon2i. */
        | 'i'
    /** Argon2id. */
        | 'id';
    /**
     * The algorithm a key is for, with what is to be known of it to make or import one. Of a key
     * that exists, every option is there.
     */
    export type KeyAlgorithm =
    /** AES. */
        | { tag: 'aes'; val: AesKey }
    /** ChaCha20-Poly1305. */
        | { tag: 'chacha20-poly1305' }
    /** HMAC. */
        | { tag: 'hmac'; val: HmacKey }
    /** KMAC128 or KMAC256. */
        | { tag: 'kmac'; val: KmacKey }
    /** RSA. */
        | { tag: 'rsa'; val: RsaKey }
    /** ECDSA. */
        | { tag: 'ecdsa'; val: Curve }
    /** ECDH. */
        | { tag: 'ecdh'; val: Curve }
    /** Ed25519. */
        | { tag: 'ed25519' }
    /** Ed448. */
        | { tag: 'ed448' }
    /** X25519. */
        | { tag: 'x25519' }
    /** X448. */
        | { tag: 'x448' }
    /** ML-DSA. */
        | { tag: 'ml-dsa'; val: MlDsaSize }
    /** ML-KEM. */
        | { tag: 'ml-kem'; val: MlKemSize }
    /** HKDF. */
        | { tag: 'hkdf' }
    /** PBKDF2. */
        | { tag: 'pbkdf2' }
    /** Argon2. */
        | { tag: 'argon2'; val: Argon2Kind };
    /** What may be done with a key. */
    export interface Usages {
        /** Encrypting. */
        encrypt?: boolean | undefined;
        /** Decrypting. */
        decrypt?: boolean | undefined;
        /** Signing. */
        sign?: boolean | undefined;
        /** Verifying signatures. */
        verify?: boolean | undefined;
        /** Deriving keys. */
        deriveKey?: boolean | undefined;
        /** Deriving bits. */
        deriveBits?: boolean | undefined;
        /** Wrapping other keys. */
        wrapKey?: boolean | undefined;
        /** Unwrapping other keys. */
        unwrapKey?: boolean | undefined;
        /** Making a shared key and its ciphertext. */
        encapsulateKey?: boolean | undefined;
        /** Making shared bits and their ciphertext. */
        encapsulateBits?: boolean | undefined;
        /** Getting a shared key from its ciphertext. */
        decapsulateKey?: boolean | undefined;
        /** Getting shared bits from their ciphertext. */
        decapsulateBits?: boolean | undefined;
    }
    /** What kind of key it is. */
    export type KeyKind =
    /** A key that both sides have. */
        | 'secret'
    /** The public key of a pair. */
        | 'public'
    /** The private key of a pair. */
        | 'private';
    /** What is known of a key. */
    export interface KeyInfo {
        /** What kind of key it is. */
        kind: KeyKind;
        /** Whether `export` and `wrap` may have its bytes. */
        extractable: boolean;
        /** The algorithm it is for. */
        algorithm: KeyAlgorithm;
        /** What may be done with it. */
        usages: Usages;
    }
    /** A key. */
    export class Key {
        #private;
        protected constructor();
        /** What is known of it. */
        info(): KeyInfo;
        /** Drops the handle: the object can then no longer be used. */
        [Symbol.dispose](): void;
    }
    /** What `generate` made. */
    export type Generated =
    /** One key. */
        | { tag: 'secret'; val: Key }
    /** The public and the private key of a pair. */
        | { tag: 'pair'; val: [Key, Key] };
    /** How a key is written down. */
    export type KeyFormat =
    /** The bytes of a secret key, or of a public key. */
        | 'raw'
    /** The bytes of a public key. */
        | 'raw-public'
    /** The bytes of a secret key. */
        | 'raw-secret'
    /** The bytes of a private key. */
        | 'raw-private'
    /** The seed a private key is made from. */
        | 'raw-seed'
    /** SubjectPublicKeyInfo (RFC 5280), DER. */
        | 'spki'
    /** PrivateKeyInfo (RFC 5958), DER. */
        | 'pkcs8'
    /** JSON Web Key (RFC 7517). */
        | 'jwk';
    /** A JSON Web Key (RFC 7517, RFC 7518, RFC 8037). Numbers and bytes are base64url without padding. */
    export interface JsonWebKey {
        /** The family of algorithms. */
        kty?: string | undefined;
        /** What it is for: `sig` or `enc`. */
        use?: string | undefined;
        /** What may be done with it. */
        keyOps?: string[] | undefined;
        /** The algorithm. */
        alg?: string | undefined;
        /** Whether it is extractable. */
        ext?: boolean | undefined;
        /** The curve. */
        crv?: string | undefined;
        /** The first coordinate, or the public key. */
        x?: string | undefined;
        /** The second coordinate. */
        y?: string | undefined;
        /** The private key, or the private exponent. */
        d?: string | undefined;
        /** The modulus. */
        n?: string | undefined;
        /** The public exponent. */
        e?: string | undefined;
        /** The first prime. */
        p?: string | undefined;
        /** The second prime. */
        q?: string | undefined;
        /** The private exponent modulo the first prime less one. */
        dp?: string | undefined;
        /** The private exponent modulo the second prime less one. */
        dq?: string | undefined;
        /** The inverse of the second prime modulo the first. */
        qi?: string | undefined;
        /** Whether there are more primes (`oth`), which no operation supports. */
        morePrimes: boolean;
        /** The bytes of a secret key. */
        k?: string | undefined;
        /** The public key, of ML-DSA and ML-KEM. */
        pub?: string | undefined;
        /** The seed of the private key, of ML-DSA and ML-KEM. */
        priv?: string | undefined;
    }
    /** A key written down. */
    export type KeyData =
    /** In every format but JSON Web Key. */
        | { tag: 'bytes'; val: Uint8Array }
    /** As JSON Web Key. */
        | { tag: 'jwk'; val: JsonWebKey };
    /** A counter block. */
    export interface AesCtr {
        /** The first counter block: 16 bytes. */
        counter: Uint8Array;
        /** How many of its last bits count. */
        length: number;
    }
    /** Authenticated encryption. */
    export interface Aead {
        /** The nonce. Never use one twice with the same key. */
        iv: Uint8Array;
        /** What is authenticated but not encrypted. */
        additionalData: Uint8Array;
        /** The length of the tag in bits. The default is 128. */
        tagLength?: number | undefined;
    }
    /** How to encrypt or wrap. The key has to be one for it. */
    export type Cipher =
    /** AES-CBC with its initialisation vector of 16 bytes, and padding (PKCS #7). */
        | { tag: 'aes-cbc'; val: Uint8Array }
    /** AES-CTR. */
        | { tag: 'aes-ctr'; val: AesCtr }
    /** AES-GCM. */
        | { tag: 'aes-gcm'; val: Aead }
    /** AES-OCB. */
        | { tag: 'aes-ocb'; val: Aead }
    /** AES-KW (RFC 3394), for `wrap` and `unwrap`. */
        | { tag: 'aes-kw' }
    /** ChaCha20-Poly1305. */
        | { tag: 'chacha20-poly1305'; val: Aead }
    /** RSA-OAEP with its label, which may be empty. */
        | { tag: 'rsa-oaep'; val: Uint8Array };
    /** KMAC. */
    export interface Kmac {
        /** The length of the result, in bits. */
        outputLength: number;
        /** The customisation; empty for none. */
        customization: Uint8Array;
    }
    /** How to sign. The key has to be one for it. */
    export type Signing =
    /** RSASSA-PKCS1-v1_5. */
        | { tag: 'rsa-pkcs1' }
    /** RSA-PSS with the length of the salt in bytes. */
        | { tag: 'rsa-pss'; val: number }
    /** ECDSA with its hash function. */
        | { tag: 'ecdsa'; val: Hash }
    /** Ed25519. */
        | { tag: 'ed25519' }
    /** Ed448 with its context, which may be empty. */
        | { tag: 'ed448'; val: Uint8Array }
    /** ML-DSA with its context, which may be empty. */
        | { tag: 'ml-dsa'; val: Uint8Array }
    /** HMAC. */
        | { tag: 'hmac' }
    /** KMAC. */
        | { tag: 'kmac'; val: Kmac };
    /** HKDF (RFC 5869). */
    export interface Hkdf {
        /** The hash function. */
        hash: Hash;
        /** The salt. */
        salt: Uint8Array;
        /** The context. */
        info: Uint8Array;
    }
    /** PBKDF2 (RFC 8018). */
    export interface Pbkdf2 {
        /** The hash function, for HMAC. */
        hash: Hash;
        /** The salt. */
        salt: Uint8Array;
        /** How often. At least 1. */
        iterations: number;
    }
    /** Argon2 (RFC 9106). */
    export interface Argon2 {
        /** The nonce, or salt. */
        nonce: Uint8Array;
        /** The degree of parallelism. */
        parallelism: number;
        /** The memory, in KiB. */
        memory: number;
        /** How often. */
        passes: number;
        /** The version. The default, and only one, is 19 (0x13). */
        version?: number | undefined;
        /** A secret of whoever keeps the result, or nothing. */
        secretValue: Uint8Array;
        /** Data that goes along, or nothing. */
        associatedData: Uint8Array;
    }
    /** How to derive. The key has to be one for it. */
    export type Derivation =
    /** ECDH, X25519 and X448, with the public key of the other side. */
        | { tag: 'diffie-hellman'; val: Key }
    /** HKDF. */
        | { tag: 'hkdf'; val: Hkdf }
    /** PBKDF2. */
        | { tag: 'pbkdf2'; val: Pbkdf2 }
    /** Argon2. */
        | { tag: 'argon2'; val: Argon2 };
    /** A shared key, and what the other side gets it from. */
    export interface EncapsulatedKey {
        /** The shared key. */
        sharedKey: Key;
        /** What the other side gets it from. */
        ciphertext: Uint8Array;
    }
    /** Shared bits, and what the other side gets them from. */
    export interface EncapsulatedBits {
        /** The shared bits. */
        sharedKey: Uint8Array;
        /** What the other side gets them from. */
        ciphertext: Uint8Array;
    }
    /**
     * The digest of some bytes.
     * @throws {ComponentError<Error>}
     */
    export function digest(algorithm: DigestAlgorithm, data: Uint8Array | number[]): Promise<Uint8Array>;
    /**
     * Makes a key, or a pair of keys.
     * @throws {ComponentError<Error>}
     */
    export function generate(algorithm: KeyAlgorithm, extractable: boolean, usages: Usages): Promise<Generated>;
    /**
     * Reads a key.
     * @throws {ComponentError<Error>}
     */
    function import_(format: KeyFormat, data: KeyData, algorithm: KeyAlgorithm, extractable: boolean, usages: Usages): Promise<Key>;
    export { import_ as import };
    /**
     * Writes down a key that is extractable.
     * @throws {ComponentError<Error>}
     */
    function export_(format: KeyFormat, key: Key): Promise<KeyData>;
    export { export_ as export };
    /**
     * The public key of a private key.
     * @throws {ComponentError<Error>}
     */
    export function publicKey(key: Key, usages: Usages): Promise<Key>;
    /**
     * Encrypts.
     * @throws {ComponentError<Error>}
     */
    export function encrypt(how: Cipher, key: Key, data: Uint8Array | number[]): Promise<Uint8Array>;
    /**
     * Decrypts.
     * @throws {ComponentError<Error>}
     */
    export function decrypt(how: Cipher, key: Key, data: Uint8Array | number[]): Promise<Uint8Array>;
    /**
     * Signs, or makes an authentication code.
     * @throws {ComponentError<Error>}
     */
    export function sign(how: Signing, key: Key, data: Uint8Array | number[]): Promise<Uint8Array>;
    /**
     * Whether a signature or an authentication code is right.
     * @throws {ComponentError<Error>}
     */
    export function verify(how: Signing, key: Key, signature: Uint8Array | number[], data: Uint8Array | number[]): Promise<boolean>;
    /**
     * Derives bits. Without a length, as many as the algorithm makes by itself.
     * @throws {ComponentError<Error>}
     */
    export function deriveBits(how: Derivation, key: Key, length?: number | undefined): Promise<Uint8Array>;
    /**
     * Derives a key.
     * @throws {ComponentError<Error>}
     */
    export function deriveKey(how: Derivation, key: Key, derived: KeyAlgorithm, extractable: boolean, usages: Usages): Promise<Key>;
    /**
     * Writes down a key that is extractable, and encrypts that.
     * @throws {ComponentError<Error>}
     */
    export function wrap(format: KeyFormat, key: Key, wrappingKey: Key, how: Cipher): Promise<Uint8Array>;
    /**
     * Decrypts a key that was wrapped, and reads it.
     * @throws {ComponentError<Error>}
     */
    export function unwrap(format: KeyFormat, wrapped: Uint8Array | number[], unwrappingKey: Key, how: Cipher, algorithm: KeyAlgorithm, extractable: boolean, usages: Usages): Promise<Key>;
    /**
     * Makes a shared key for the owner of a public key of ML-KEM.
     * @throws {ComponentError<Error>}
     */
    export function encapsulateKey(key: Key, shared: KeyAlgorithm, extractable: boolean, usages: Usages): Promise<EncapsulatedKey>;
    /**
     * Makes shared bits for the owner of a public key of ML-KEM.
     * @throws {ComponentError<Error>}
     */
    export function encapsulateBits(key: Key): Promise<EncapsulatedBits>;
    /**
     * Gets a shared key with a private key of ML-KEM.
     * @throws {ComponentError<Error>}
     */
    export function decapsulateKey(key: Key, ciphertext: Uint8Array | number[], shared: KeyAlgorithm, extractable: boolean, usages: Usages): Promise<Key>;
    /**
     * Gets shared bits with a private key of ML-KEM.
     * @throws {ComponentError<Error>}
     */
    export function decapsulateBits(key: Key, ciphertext: Uint8Array | number[]): Promise<Uint8Array>;
    export {};
}
declare module 'outwit:subtle/keys@0.1.0' {
    export * from 'outwit:subtle/keys';
}

/** A clock to wait on. */
declare module 'outwit:timers/scheduler' {
    /**
     * A moment, in milliseconds since some moment of the host's choosing that stays the same for the
     * life of the instance.
     */
    export type Instant = number;
    /** The present moment. Never runs backwards. */
    export function now(): Instant;
    /**
     * Returns once `now` has reached `when`, at once if it already has. A host may wake the plugin
     * later than asked, never earlier. Dropping the call ends the wait.
     */
    export function waitUntil(when: Instant): Promise<void>;
    export {};
}
declare module 'outwit:timers/scheduler@0.1.0' {
    export * from 'outwit:timers/scheduler';
}

// What the plugin exports, as its tests call it.

/** What the job is asked. */
declare module 'demo:job/watcher' {
    /** What was seen at one look. */
    export interface Look {
        /** When, as in `2030-01-01T00:00:00.000Z`. */
        at: string;
        /** Whether the page was another than at the look before, in this run or an earlier one. */
        changed: boolean;
        /** Why there was no page. */
        failed?: string | undefined;
    }
    /** Looks at a page so many times, with so many seconds in between. */
    export function watch(url: string, times: number, seconds: number): Promise<Look[]>;
    export {};
}
declare module 'demo:job/watcher@0.1.0' {
    export * from 'demo:job/watcher';
}

declare module 'demo:job/job' {
    export namespace Watcher {
        /** What was seen at one look. */
        export interface Look {
            /** When, as in `2030-01-01T00:00:00.000Z`. */
            at: string;
            /** Whether the page was another than at the look before, in this run or an earlier one. */
            changed: boolean;
            /** Why there was no page. */
            failed?: string | undefined;
        }
    }
    /** What the job is asked. */
    export interface Watcher {
        /** Looks at a page so many times, with so many seconds in between. */
        watch(url: string, times: number, seconds: number): Watcher.Look[] | PromiseLike<Watcher.Look[]>;
    }
    /** What the module of the plugin exports. */
    export interface Exports {
        watcher: Watcher;
    }
    export {};
}
declare module 'demo:job/job@0.1.0' {
    export * from 'demo:job/job';
}

/** How the error of a `result` is thrown. Where the error type is a string, any `Error` will do. */
declare class ComponentError<T = unknown> extends Error {
    constructor(payload: T);
    /** The error, as its WIT type says. */
    payload: T;
}

/** A stream that arrives. It is a `ReadableStream` where the plugin mentions that, or something that uses it. */
interface IncomingStream<T> extends ReadableStream<T> {
    /** The next chunk, of at most so many numbers. Not there on `ReadableStream`s. */
    read(most?: number): Promise<{ value: T | undefined; done: boolean }>;
    /** Drops the stream: whoever writes it hears of that. */
    [Symbol.dispose](): void;
}

/** What can be given where a stream leaves: one element is asked for when the reader has taken the last. */
type OutgoingStream<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

/** Bytes, in whatever holds them. */
type BufferSource = ArrayBufferView | ArrayBuffer;

declare var self: typeof globalThis;
declare function queueMicrotask(callback: () => void): void;

declare class DOMException extends Error {
    constructor(message?: string, name?: string);
    readonly name: string;
    readonly message: string;
    /** The number of an old name, or 0. */
    readonly code: number;
}

declare class QuotaExceededError extends DOMException {
    constructor(message?: string, options?: { quota?: number; requested?: number });
    readonly quota: number | null;
    readonly requested: number | null;
}

interface EventInit {
    bubbles?: boolean;
    cancelable?: boolean;
    composed?: boolean;
}

declare class Event {
    constructor(type: string, eventInitDict?: EventInit);
    static readonly NONE: 0;
    static readonly CAPTURING_PHASE: 1;
    static readonly AT_TARGET: 2;
    static readonly BUBBLING_PHASE: 3;
    readonly NONE: 0;
    readonly CAPTURING_PHASE: 1;
    readonly AT_TARGET: 2;
    readonly BUBBLING_PHASE: 3;
    readonly type: string;
    readonly target: EventTarget | null;
    readonly currentTarget: EventTarget | null;
    readonly eventPhase: number;
    readonly bubbles: boolean;
    readonly cancelable: boolean;
    readonly composed: boolean;
    readonly defaultPrevented: boolean;
    readonly isTrusted: boolean;
    /** When the event happened, as far as the plugin has a clock. */
    readonly timeStamp: number;
    composedPath(): EventTarget[];
    preventDefault(): void;
    stopImmediatePropagation(): void;
    stopPropagation(): void;
}

declare class CustomEvent<T = any> extends Event {
    constructor(type: string, eventInitDict?: EventInit & { detail?: T });
    readonly detail: T;
}

declare class ErrorEvent extends Event {
    constructor(type: string, eventInitDict?: EventInit & {
        message?: string; filename?: string; lineno?: number; colno?: number; error?: any;
    });
    readonly message: string;
    readonly filename: string;
    readonly lineno: number;
    readonly colno: number;
    readonly error: any;
}

declare class MessageEvent<T = any> extends Event {
    constructor(type: string, eventInitDict?: EventInit & {
        data?: T; origin?: string; lastEventId?: string; source?: MessagePort | null; ports?: MessagePort[];
    });
    readonly data: T;
    readonly origin: string;
    readonly lastEventId: string;
    readonly source: MessagePort | null;
    readonly ports: readonly MessagePort[];
}

declare class PromiseRejectionEvent extends Event {
    constructor(type: string, eventInitDict: EventInit & { promise: object; reason?: any });
    readonly promise: Promise<any>;
    readonly reason: any;
}

declare class CloseEvent extends Event {
    constructor(type: string, eventInitDict?: EventInit & { wasClean?: boolean; code?: number; reason?: string });
    readonly wasClean: boolean;
    readonly code: number;
    readonly reason: string;
}

declare class ProgressEvent extends Event {
    constructor(type: string, eventInitDict?: EventInit & { lengthComputable?: boolean; loaded?: number; total?: number });
    readonly lengthComputable: boolean;
    readonly loaded: number;
    readonly total: number;
}

type EventListener<E extends Event = Event> = ((event: E) => unknown) | { handleEvent(event: E): unknown };
interface EventListenerOptions {
    capture?: boolean;
}
interface AddEventListenerOptions extends EventListenerOptions {
    once?: boolean;
    passive?: boolean;
    signal?: AbortSignal;
}

declare class EventTarget {
    addEventListener(type: string, callback: EventListener<any> | null, options?: AddEventListenerOptions | boolean): void;
    removeEventListener(type: string, callback: EventListener<any> | null, options?: EventListenerOptions | boolean): void;
    dispatchEvent(event: Event): boolean;
}

declare class AbortSignal extends EventTarget {
    private constructor();
    static abort(reason?: any): AbortSignal;
    static any(signals: Iterable<AbortSignal>): AbortSignal;
    readonly aborted: boolean;
    readonly reason: any;
    onabort: ((event: Event) => unknown) | null;
    throwIfAborted(): void;
}

declare class AbortController {
    constructor();
    readonly signal: AbortSignal;
    abort(reason?: any): void;
}

/** The global object hears of errors that nobody caught. */
interface GlobalEventMap {
    error: ErrorEvent;
    unhandledrejection: PromiseRejectionEvent;
    rejectionhandled: PromiseRejectionEvent;
}
declare function addEventListener<K extends keyof GlobalEventMap>(
    type: K, callback: EventListener<GlobalEventMap[K]> | null, options?: AddEventListenerOptions | boolean,
): void;
declare function addEventListener(
    type: string, callback: EventListener | null, options?: AddEventListenerOptions | boolean,
): void;
declare function removeEventListener(
    type: string, callback: EventListener<any> | null, options?: EventListenerOptions | boolean,
): void;
declare function dispatchEvent(event: Event): boolean;
declare function reportError(error: any): void;
declare var onerror: ((message: string, filename: string, lineno: number, colno: number, error: any) => unknown) | null;
declare var onunhandledrejection: ((event: PromiseRejectionEvent) => unknown) | null;
declare var onrejectionhandled: ((event: PromiseRejectionEvent) => unknown) | null;

declare class Navigator {
    private constructor();
    readonly userAgent: string;
}
declare var navigator: Navigator;

type Transferable = ArrayBuffer | MessagePort | ReadableStream | WritableStream | TransformStream;
interface StructuredSerializeOptions {
    transfer?: Transferable[];
}
declare function structuredClone<T>(value: T, options?: StructuredSerializeOptions): T;

declare class MessagePort extends EventTarget {
    private constructor();
    onmessage: ((event: MessageEvent) => unknown) | null;
    onmessageerror: ((event: MessageEvent) => unknown) | null;
    onclose: ((event: Event) => unknown) | null;
    postMessage(message: any, options?: StructuredSerializeOptions | Transferable[]): void;
    start(): void;
    close(): void;
}

declare class MessageChannel {
    constructor();
    readonly port1: MessagePort;
    readonly port2: MessagePort;
}

declare function atob(data: string): string;
declare function btoa(data: string): string;

interface QueuingStrategy<T = any> {
    highWaterMark?: number;
    size?: (chunk: T) => number;
}

declare class ByteLengthQueuingStrategy implements QueuingStrategy<ArrayBufferView> {
    constructor(init: { highWaterMark: number });
    readonly highWaterMark: number;
    readonly size: (chunk: ArrayBufferView) => number;
}

declare class CountQueuingStrategy implements QueuingStrategy {
    constructor(init: { highWaterMark: number });
    readonly highWaterMark: number;
    readonly size: (chunk: any) => number;
}

type ReadableStreamReadResult<T> = { done: false; value: T } | { done: true; value: T | undefined };

interface UnderlyingSource<R = any> {
    type?: undefined;
    start?(controller: ReadableStreamDefaultController<R>): unknown;
    pull?(controller: ReadableStreamDefaultController<R>): void | PromiseLike<void>;
    cancel?(reason?: any): void | PromiseLike<void>;
}

interface UnderlyingByteSource {
    type: 'bytes';
    autoAllocateChunkSize?: number;
    start?(controller: ReadableByteStreamController): unknown;
    pull?(controller: ReadableByteStreamController): void | PromiseLike<void>;
    cancel?(reason?: any): void | PromiseLike<void>;
}

interface StreamPipeOptions {
    preventAbort?: boolean;
    preventCancel?: boolean;
    preventClose?: boolean;
    signal?: AbortSignal;
}

interface ReadableWritablePair<R = any, W = any> {
    readable: ReadableStream<R>;
    writable: WritableStream<W>;
}

declare class ReadableStream<R = any> {
    constructor(underlyingSource: UnderlyingByteSource, strategy?: { highWaterMark?: number });
    constructor(underlyingSource?: UnderlyingSource<R>, strategy?: QueuingStrategy<R>);
    static from<T>(iterable: Iterable<T> | AsyncIterable<T>): ReadableStream<T>;
    readonly locked: boolean;
    cancel(reason?: any): Promise<void>;
    getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader;
    getReader(options?: { mode?: undefined }): ReadableStreamDefaultReader<R>;
    pipeThrough<T>(transform: ReadableWritablePair<T, R>, options?: StreamPipeOptions): ReadableStream<T>;
    pipeTo(destination: WritableStream<R>, options?: StreamPipeOptions): Promise<void>;
    tee(): [ReadableStream<R>, ReadableStream<R>];
    values(options?: { preventCancel?: boolean }): AsyncIterableIterator<R>;
    [Symbol.asyncIterator](options?: { preventCancel?: boolean }): AsyncIterableIterator<R>;
}

declare class ReadableStreamDefaultReader<R = any> {
    constructor(stream: ReadableStream<R>);
    readonly closed: Promise<void>;
    cancel(reason?: any): Promise<void>;
    read(): Promise<ReadableStreamReadResult<R>>;
    releaseLock(): void;
}

declare class ReadableStreamBYOBReader {
    constructor(stream: ReadableStream);
    readonly closed: Promise<void>;
    cancel(reason?: any): Promise<void>;
    read<T extends ArrayBufferView>(view: T, options?: { min?: number }): Promise<ReadableStreamReadResult<T>>;
    releaseLock(): void;
}

declare class ReadableStreamDefaultController<R = any> {
    private constructor();
    readonly desiredSize: number | null;
    close(): void;
    enqueue(chunk?: R): void;
    error(reason?: any): void;
}

declare class ReadableByteStreamController {
    private constructor();
    readonly byobRequest: ReadableStreamBYOBRequest | null;
    readonly desiredSize: number | null;
    close(): void;
    enqueue(chunk: ArrayBufferView): void;
    error(reason?: any): void;
}

declare class ReadableStreamBYOBRequest {
    private constructor();
    readonly view: Uint8Array | null;
    respond(bytesWritten: number): void;
    respondWithNewView(view: ArrayBufferView): void;
}

interface UnderlyingSink<W = any> {
    type?: undefined;
    start?(controller: WritableStreamDefaultController): unknown;
    write?(chunk: W, controller: WritableStreamDefaultController): void | PromiseLike<void>;
    close?(): void | PromiseLike<void>;
    abort?(reason?: any): void | PromiseLike<void>;
}

declare class WritableStream<W = any> {
    constructor(underlyingSink?: UnderlyingSink<W>, strategy?: QueuingStrategy<W>);
    readonly locked: boolean;
    abort(reason?: any): Promise<void>;
    close(): Promise<void>;
    getWriter(): WritableStreamDefaultWriter<W>;
}

declare class WritableStreamDefaultWriter<W = any> {
    constructor(stream: WritableStream<W>);
    readonly closed: Promise<void>;
    readonly desiredSize: number | null;
    readonly ready: Promise<void>;
    abort(reason?: any): Promise<void>;
    close(): Promise<void>;
    releaseLock(): void;
    write(chunk?: W): Promise<void>;
}

declare class WritableStreamDefaultController {
    private constructor();
    readonly signal: AbortSignal;
    error(reason?: any): void;
}

interface Transformer<I = any, O = any> {
    readableType?: undefined;
    writableType?: undefined;
    start?(controller: TransformStreamDefaultController<O>): unknown;
    transform?(chunk: I, controller: TransformStreamDefaultController<O>): void | PromiseLike<void>;
    flush?(controller: TransformStreamDefaultController<O>): void | PromiseLike<void>;
    cancel?(reason?: any): void | PromiseLike<void>;
}

declare class TransformStream<I = any, O = any> {
    constructor(transformer?: Transformer<I, O>, writable?: QueuingStrategy<I>, readable?: QueuingStrategy<O>);
    readonly readable: ReadableStream<O>;
    readonly writable: WritableStream<I>;
}

declare class TransformStreamDefaultController<O = any> {
    private constructor();
    readonly desiredSize: number | null;
    enqueue(chunk?: O): void;
    error(reason?: any): void;
    terminate(): void;
}

interface TextDecoderOptions {
    fatal?: boolean;
    ignoreBOM?: boolean;
}

declare class TextEncoder {
    constructor();
    readonly encoding: 'utf-8';
    encode(input?: string): Uint8Array;
    encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
    constructor(label?: string, options?: TextDecoderOptions);
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    decode(input?: BufferSource, options?: { stream?: boolean }): string;
}

declare class TextEncoderStream {
    constructor();
    readonly encoding: 'utf-8';
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<string>;
}

declare class TextDecoderStream {
    constructor(label?: string, options?: TextDecoderOptions);
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    readonly readable: ReadableStream<string>;
    readonly writable: WritableStream<BufferSource>;
}

type CompressionFormat = 'brotli' | 'deflate' | 'deflate-raw' | 'gzip';

declare class CompressionStream {
    constructor(format: CompressionFormat);
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<BufferSource>;
}

declare class DecompressionStream {
    constructor(format: CompressionFormat);
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<BufferSource>;
}

type BlobPart = BufferSource | Blob | string;
interface BlobPropertyBag {
    type?: string;
    endings?: 'native' | 'transparent';
}

declare class Blob {
    constructor(blobParts?: Iterable<BlobPart>, options?: BlobPropertyBag);
    readonly size: number;
    readonly type: string;
    arrayBuffer(): Promise<ArrayBuffer>;
    bytes(): Promise<Uint8Array>;
    slice(start?: number, end?: number, contentType?: string): Blob;
    stream(): ReadableStream<Uint8Array>;
    text(): Promise<string>;
}

declare class File extends Blob {
    constructor(fileBits: Iterable<BlobPart>, fileName: string, options?: BlobPropertyBag & { lastModified?: number });
    readonly lastModified: number;
    readonly name: string;
}

declare class FileReader extends EventTarget {
    constructor();
    static readonly EMPTY: 0;
    static readonly LOADING: 1;
    static readonly DONE: 2;
    readonly EMPTY: 0;
    readonly LOADING: 1;
    readonly DONE: 2;
    readonly readyState: 0 | 1 | 2;
    readonly result: string | ArrayBuffer | null;
    readonly error: DOMException | null;
    onabort: ((event: ProgressEvent) => unknown) | null;
    onerror: ((event: ProgressEvent) => unknown) | null;
    onload: ((event: ProgressEvent) => unknown) | null;
    onloadend: ((event: ProgressEvent) => unknown) | null;
    onloadstart: ((event: ProgressEvent) => unknown) | null;
    onprogress: ((event: ProgressEvent) => unknown) | null;
    abort(): void;
    readAsArrayBuffer(blob: Blob): void;
    readAsBinaryString(blob: Blob): void;
    readAsDataURL(blob: Blob): void;
    readAsText(blob: Blob, encoding?: string): void;
}

type FormDataEntryValue = File | string;

declare class FormData {
    constructor();
    append(name: string, value: string): void;
    append(name: string, value: Blob, filename?: string): void;
    delete(name: string): void;
    get(name: string): FormDataEntryValue | null;
    getAll(name: string): FormDataEntryValue[];
    has(name: string): boolean;
    set(name: string, value: string): void;
    set(name: string, value: Blob, filename?: string): void;
    forEach(callback: (value: FormDataEntryValue, key: string, form: FormData) => void, thisArg?: any): void;
    entries(): IterableIterator<[string, FormDataEntryValue]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<FormDataEntryValue>;
    [Symbol.iterator](): IterableIterator<[string, FormDataEntryValue]>;
}

type HeadersInit = Headers | Iterable<readonly [string, string]> | Record<string, string>;

declare class Headers {
    constructor(init?: HeadersInit);
    append(name: string, value: string): void;
    delete(name: string): void;
    get(name: string): string | null;
    getSetCookie(): string[];
    has(name: string): boolean;
    set(name: string, value: string): void;
    forEach(callback: (value: string, key: string, headers: Headers) => void, thisArg?: any): void;
    entries(): IterableIterator<[string, string]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string>;
    [Symbol.iterator](): IterableIterator<[string, string]>;
}

type BodyInit = ReadableStream<Uint8Array> | Blob | BufferSource | FormData | URLSearchParams | string;

interface Body {
    readonly body: ReadableStream<Uint8Array> | null;
    readonly bodyUsed: boolean;
    arrayBuffer(): Promise<ArrayBuffer>;
    blob(): Promise<Blob>;
    bytes(): Promise<Uint8Array>;
    formData(): Promise<FormData>;
    json(): Promise<any>;
    text(): Promise<string>;
}

type RequestCache = 'default' | 'force-cache' | 'no-cache' | 'no-store' | 'only-if-cached' | 'reload';
type RequestCredentials = 'include' | 'omit' | 'same-origin';
type RequestMode = 'cors' | 'navigate' | 'no-cors' | 'same-origin';
type RequestPriority = 'auto' | 'high' | 'low';
type RequestRedirect = 'error' | 'follow' | 'manual';
type ReferrerPolicy =
    | '' | 'no-referrer' | 'no-referrer-when-downgrade' | 'origin' | 'origin-when-cross-origin'
    | 'same-origin' | 'strict-origin' | 'strict-origin-when-cross-origin' | 'unsafe-url';

interface RequestInit {
    body?: BodyInit | null;
    cache?: RequestCache;
    credentials?: RequestCredentials;
    /** Has to be there for a body that is a stream. */
    duplex?: 'half';
    headers?: HeadersInit;
    integrity?: string;
    keepalive?: boolean;
    method?: string;
    mode?: RequestMode;
    priority?: RequestPriority;
    redirect?: RequestRedirect;
    referrer?: string;
    referrerPolicy?: ReferrerPolicy;
    signal?: AbortSignal | null;
    window?: null;
}
type RequestInfo = Request | string;

interface Request extends Body {}
declare class Request {
    constructor(input: RequestInfo | URL, init?: RequestInit);
    readonly cache: RequestCache;
    readonly credentials: RequestCredentials;
    readonly duplex: 'half';
    readonly headers: Headers;
    readonly integrity: string;
    readonly keepalive: boolean;
    readonly method: string;
    readonly mode: RequestMode;
    readonly redirect: RequestRedirect;
    readonly referrer: string;
    readonly referrerPolicy: ReferrerPolicy;
    readonly signal: AbortSignal;
    readonly url: string;
    clone(): Request;
}

interface ResponseInit {
    headers?: HeadersInit;
    status?: number;
    statusText?: string;
}
type ResponseType = 'basic' | 'cors' | 'default' | 'error' | 'opaque' | 'opaqueredirect';

interface Response extends Body {}
declare class Response {
    constructor(body?: BodyInit | null, init?: ResponseInit);
    static error(): Response;
    static json(data: any, init?: ResponseInit): Response;
    static redirect(url: string | URL, status?: number): Response;
    readonly headers: Headers;
    readonly ok: boolean;
    readonly redirected: boolean;
    readonly status: number;
    readonly statusText: string;
    readonly type: ResponseType;
    readonly url: string;
    clone(): Response;
}

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

declare module '*.txt' { const text: string; export default text; }
declare module '*.md' { const text: string; export default text; }
declare module '*.html' { const text: string; export default text; }
declare module '*.css' { const text: string; export default text; }
declare module '*.svg' { const text: string; export default text; }
declare module '*.sql' { const text: string; export default text; }
declare module '*.csv' { const text: string; export default text; }
declare module '*.graphql' { const text: string; export default text; }

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

interface PerformanceMarkOptions {
    detail?: any;
    startTime?: number;
}
interface PerformanceMeasureOptions {
    detail?: any;
    start?: string | number;
    duration?: number;
    end?: string | number;
}

declare class Performance extends EventTarget {
    private constructor();
    readonly timeOrigin: number;
    now(): number;
    clearMarks(markName?: string): void;
    clearMeasures(measureName?: string): void;
    getEntries(): PerformanceEntry[];
    getEntriesByName(name: string, type?: string): PerformanceEntry[];
    getEntriesByType(type: string): PerformanceEntry[];
    mark(markName: string, markOptions?: PerformanceMarkOptions): PerformanceMark;
    measure(measureName: string, startOrMeasureOptions?: string | PerformanceMeasureOptions, endMark?: string): PerformanceMeasure;
    toJSON(): any;
}
declare var performance: Performance;

declare class PerformanceEntry {
    protected constructor();
    readonly duration: number;
    readonly entryType: string;
    readonly name: string;
    readonly startTime: number;
    toJSON(): any;
}
declare class PerformanceMark extends PerformanceEntry {
    constructor(markName: string, markOptions?: PerformanceMarkOptions);
    readonly detail: any;
}
declare class PerformanceMeasure extends PerformanceEntry {
    private constructor();
    readonly detail: any;
}

declare class PerformanceObserver {
    constructor(callback: (entries: PerformanceObserverEntryList, observer: PerformanceObserver) => unknown);
    static readonly supportedEntryTypes: readonly string[];
    disconnect(): void;
    observe(options: { entryTypes: string[] } | { type: string; buffered?: boolean }): void;
    takeRecords(): PerformanceEntry[];
}
declare class PerformanceObserverEntryList {
    private constructor();
    getEntries(): PerformanceEntry[];
    getEntriesByName(name: string, type?: string): PerformanceEntry[];
    getEntriesByType(type: string): PerformanceEntry[];
}

interface Console {
    assert(condition?: boolean, ...data: any[]): void;
    clear(): void;
    count(label?: string): void;
    countReset(label?: string): void;
    debug(...data: any[]): void;
    dir(item?: any, options?: any): void;
    dirxml(...data: any[]): void;
    error(...data: any[]): void;
    group(...data: any[]): void;
    groupCollapsed(...data: any[]): void;
    groupEnd(): void;
    info(...data: any[]): void;
    log(...data: any[]): void;
    table(data?: any, properties?: string[]): void;
    time(label?: string): void;
    timeEnd(label?: string): void;
    timeLog(label?: string, ...data: any[]): void;
    trace(...data: any[]): void;
    warn(...data: any[]): void;
}
declare var console: Console;

declare class Crypto {
    private constructor();
}
declare var crypto: Crypto;

interface Crypto {
    readonly subtle: SubtleCrypto;
}

type KeyType = 'private' | 'public' | 'secret';
type KeyUsage =
    | 'decapsulateBits' | 'decapsulateKey' | 'decrypt' | 'deriveBits' | 'deriveKey' | 'encapsulateBits'
    | 'encapsulateKey' | 'encrypt' | 'sign' | 'unwrapKey' | 'verify' | 'wrapKey';
type KeyFormat = 'jwk' | 'pkcs8' | 'raw' | 'raw-private' | 'raw-public' | 'raw-secret' | 'raw-seed' | 'spki';

/** A name, or an object with the parameters that the algorithm has. */
type AlgorithmIdentifier = string | ({ name: string } & Record<string, any>);
interface KeyAlgorithm {
    name: string;
    [parameter: string]: any;
}

interface JsonWebKey {
    alg?: string;
    crv?: string;
    d?: string;
    dp?: string;
    dq?: string;
    e?: string;
    ext?: boolean;
    k?: string;
    key_ops?: string[];
    kty?: string;
    n?: string;
    p?: string;
    priv?: string;
    pub?: string;
    q?: string;
    qi?: string;
    use?: string;
    x?: string;
    y?: string;
}

declare class CryptoKey {
    private constructor();
    readonly algorithm: KeyAlgorithm;
    readonly extractable: boolean;
    readonly type: KeyType;
    readonly usages: KeyUsage[];
}
interface CryptoKeyPair {
    privateKey: CryptoKey;
    publicKey: CryptoKey;
}

declare class SubtleCrypto {
    private constructor();
    static supports(operation: string, algorithm: AlgorithmIdentifier, additional?: number | null | AlgorithmIdentifier): boolean;
    decapsulateBits(algorithm: AlgorithmIdentifier, key: CryptoKey, ciphertext: BufferSource): Promise<ArrayBuffer>;
    decapsulateKey(
        algorithm: AlgorithmIdentifier, key: CryptoKey, ciphertext: BufferSource,
        sharedKeyAlgorithm: AlgorithmIdentifier, extractable: boolean, usages: Iterable<KeyUsage>,
    ): Promise<CryptoKey>;
    decrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
    deriveBits(algorithm: AlgorithmIdentifier, baseKey: CryptoKey, length?: number | null): Promise<ArrayBuffer>;
    deriveKey(
        algorithm: AlgorithmIdentifier, baseKey: CryptoKey, derivedKeyType: AlgorithmIdentifier,
        extractable: boolean, usages: Iterable<KeyUsage>,
    ): Promise<CryptoKey>;
    digest(algorithm: AlgorithmIdentifier, data: BufferSource): Promise<ArrayBuffer>;
    encapsulateBits(algorithm: AlgorithmIdentifier, key: CryptoKey): Promise<{ sharedKey: ArrayBuffer; ciphertext: ArrayBuffer }>;
    encapsulateKey(
        algorithm: AlgorithmIdentifier, key: CryptoKey,
        sharedKeyAlgorithm: AlgorithmIdentifier, extractable: boolean, usages: Iterable<KeyUsage>,
    ): Promise<{ sharedKey: CryptoKey; ciphertext: ArrayBuffer }>;
    encrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
    exportKey(format: 'jwk', key: CryptoKey): Promise<JsonWebKey>;
    exportKey(format: Exclude<KeyFormat, 'jwk'>, key: CryptoKey): Promise<ArrayBuffer>;
    /** A key for algorithms with one key, a pair for the others. */
    generateKey(algorithm: AlgorithmIdentifier, extractable: boolean, usages: Iterable<KeyUsage>): Promise<CryptoKey & CryptoKeyPair>;
    getPublicKey(key: CryptoKey, usages: Iterable<KeyUsage>): Promise<CryptoKey>;
    importKey(
        format: 'jwk', keyData: JsonWebKey, algorithm: AlgorithmIdentifier, extractable: boolean, usages: Iterable<KeyUsage>,
    ): Promise<CryptoKey>;
    importKey(
        format: Exclude<KeyFormat, 'jwk'>, keyData: BufferSource, algorithm: AlgorithmIdentifier,
        extractable: boolean, usages: Iterable<KeyUsage>,
    ): Promise<CryptoKey>;
    sign(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
    unwrapKey(
        format: KeyFormat, wrappedKey: BufferSource, unwrappingKey: CryptoKey, unwrapAlgorithm: AlgorithmIdentifier,
        unwrappedKeyAlgorithm: AlgorithmIdentifier, extractable: boolean, usages: Iterable<KeyUsage>,
    ): Promise<CryptoKey>;
    verify(algorithm: AlgorithmIdentifier, key: CryptoKey, signature: BufferSource, data: BufferSource): Promise<boolean>;
    wrapKey(format: KeyFormat, key: CryptoKey, wrappingKey: CryptoKey, wrapAlgorithm: AlgorithmIdentifier): Promise<ArrayBuffer>;
}

declare function setTimeout(handler: (...args: any[]) => unknown, timeout?: number, ...args: any[]): number;
declare function setInterval(handler: (...args: any[]) => unknown, timeout?: number, ...args: any[]): number;
declare function clearTimeout(id: number | undefined): void;
declare function clearInterval(id: number | undefined): void;
declare namespace AbortSignal {
    function timeout(milliseconds: number): AbortSignal;
}

declare class Storage {
    private constructor();
    readonly length: number;
    clear(): void;
    getItem(key: string): string | null;
    key(index: number): string | null;
    removeItem(key: string): void;
    setItem(key: string, value: string): void;
    [name: string]: any;
}
declare var localStorage: Storage;
declare var sessionStorage: Storage;

declare function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;

declare class EventSource extends EventTarget {
    constructor(url: string | URL, options?: { withCredentials?: boolean });
    static readonly CONNECTING: 0;
    static readonly OPEN: 1;
    static readonly CLOSED: 2;
    readonly CONNECTING: 0;
    readonly OPEN: 1;
    readonly CLOSED: 2;
    readonly readyState: 0 | 1 | 2;
    readonly url: string;
    readonly withCredentials: boolean;
    onerror: ((event: ErrorEvent) => unknown) | null;
    onmessage: ((event: MessageEvent<string>) => unknown) | null;
    onopen: ((event: Event) => unknown) | null;
    close(): void;
}
