// Algorithm normalization: https://w3c.github.io/webcrypto/#algorithm-normalization
//
// One table for each operation: the names, and the members of the dictionary that goes with each in the order in
// which Web IDL reads them.

import { isCryptoKey } from "outwit:crypto/crypto-key.js";
import { bytesOf } from "outwit:crypto/values.js";
import { DOMException } from "outwit:dom/exception.js";
import { TypeError, charCodeAt, create, fromCharCode, keys } from "outwit:webidl/primordials.js";
import {
  ENFORCE_RANGE, bufferSource, domString, instance, isObject, octet, uint8Array, unsignedLong, unsignedShort,
} from "outwit:webidl/convert.js";

/** Conversions of members. */
const buffer = (value, what) => bytesOf(bufferSource(value, what));
const bigInteger = (value, what) => bytesOf(uint8Array(value, what));
const byte = (value, what) => octet(value, what, ENFORCE_RANGE);
const short = (value, what) => unsignedShort(value, what, ENFORCE_RANGE);
const long = (value, what) => unsignedLong(value, what, ENFORCE_RANGE);
const hash = (value) => normalize("digest", value);
const key = instance(isCryptoKey, "CryptoKey");

const required = (name, convert) => ({ __proto__: null, name, convert, required: true });
const optional = (name, convert) => ({ __proto__: null, name, convert, required: false });
/** A member that had another name in earlier drafts, which plugins may still use. */
const renamed = (name, earlier, convert) => ({ __proto__: null, name, earlier, convert, required: true });

const NONE = [];
const AEAD = [optional("additionalData", buffer), required("iv", buffer), optional("tagLength", byte)];
const CIPHERS = {
  __proto__: null,
  "RSA-OAEP": [optional("label", buffer)],
  "AES-CTR": [required("counter", buffer), required("length", byte)],
  "AES-CBC": [required("iv", buffer)],
  "AES-GCM": AEAD,
  "AES-OCB": AEAD,
  "ChaCha20-Poly1305": AEAD,
};
const CONTEXT = [optional("context", buffer)];
const KMAC = [optional("customization", buffer), renamed("outputLength", "length", long)];
const SIGNATURES = {
  __proto__: null,
  "RSASSA-PKCS1-v1_5": NONE,
  "RSA-PSS": [required("saltLength", long)],
  ECDSA: [required("hash", hash)],
  Ed25519: NONE,
  Ed448: CONTEXT,
  "ML-DSA-44": CONTEXT,
  "ML-DSA-65": CONTEXT,
  "ML-DSA-87": CONTEXT,
  HMAC: NONE,
  KMAC128: KMAC,
  KMAC256: KMAC,
};
const DIFFIE_HELLMAN = [required("public", key)];
const ARGON2 = [
  optional("associatedData", buffer),
  required("memory", long),
  required("nonce", buffer),
  required("parallelism", long),
  required("passes", long),
  optional("secretValue", buffer),
  optional("version", byte),
];
const CSHAKE = [
  optional("customization", buffer),
  optional("functionName", buffer),
  renamed("outputLength", "length", long),
];
const RSA_GENERATE = [required("modulusLength", long), required("publicExponent", bigInteger), required("hash", hash)];
const RSA_IMPORT = [required("hash", hash)];
const CURVE = [required("namedCurve", domString)];
const AES_LENGTH = [required("length", short)];
const HMAC = [required("hash", hash), optional("length", long)];
const LENGTH = [optional("length", long)];

const WITHOUT_PARAMETERS = {
  __proto__: null,
  Ed25519: NONE,
  Ed448: NONE,
  X25519: NONE,
  X448: NONE,
  "ML-DSA-44": NONE,
  "ML-DSA-65": NONE,
  "ML-DSA-87": NONE,
  "ML-KEM-512": NONE,
  "ML-KEM-768": NONE,
  "ML-KEM-1024": NONE,
  "ChaCha20-Poly1305": NONE,
};
const BASES = { __proto__: null, HKDF: NONE, PBKDF2: NONE, Argon2d: NONE, Argon2i: NONE, Argon2id: NONE };
const IMPORTS = {
  ...WITHOUT_PARAMETERS,
  ...BASES,
  "RSASSA-PKCS1-v1_5": RSA_IMPORT,
  "RSA-PSS": RSA_IMPORT,
  "RSA-OAEP": RSA_IMPORT,
  ECDSA: CURVE,
  ECDH: CURVE,
  "AES-CTR": NONE,
  "AES-CBC": NONE,
  "AES-GCM": NONE,
  "AES-OCB": NONE,
  "AES-KW": NONE,
  HMAC,
  KMAC128: LENGTH,
  KMAC256: LENGTH,
};
const KEMS = { __proto__: null, "ML-KEM-512": NONE, "ML-KEM-768": NONE, "ML-KEM-1024": NONE };

/** The algorithms of each operation, by their names in capital letters. */
const OPERATIONS = {
  __proto__: null,
  digest: named({
    "SHA-1": NONE,
    "SHA-256": NONE,
    "SHA-384": NONE,
    "SHA-512": NONE,
    "SHA3-256": NONE,
    "SHA3-384": NONE,
    "SHA3-512": NONE,
    cSHAKE128: CSHAKE,
    cSHAKE256: CSHAKE,
  }),
  encrypt: named(CIPHERS),
  decrypt: named(CIPHERS),
  wrapKey: named({ "AES-KW": NONE }),
  unwrapKey: named({ "AES-KW": NONE }),
  sign: named(SIGNATURES),
  verify: named(SIGNATURES),
  deriveBits: named({
    ECDH: DIFFIE_HELLMAN,
    X25519: DIFFIE_HELLMAN,
    X448: DIFFIE_HELLMAN,
    HKDF: [required("hash", hash), required("info", buffer), required("salt", buffer)],
    PBKDF2: [required("hash", hash), required("iterations", long), required("salt", buffer)],
    Argon2d: ARGON2,
    Argon2i: ARGON2,
    Argon2id: ARGON2,
  }),
  generateKey: named({
    ...WITHOUT_PARAMETERS,
    "RSASSA-PKCS1-v1_5": RSA_GENERATE,
    "RSA-PSS": RSA_GENERATE,
    "RSA-OAEP": RSA_GENERATE,
    ECDSA: CURVE,
    ECDH: CURVE,
    "AES-CTR": AES_LENGTH,
    "AES-CBC": AES_LENGTH,
    "AES-GCM": AES_LENGTH,
    "AES-OCB": AES_LENGTH,
    "AES-KW": AES_LENGTH,
    HMAC,
    KMAC128: LENGTH,
    KMAC256: LENGTH,
  }),
  importKey: named(IMPORTS),
  "get key length": named({
    ...BASES,
    "AES-CTR": AES_LENGTH,
    "AES-CBC": AES_LENGTH,
    "AES-GCM": AES_LENGTH,
    "AES-OCB": AES_LENGTH,
    "AES-KW": AES_LENGTH,
    HMAC,
    KMAC128: LENGTH,
    KMAC256: LENGTH,
    "ChaCha20-Poly1305": NONE,
  }),
  encapsulate: named(KEMS),
  decapsulate: named(KEMS),
};

function named(table) {
  const found = create(null);
  const names = keys(table);
  for (let i = 0; i < names.length; i++) {
    found[upper(names[i])] = { __proto__: null, name: names[i], members: table[names[i]] };
  }
  return found;
}

/** Capital letters, of ASCII alone: the Kelvin sign is no K. */
function upper(name) {
  let text = "";
  for (let i = 0; i < name.length; i++) {
    const code = charCodeAt(name, i);
    text += fromCharCode(code >= 97 && code <= 122 ? code - 32 : code);
  }
  return text;
}

/** `AlgorithmIdentifier`: an object as it is, anything else as a string. */
export const identifier = (value, what) => (isObject(value) ? value : domString(value, what));

/** The algorithm for an operation, as a record of the registered name and converted members. */
export function normalize(operation, algorithm) {
  const given = isObject(algorithm) ? algorithm : { name: domString(algorithm, "algorithm") };
  const name = nameOf(given);
  const found = OPERATIONS[operation][upper(name)];
  if (found === undefined) {
    throw new DOMException(`${operation} does not support the algorithm ${name}`, "NotSupportedError");
  }
  const { members } = found;
  const normalized = { __proto__: null, name: found.name };
  if (members.length === 0) return normalized;
  for (let i = 0; i < members.length; i++) {
    const member = members[i];
    let value = given[member.name];
    if (value === undefined && member.earlier !== undefined) value = given[member.earlier];
    if (value !== undefined) {
      normalized[member.name] = member.convert(value, `${found.name}: ${member.name}`);
    } else if (member.required) {
      throw new TypeError(`${found.name}: ${member.name} is missing`);
    }
  }
  return normalized;
}

/** Normalizes for wrapping: as such where the algorithm has that, else as encrypting. */
export function normalizeWrapping(operation, other, algorithm) {
  try {
    return normalize(operation, algorithm);
  } catch {
    return normalize(other, algorithm);
  }
}

function nameOf(algorithm) {
  const { name } = algorithm;
  if (name === undefined) throw new TypeError("the algorithm has no name");
  return domString(name, "algorithm.name");
}
