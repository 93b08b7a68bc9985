// Normalized algorithms as values of outwit:subtle/keys, and what the host says of keys as `KeyAlgorithm` objects.

import { handleOf } from "outwit:crypto/crypto-key.js";
import { DOMException } from "outwit:dom/exception.js";
import { Uint8Array, keys } from "outwit:webidl/primordials.js";

const EMPTY = new Uint8Array(0);

const HASHES = {
  __proto__: null,
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
  "SHA3-256": "sha3w256",
  "SHA3-384": "sha3w384",
  "SHA3-512": "sha3w512",
};
const CURVES = { __proto__: null, "P-256": "p256", "P-384": "p384", "P-521": "p521" };
const MODES = {
  __proto__: null,
  "AES-CBC": "cbc",
  "AES-CTR": "ctr",
  "AES-GCM": "gcm",
  "AES-KW": "kw",
  "AES-OCB": "ocb",
};
const SCHEMES = { __proto__: null, "RSASSA-PKCS1-v1_5": "pkcs1", "RSA-PSS": "pss", "RSA-OAEP": "oaep" };
const DSA = { __proto__: null, "ML-DSA-44": "dsa44", "ML-DSA-65": "dsa65", "ML-DSA-87": "dsa87" };
const KEM = { __proto__: null, "ML-KEM-512": "kem512", "ML-KEM-768": "kem768", "ML-KEM-1024": "kem1024" };
const ARGON2 = { __proto__: null, Argon2d: "d", Argon2i: "i", Argon2id: "id" };
const PLAIN = {
  __proto__: null,
  Ed25519: "ed25519",
  Ed448: "ed448",
  X25519: "x25519",
  X448: "x448",
  HKDF: "hkdf",
  PBKDF2: "pbkdf2",
  "ChaCha20-Poly1305": "chacha20-poly1305",
};

function inverse(table) {
  const names = { __proto__: null };
  const all = keys(table);
  for (let i = 0; i < all.length; i++) names[table[all[i]]] = all[i];
  return names;
}
const HASH_NAMES = inverse(HASHES);
const CURVE_NAMES = inverse(CURVES);
const MODE_NAMES = inverse(MODES);
const SCHEME_NAMES = inverse(SCHEMES);
const DSA_NAMES = inverse(DSA);
const KEM_NAMES = inverse(KEM);
const ARGON2_NAMES = inverse(ARGON2);
const PLAIN_NAMES = inverse(PLAIN);

const unsupported = (message) => new DOMException(message, "NotSupportedError");

function hash(normalized) {
  const found = HASHES[normalized.name];
  if (found === undefined) throw unsupported(`${normalized.name} is no hash function for this`);
  return found;
}

const strength = (name) => (name === "KMAC128" || name === "cSHAKE128" ? 128 : 256);

/** The digest algorithm. */
export function digestAlgorithm(n) {
  if (HASHES[n.name] !== undefined) return { tag: "hash", val: HASHES[n.name] };
  return {
    tag: "cshake",
    val: {
      strength: strength(n.name),
      outputLength: n.outputLength,
      functionName: n.functionName ?? EMPTY,
      customization: n.customization ?? EMPTY,
    },
  };
}

/** The algorithm of a key to be made, imported or derived. */
export function keyAlgorithm(n) {
  const { name } = n;
  if (PLAIN[name] !== undefined) return { tag: PLAIN[name] };
  if (MODES[name] !== undefined) return { tag: "aes", val: { mode: MODES[name], length: n.length } };
  if (SCHEMES[name] !== undefined) {
    const { modulusLength, publicExponent } = n;
    return { tag: "rsa", val: { scheme: SCHEMES[name], hash: hash(n.hash), modulusLength, publicExponent } };
  }
  if (DSA[name] !== undefined) return { tag: "ml-dsa", val: DSA[name] };
  if (KEM[name] !== undefined) return { tag: "ml-kem", val: KEM[name] };
  if (ARGON2[name] !== undefined) return { tag: "argon2", val: ARGON2[name] };
  switch (name) {
    case "HMAC":
      return { tag: "hmac", val: { hash: hash(n.hash), length: n.length } };
    case "KMAC128":
    case "KMAC256":
      return { tag: "kmac", val: { strength: strength(name), length: n.length } };
    default: {
      const curve = CURVES[n.namedCurve];
      if (curve === undefined) throw unsupported(`${name} does not support the curve ${n.namedCurve}`);
      return { tag: name === "ECDSA" ? "ecdsa" : "ecdh", val: curve };
    }
  }
}

/** How to encrypt. */
export function cipher(n) {
  switch (n.name) {
    case "AES-CBC":
      return { tag: "aes-cbc", val: n.iv };
    case "AES-CTR":
      return { tag: "aes-ctr", val: { counter: n.counter, length: n.length } };
    case "AES-KW":
      return { tag: "aes-kw" };
    case "RSA-OAEP":
      return { tag: "rsa-oaep", val: n.label ?? EMPTY };
    default: {
      const tag = n.name === "AES-GCM" ? "aes-gcm" : n.name === "AES-OCB" ? "aes-ocb" : "chacha20-poly1305";
      return { tag, val: { iv: n.iv, additionalData: n.additionalData ?? EMPTY, tagLength: n.tagLength } };
    }
  }
}

/** How to sign. */
export function signing(n) {
  switch (n.name) {
    case "RSASSA-PKCS1-v1_5":
      return { tag: "rsa-pkcs1" };
    case "RSA-PSS":
      return { tag: "rsa-pss", val: n.saltLength };
    case "ECDSA":
      return { tag: "ecdsa", val: hash(n.hash) };
    case "Ed25519":
      return { tag: "ed25519" };
    case "Ed448":
      return { tag: "ed448", val: n.context ?? EMPTY };
    case "HMAC":
      return { tag: "hmac" };
    case "KMAC128":
    case "KMAC256":
      return { tag: "kmac", val: { outputLength: n.outputLength, customization: n.customization ?? EMPTY } };
    default:
      return { tag: "ml-dsa", val: n.context ?? EMPTY };
  }
}

/** How to derive. */
export function derivation(n) {
  switch (n.name) {
    case "HKDF":
      return { tag: "hkdf", val: { hash: hash(n.hash), salt: n.salt, info: n.info } };
    case "PBKDF2":
      return { tag: "pbkdf2", val: { hash: hash(n.hash), salt: n.salt, iterations: n.iterations } };
    case "ECDH":
    case "X25519":
    case "X448":
      return { tag: "diffie-hellman", val: handleOf(n.public) };
    default: {
      const { nonce, parallelism, memory, passes, version, secretValue = EMPTY, associatedData = EMPTY } = n;
      return { tag: "argon2", val: { nonce, parallelism, memory, passes, version, secretValue, associatedData } };
    }
  }
}

/** The `KeyAlgorithm` of a key. */
export function describe({ tag, val }) {
  switch (tag) {
    case "aes":
      return { name: MODE_NAMES[val.mode], length: val.length };
    case "hmac":
      return { name: "HMAC", hash: { name: HASH_NAMES[val.hash] }, length: val.length };
    case "kmac":
      return { name: `KMAC${val.strength}`, length: val.length };
    case "rsa": {
      const { scheme, modulusLength, publicExponent } = val;
      return { name: SCHEME_NAMES[scheme], modulusLength, publicExponent, hash: { name: HASH_NAMES[val.hash] } };
    }
    case "ecdsa":
      return { name: "ECDSA", namedCurve: CURVE_NAMES[val] };
    case "ecdh":
      return { name: "ECDH", namedCurve: CURVE_NAMES[val] };
    case "ml-dsa":
      return { name: DSA_NAMES[val] };
    case "ml-kem":
      return { name: KEM_NAMES[val] };
    case "argon2":
      return { name: ARGON2_NAMES[val] };
    default:
      return { name: PLAIN_NAMES[tag] };
  }
}
