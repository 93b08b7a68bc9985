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
