//! Cryptography with keys: `crypto.subtle`. The vectors are those of the standards.

use crate::harness::run;

const HELPERS: &str = r#"
    const { subtle } = crypto;
    const hex = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");
    const bytes = (text) => new Uint8Array(text.match(/../g)?.map((pair) => parseInt(pair, 16)) ?? []);
    const ascii = (text) => new Uint8Array([...text].map((c) => c.charCodeAt(0)));
    const raw = (key, algorithm, ...usages) => subtle.importKey("raw", key, algorithm, true, usages);
    const base = (key, name) => subtle.importKey(name.startsWith("Argon") ? "raw-secret" : "raw", key, name, false, ["deriveBits"]);
    const fails = async (promise) => promise.then(() => "no error", (e) => e.name);
"#;

async fn subtle(body: &str) -> String {
    run(&["crypto", "subtle"], &format!("{HELPERS}\n{body}")).await
}

#[tokio::test]
async fn it_is_there_exactly_when_the_world_imports_it() {
    let body = r#"return JSON.stringify([
        typeof globalThis.CryptoKey, typeof globalThis.SubtleCrypto, typeof globalThis.crypto,
        "subtle" in (globalThis.crypto ?? {}), "getRandomValues" in (globalThis.crypto ?? {}),
    ]);"#;
    let none = r#"["undefined","undefined","undefined",false,false]"#;
    assert_eq!(run(&[], body).await, none);
    let random = r#"["undefined","undefined","object",false,true]"#;
    assert_eq!(run(&["crypto"], body).await, random);
    let keys = r#"["function","function","object",true,false]"#;
    assert_eq!(run(&["subtle"], body).await, keys);
    let both = r#"["function","function","object",true,true]"#;
    assert_eq!(run(&["crypto", "subtle"], body).await, both);
}

#[tokio::test]
async fn digests() {
    let body = r#"
        const found = [];
        for (const name of ["sha-1", "SHA-256", "SHA3-256"]) found.push(hex(await subtle.digest(name, ascii("abc"))));
        found.push(hex(await subtle.digest({ name: "cSHAKE128", outputLength: 128 }, new ArrayBuffer(0))));
        found.push(await fails(subtle.digest("MD5", new Uint8Array())));
        return found.join();
    "#;
    let expected = "a9993e364706816aba3e25717850c26c9cd0d89d,\
        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad,\
        3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532,\
        7f9c2ba4e88f827d616045507605853e,NotSupportedError";
    assert_eq!(subtle(body).await, expected);
}

/// RFC 4231, NIST SP 800-38A and SP 800-38D, RFC 3394, RFC 8439.
#[tokio::test]
async fn secret_keys() {
    let body = r#"
        const found = [];
        const hmac = await raw(bytes("0b".repeat(20)), { name: "HMAC", hash: "SHA-256" }, "sign", "verify");
        const tag = await subtle.sign("HMAC", hmac, ascii("Hi There"));
        found.push(hex(tag), await subtle.verify("HMAC", hmac, tag, ascii("Hi There")), await subtle.verify("HMAC", hmac, tag, ascii("Hi there")));
        const key = bytes("2b7e151628aed2a6abf7158809cf4f3c");
        const block = bytes("6bc1bee22e409f96e93d7e117393172a");
        const cbc = await raw(key, "AES-CBC", "encrypt");
        found.push(hex(await subtle.encrypt({ name: "AES-CBC", iv: bytes("000102030405060708090a0b0c0d0e0f") }, cbc, block)).slice(0, 32));
        const ctr = await raw(key, "AES-CTR", "encrypt");
        const counter = bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
        found.push(hex(await subtle.encrypt({ name: "AES-CTR", counter, length: 64 }, ctr, block)));
        found.push(await fails(subtle.encrypt({ name: "AES-CTR", counter, length: 1 }, ctr, new Uint8Array(33))));
        const gcm = await raw(bytes("feffe9928665731c6d6a8f9467308308"), "AES-GCM", "encrypt", "decrypt");
        const how = { name: "AES-GCM", iv: bytes("9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b"), additionalData: bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2") };
        const plain = bytes("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        const sealed = await subtle.encrypt(how, gcm, plain);
        found.push(hex(sealed).slice(0, 16), hex(sealed).slice(-32), hex(await subtle.decrypt(how, gcm, sealed)) === hex(plain));
        new Uint8Array(sealed)[0] ^= 1;
        found.push(await fails(subtle.decrypt(how, gcm, sealed)));
        const kw = await raw(bytes("000102030405060708090A0B0C0D0E0F"), "AES-KW", "wrapKey", "unwrapKey");
        const inner = await raw(bytes("00112233445566778899AABBCCDDEEFF"), "AES-GCM", "encrypt");
        found.push(hex(await subtle.wrapKey("raw", inner, kw, "AES-KW")));
        return found.join();
    "#;
    let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7,true,false,\
        7649abac8119b246cee98e9b12e9197d,874d6191b620e3261bef6864990db6ce,OperationError,\
        8ce24998625615b6,619cc5aefffe0bfa462af43c1699d050,true,OperationError,\
        1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5";
    assert_eq!(subtle(body).await, expected);
}

/// RFC 5869, RFC 6070, RFC 9106, RFC 7748.
#[tokio::test]
async fn derivation() {
    let body = r#"
        const found = [];
        const hkdf = await base(bytes("0b".repeat(22)), "HKDF");
        const how = { name: "HKDF", hash: "SHA-256", salt: bytes("000102030405060708090a0b0c"), info: bytes("f0f1f2f3f4f5f6f7f8f9") };
        found.push(hex(await subtle.deriveBits(how, hkdf, 42 * 8)));
        const password = await base(ascii("password"), "PBKDF2");
        found.push(hex(await subtle.deriveBits({ name: "PBKDF2", hash: "SHA-1", salt: ascii("salt"), iterations: 2 }, password, 160)));
        found.push(await fails(subtle.deriveBits({ name: "PBKDF2", hash: "SHA-1", salt: ascii("salt"), iterations: 4294967295 }, password, 160)));
        const argon2 = await base(bytes("01".repeat(32)), "Argon2id");
        found.push(hex(await subtle.deriveBits({
            name: "Argon2id", nonce: bytes("02".repeat(16)), parallelism: 4, memory: 32, passes: 3,
            secretValue: bytes("03".repeat(8)), associatedData: bytes("04".repeat(12)),
        }, argon2, 256)));
        found.push(await fails(subtle.deriveBits({ name: "Argon2id", nonce: bytes("02".repeat(16)), parallelism: 1, memory: 2 ** 31, passes: 1 }, argon2, 256)));
        const { publicKey: alicePublic, privateKey: alice } = await subtle.generateKey("X25519", false, ["deriveBits"]);
        const { publicKey, privateKey } = await subtle.generateKey("X25519", false, ["deriveBits"]);
        const [one, other] = await Promise.all([
            subtle.deriveBits({ name: "X25519", public: publicKey }, alice, 256),
            subtle.deriveBits({ name: "X25519", public: alicePublic }, privateKey, 256),
        ]);
        found.push(hex(one) === hex(other), await fails(subtle.deriveBits({ name: "X25519", public: privateKey }, alice, 256)));
        const worthless = await subtle.importKey("raw", new Uint8Array(32), "X25519", true, []);
        found.push(await fails(subtle.deriveBits({ name: "X25519", public: worthless }, alice, 256)));
        return found.join();
    "#;
    let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865,\
        ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957,OperationError,\
        0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659,OperationError,\
        true,InvalidAccessError,OperationError";
    assert_eq!(subtle(body).await, expected);
}

/// RFC 8032 for Ed25519; the others against themselves.
#[tokio::test]
async fn pairs() {
    let body = r#"
        const found = [];
        const ed = await subtle.importKey("jwk", {
            kty: "OKP", crv: "Ed25519", d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }, "Ed25519", true, ["sign"]);
        const signature = await subtle.sign("Ed25519", ed, new Uint8Array());
        found.push(hex(signature).slice(0, 16), await subtle.verify("Ed25519", await subtle.getPublicKey(ed, ["verify"]), signature, new Uint8Array()));
        const message = ascii("a message");
        for (const algorithm of [
            { name: "ECDSA", namedCurve: "P-256", hash: "SHA-512" }, { name: "ECDSA", namedCurve: "P-521", hash: "SHA-1" },
            { name: "Ed448" }, { name: "ML-DSA-44" },
            { name: "RSA-PSS", modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256", saltLength: 20 },
            { name: "RSASSA-PKCS1-v1_5", modulusLength: 1024, publicExponent: new Uint8Array([3]), hash: "SHA-1" },
        ]) {
            const { publicKey, privateKey } = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
            const again = await subtle.importKey("pkcs8", await subtle.exportKey("pkcs8", privateKey), algorithm, false, ["sign"]);
            const signature = await subtle.sign(algorithm, again, message);
            const isRight = await subtle.verify(algorithm, publicKey, signature, message);
            const isWrong = await subtle.verify(algorithm, publicKey, signature, ascii("another"));
            found.push(isRight && !isWrong, await fails(subtle.exportKey("pkcs8", again)));
        }
        const kem = await subtle.generateKey("ML-KEM-768", false, ["encapsulateBits", "decapsulateKey"]);
        const { sharedKey, ciphertext } = await subtle.encapsulateBits("ML-KEM-768", kem.publicKey);
        const shared = await subtle.decapsulateKey("ML-KEM-768", kem.privateKey, ciphertext, "AES-KW", true, ["wrapKey"]);
        found.push(hex(await subtle.exportKey("raw", shared)) === hex(sharedKey), shared.algorithm.length);
        return found.join();
    "#;
    let expected = "e5564300c360ac72,true,true,InvalidAccessError,true,InvalidAccessError,true,InvalidAccessError,\
        true,InvalidAccessError,true,InvalidAccessError,true,InvalidAccessError,true,256";
    assert_eq!(subtle(body).await, expected);
}

#[tokio::test]
async fn a_key_that_is_not_extractable_can_be_unwrapped_and_used_but_not_had() {
    let body = r#"
        const found = [];
        const { publicKey, privateKey } = await subtle.generateKey(
            { name: "RSA-OAEP", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, false, ["wrapKey", "unwrapKey"]);
        const key = await subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
        for (const format of ["raw", "jwk"]) {
            const wrapped = await subtle.wrapKey(format, key, publicKey, "RSA-OAEP");
            const again = await subtle.unwrapKey(format, wrapped, privateKey, "RSA-OAEP", "AES-GCM", false, ["decrypt"]);
            const how = { name: "AES-GCM", iv: new Uint8Array(12) };
            const sealed = await subtle.encrypt(how, key, ascii("secret"));
            found.push(hex(await subtle.decrypt(how, again, sealed)) === hex(ascii("secret")), again.extractable, again.usages);
            found.push(await fails(subtle.exportKey("raw", again)), await fails(subtle.encrypt(how, again, sealed)));
            found.push(await fails(subtle.wrapKey(format, again, publicKey, "RSA-OAEP")));
        }
        return found.join();
    "#;
    let one = "true,false,decrypt,InvalidAccessError,InvalidAccessError,InvalidAccessError";
    assert_eq!(subtle(body).await, format!("{one},{one}"));
}

#[tokio::test]
async fn what_a_plugin_does_to_the_built_ins_does_not_reach_keys() {
    let body = r#"
        const key = await subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);
        key.algorithm.name = "HMAC";
        key.usages.push("decrypt");
        Object.defineProperty(Object.prototype, "extractable", { value: true, configurable: true });
        Uint8Array.prototype.set = Array.prototype.push = () => { throw new Error("seen"); };
        const how = { name: "AES-GCM", iv: new Uint8Array(12) };
        const sealed = await subtle.encrypt(how, key, new Uint8Array(4));
        return [key.extractable, sealed.byteLength, await fails(subtle.decrypt(how, key, sealed)), await fails(subtle.exportKey("raw", key))].join();
    "#;
    let expected = "false,20,InvalidAccessError,InvalidAccessError";
    assert_eq!(subtle(body).await, expected);
}

#[tokio::test]
async fn an_algorithm_is_read_once() {
    let body = r#"
        const data = ascii("abc");
        let count = 0;
        const algorithm = {
            get name() { count++; data.buffer.transfer(); return "cSHAKE128"; },
            outputLength: 128,
        };
        const found = hex(await subtle.digest(algorithm, data));
        const empty = hex(await subtle.digest({ name: "cSHAKE128", outputLength: 128 }, new Uint8Array(0)));
        return JSON.stringify([count, found === empty]);
    "#;
    assert_eq!(subtle(body).await, "[1,true]");
}

#[tokio::test]
async fn a_key_can_be_copied_within_the_plugin() {
    let body = r#"
        const key = await subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
        key.algorithm.hash.name = "changed";
        const copy = structuredClone({ key }).key;
        const message = ascii("the same key");
        const signature = await subtle.sign("HMAC", copy, message);
        return JSON.stringify([
            copy !== key, copy instanceof CryptoKey, copy.type, copy.extractable, copy.algorithm.hash.name, copy.usages,
            await subtle.verify("HMAC", key, signature, message), await fails(subtle.exportKey("raw", copy)),
        ]);
    "#;
    let copied =
        r#"[true,true,"secret",false,"SHA-256",["sign","verify"],true,"InvalidAccessError"]"#;
    assert_eq!(subtle(body).await, copied);
}
