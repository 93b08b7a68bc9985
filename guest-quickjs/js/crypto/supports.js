// `SubtleCrypto.supports`: https://wicg.github.io/webcrypto-modern-algos/#SubtleCrypto-method-supports

import { normalize, normalizeWrapping } from "outwit:crypto/algorithms.js";
import { derivation, keyAlgorithm } from "outwit:crypto/wire.js";
import { DOMException, isDOMException } from "outwit:dom/exception.js";
import { indexOf, startsWith } from "outwit:webidl/primordials.js";
import { isObject, unsignedLong } from "outwit:webidl/convert.js";

/** Whether an operation is there for an algorithm, and a length or the algorithm of another key. */
export function supports(operation, algorithm, additional) {
  const isAlgorithm = typeof additional === "string" || isObject(additional);
  const isLength = !isAlgorithm && additional !== undefined && additional !== null;
  const length = isLength ? unsignedLong(additional, "SubtleCrypto.supports: length") : null;
  try {
    return isAlgorithm ? supportsBoth(operation, algorithm, additional) : supportsOne(operation, algorithm, length);
  } catch {
    return false;
  }
}

/** `supports` with two algorithms, where the second is that of a key. */
function supportsBoth(operation, algorithm, additional) {
  switch (operation) {
    case "deriveKey": {
      normalize("importKey", additional);
      const { length, name } = normalize("get key length", additional);
      const bits = length ?? (name === "ChaCha20-Poly1305" || name === "KMAC256" ? 256 : name === "KMAC128" ? 128 : 512);
      return supportsOne("deriveBits", algorithm, bits);
    }
    case "wrapKey":
      return supportsOne("wrapKey", algorithm, null) && supportsOne("exportKey", additional, null);
    case "unwrapKey":
    case "encapsulateKey":
    case "decapsulateKey":
      return supportsOne(operation, algorithm, null) && supportsOne("importKey", additional, null);
    default:
      return supportsOne(operation, algorithm, null);
  }
}

const BASES = { __proto__: null, HKDF: true, PBKDF2: true, Argon2d: true, Argon2i: true, Argon2id: true };

/** `supports` with one algorithm: it normalizes, and its parameters are not out of range by themselves. */
function supportsOne(operation, algorithm, length) {
  switch (operation) {
    case "exportKey": {
      const { name } = normalizeName("importKey", algorithm);
      return BASES[name] === undefined;
    }
    case "getPublicKey": {
      const { name } = normalizeName("importKey", algorithm);
      return BASES[name] === undefined && !(startsWith(name, "AES") || startsWith(name, "KMAC") || name === "HMAC" || startsWith(name, "ChaCha"));
    }
    case "encapsulateKey":
    case "encapsulateBits":
      normalize("encapsulate", algorithm);
      return true;
    case "decapsulateKey":
    case "decapsulateBits":
      normalize("decapsulate", algorithm);
      return true;
    case "wrapKey":
      return fits(normalizeWrapping("wrapKey", "encrypt", algorithm));
    case "unwrapKey":
      return fits(normalizeWrapping("unwrapKey", "decrypt", algorithm));
    case "deriveBits": {
      const normalized = normalize("deriveBits", algorithm);
      derivation(normalized);
      if (BASES[normalized.name] !== undefined) {
        if (length === null || length % 8 !== 0) return false;
        return !startsWith(normalized.name, "Argon2") || length >= 32;
      }
      return true;
    }
    case "generateKey":
    case "importKey": {
      const normalized = normalize(operation, algorithm);
      keyAlgorithm(normalized);
      if (operation === "importKey" || !startsWith(normalized.name, "AES")) return normalized.length !== 0;
      return normalized.length === 128 || normalized.length === 192 || normalized.length === 256;
    }
    case "encrypt":
    case "decrypt":
      return fits(normalize(operation, algorithm));
    case "digest":
    case "sign":
    case "verify":
      normalize(operation, algorithm);
      return true;
    default:
      return false;
  }
}

/** Normalizes by the name alone. */
function normalizeName(operation, algorithm) {
  const name = isObject(algorithm) ? algorithm.name : algorithm;
  const attempts = [{ name }, { name, hash: "SHA-256" }, { name, namedCurve: "P-256" }];
  for (let i = 0; i < attempts.length; i++) {
    try {
      return normalize(operation, attempts[i]);
    } catch (error) {
      if (isDOMException(error)) throw error;
    }
  }
  throw new DOMException(`${operation} does not support the algorithm`, "NotSupportedError");
}

/** Whether the parameters of a cipher are in range. */
function fits({ name, iv, counter, length, tagLength = 128 }) {
  switch (name) {
    case "AES-CBC":
      return iv.length === 16;
    case "AES-CTR":
      return counter.length === 16 && length >= 1 && length <= 128;
    case "AES-GCM":
      return indexOf([32, 64, 96, 104, 112, 120, 128], tagLength) >= 0;
    case "AES-OCB":
      return (iv.length === 12 || iv.length === 15) && indexOf([64, 96, 128], tagLength) >= 0;
    case "ChaCha20-Poly1305":
      return iv.length === 12 && tagLength === 128;
    default:
      return true;
  }
}
