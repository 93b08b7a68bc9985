// `SubtleCrypto`: Web Cryptography Level 2 (W3C), Modern Algorithms and Secure Curves (WICG), over outwit:subtle/keys.
// https://w3c.github.io/webcrypto/#subtlecrypto-interface
//
// Here are the conversions of Web IDL and the normalization of algorithms. What comes after is in the host, in the order
// of the specification.

import * as host from "outwit:subtle/keys";
import { identifier, normalize, normalizeWrapping } from "outwit:crypto/algorithms.js";
import { USAGES, handleOf, isCryptoKey, nameOf, wrapped } from "outwit:crypto/crypto-key.js";
import * as jwk from "outwit:crypto/jwk.js";
import { supports } from "outwit:crypto/supports.js";
import { bufferOf, bytesOf, translated } from "outwit:crypto/values.js";
import { cipher, derivation, describe, digestAlgorithm, keyAlgorithm, signing } from "outwit:crypto/wire.js";
import { DOMException } from "outwit:dom/exception.js";
import { TypeError } from "outwit:webidl/primordials.js";
import { boolean, bufferSource, domString, enumeration, instance, isBufferSource, nullable, sequence, unsignedLong } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";

const keyFormat = enumeration("KeyFormat", [
  "raw", "raw-public", "raw-private", "raw-seed", "raw-secret", "spki", "pkcs8", "jwk",
]);
const cryptoKey = instance(isCryptoKey, "CryptoKey");
const usageList = sequence(enumeration("KeyUsage", USAGES));
const optionalLength = nullable(unsignedLong);

function keyUsages(value, what) {
  const list = usageList(value, what);
  const flags = { __proto__: null };
  for (let i = 0; i < list.length; i++) flags[list[i]] = true;
  return flags;
}

/** Awaits the host, and turns its errors into those of the specification. */
async function ask(answer) {
  try {
    return await answer;
  } catch (error) {
    throw translated(error);
  }
}

const keyOf = (handle) => wrapped(handle, describe);

function requireName(normalized, key) {
  if (normalized.name !== nameOf(key)) {
    throw new DOMException(`the key is for ${nameOf(key)}, not ${normalized.name}`, "InvalidAccessError");
  }
}

const written = (data) => (data.tag === "jwk" ? jwk.toObject(data.val) : bufferOf(data.val));

class SubtleCrypto {
  #brand;

  constructor(key = undefined) {
    internalOnly(key);
  }

  async encrypt(algorithm, key, data) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 3, "SubtleCrypto.encrypt");
    algorithm = identifier(algorithm, "SubtleCrypto.encrypt: algorithm");
    cryptoKey(key, "SubtleCrypto.encrypt: key");
    bufferSource(data, "SubtleCrypto.encrypt: data");
    const normalized = normalize("encrypt", algorithm);
    data = bytesOf(data);
    requireName(normalized, key);
    return bufferOf(await ask(host.encrypt(cipher(normalized), handleOf(key), data)));
  }

  async decrypt(algorithm, key, data) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 3, "SubtleCrypto.decrypt");
    algorithm = identifier(algorithm, "SubtleCrypto.decrypt: algorithm");
    cryptoKey(key, "SubtleCrypto.decrypt: key");
    bufferSource(data, "SubtleCrypto.decrypt: data");
    const normalized = normalize("decrypt", algorithm);
    data = bytesOf(data);
    requireName(normalized, key);
    return bufferOf(await ask(host.decrypt(cipher(normalized), handleOf(key), data)));
  }

  async sign(algorithm, key, data) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 3, "SubtleCrypto.sign");
    algorithm = identifier(algorithm, "SubtleCrypto.sign: algorithm");
    cryptoKey(key, "SubtleCrypto.sign: key");
    bufferSource(data, "SubtleCrypto.sign: data");
    const normalized = normalize("sign", algorithm);
    data = bytesOf(data);
    requireName(normalized, key);
    return bufferOf(await ask(host.sign(signing(normalized), handleOf(key), data)));
  }

  async verify(algorithm, key, signature, data) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 4, "SubtleCrypto.verify");
    algorithm = identifier(algorithm, "SubtleCrypto.verify: algorithm");
    cryptoKey(key, "SubtleCrypto.verify: key");
    bufferSource(signature, "SubtleCrypto.verify: signature");
    bufferSource(data, "SubtleCrypto.verify: data");
    const normalized = normalize("verify", algorithm);
    signature = bytesOf(signature);
    data = bytesOf(data);
    requireName(normalized, key);
    return ask(host.verify(signing(normalized), handleOf(key), signature, data));
  }

  async digest(algorithm, data) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 2, "SubtleCrypto.digest");
    algorithm = identifier(algorithm, "SubtleCrypto.digest: algorithm");
    bufferSource(data, "SubtleCrypto.digest: data");
    const normalized = normalize("digest", algorithm);
    data = bytesOf(data);
    return bufferOf(await ask(host.digest(digestAlgorithm(normalized), data)));
  }

  async generateKey(algorithm, extractable, usageNames) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 3, "SubtleCrypto.generateKey");
    algorithm = identifier(algorithm, "SubtleCrypto.generateKey: algorithm");
    extractable = boolean(extractable);
    const usages = keyUsages(usageNames, "SubtleCrypto.generateKey: keyUsages");
    const normalized = normalize("generateKey", algorithm);
    const made = await ask(host.generate(keyAlgorithm(normalized), extractable, usages));
    if (made.tag === "secret") return keyOf(made.val);
    const { 0: publicKey, 1: privateKey } = made.val;
    return { privateKey: keyOf(privateKey), publicKey: keyOf(publicKey) };
  }

  async deriveKey(algorithm, baseKey, derivedKeyType, extractable, usageNames) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 5, "SubtleCrypto.deriveKey");
    algorithm = identifier(algorithm, "SubtleCrypto.deriveKey: algorithm");
    cryptoKey(baseKey, "SubtleCrypto.deriveKey: baseKey");
    derivedKeyType = identifier(derivedKeyType, "SubtleCrypto.deriveKey: derivedKeyType");
    extractable = boolean(extractable);
    const usages = keyUsages(usageNames, "SubtleCrypto.deriveKey: keyUsages");
    const normalized = normalize("deriveBits", algorithm);
    normalize("importKey", derivedKeyType);
    const derived = normalize("get key length", derivedKeyType);
    requireName(normalized, baseKey);
    const how = derivation(normalized);
    return keyOf(await ask(host.deriveKey(how, handleOf(baseKey), keyAlgorithm(derived), extractable, usages)));
  }

  async deriveBits(algorithm, baseKey, length = null) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 2, "SubtleCrypto.deriveBits");
    algorithm = identifier(algorithm, "SubtleCrypto.deriveBits: algorithm");
    cryptoKey(baseKey, "SubtleCrypto.deriveBits: baseKey");
    length = optionalLength(length, "SubtleCrypto.deriveBits: length") ?? undefined;
    const normalized = normalize("deriveBits", algorithm);
    requireName(normalized, baseKey);
    return bufferOf(await ask(host.deriveBits(derivation(normalized), handleOf(baseKey), length)));
  }

  async importKey(format, keyData, algorithm, extractable, usageNames) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 5, "SubtleCrypto.importKey");
    format = keyFormat(format, "SubtleCrypto.importKey: format");
    const isBytes = isBufferSource(keyData);
    if (isBytes) bufferSource(keyData, "SubtleCrypto.importKey: keyData");
    const fields = isBytes ? undefined : jwk.fromObject(keyData, "SubtleCrypto.importKey: keyData");
    algorithm = identifier(algorithm, "SubtleCrypto.importKey: algorithm");
    extractable = boolean(extractable);
    const usages = keyUsages(usageNames, "SubtleCrypto.importKey: keyUsages");
    const normalized = normalize("importKey", algorithm);
    if (isBytes === (format === "jwk")) {
      throw new TypeError(isBytes ? "a JSON Web Key is not bytes" : `the format "${format}" is bytes`);
    }
    const data = isBytes ? { tag: "bytes", val: bytesOf(keyData) } : { tag: "jwk", val: fields };
    return keyOf(await ask(host.import(format, data, keyAlgorithm(normalized), extractable, usages)));
  }

  async exportKey(format, key) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 2, "SubtleCrypto.exportKey");
    format = keyFormat(format, "SubtleCrypto.exportKey: format");
    cryptoKey(key, "SubtleCrypto.exportKey: key");
    return written(await ask(host.export(format, handleOf(key))));
  }

  async wrapKey(format, key, wrappingKey, wrapAlgorithm) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 4, "SubtleCrypto.wrapKey");
    format = keyFormat(format, "SubtleCrypto.wrapKey: format");
    cryptoKey(key, "SubtleCrypto.wrapKey: key");
    cryptoKey(wrappingKey, "SubtleCrypto.wrapKey: wrappingKey");
    const normalized = normalizeWrapping("wrapKey", "encrypt", identifier(wrapAlgorithm, "SubtleCrypto.wrapKey: wrapAlgorithm"));
    requireName(normalized, wrappingKey);
    return bufferOf(await ask(host.wrap(format, handleOf(key), handleOf(wrappingKey), cipher(normalized))));
  }

  async unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, usageNames) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 7, "SubtleCrypto.unwrapKey");
    format = keyFormat(format, "SubtleCrypto.unwrapKey: format");
    bufferSource(wrappedKey, "SubtleCrypto.unwrapKey: wrappedKey");
    cryptoKey(unwrappingKey, "SubtleCrypto.unwrapKey: unwrappingKey");
    unwrapAlgorithm = identifier(unwrapAlgorithm, "SubtleCrypto.unwrapKey: unwrapAlgorithm");
    unwrappedKeyAlgorithm = identifier(unwrappedKeyAlgorithm, "SubtleCrypto.unwrapKey: unwrappedKeyAlgorithm");
    extractable = boolean(extractable);
    const usages = keyUsages(usageNames, "SubtleCrypto.unwrapKey: keyUsages");
    const normalized = normalizeWrapping("unwrapKey", "decrypt", unwrapAlgorithm);
    const algorithm = normalize("importKey", unwrappedKeyAlgorithm);
    const bytes = bytesOf(wrappedKey);
    requireName(normalized, unwrappingKey);
    const how = cipher(normalized);
    const handle = handleOf(unwrappingKey);
    return keyOf(await ask(host.unwrap(format, bytes, handle, how, keyAlgorithm(algorithm), extractable, usages)));
  }

  async encapsulateKey(encapsulationAlgorithm, encapsulationKey, sharedKeyAlgorithm, extractable, usageNames) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 5, "SubtleCrypto.encapsulateKey");
    encapsulationAlgorithm = identifier(encapsulationAlgorithm, "SubtleCrypto.encapsulateKey: encapsulationAlgorithm");
    cryptoKey(encapsulationKey, "SubtleCrypto.encapsulateKey: encapsulationKey");
    sharedKeyAlgorithm = identifier(sharedKeyAlgorithm, "SubtleCrypto.encapsulateKey: sharedKeyAlgorithm");
    extractable = boolean(extractable);
    const usages = keyUsages(usageNames, "SubtleCrypto.encapsulateKey: keyUsages");
    const normalized = normalize("encapsulate", encapsulationAlgorithm);
    const shared = normalize("importKey", sharedKeyAlgorithm);
    requireName(normalized, encapsulationKey);
    const handle = handleOf(encapsulationKey);
    const made = await ask(host.encapsulateKey(handle, keyAlgorithm(shared), extractable, usages));
    return { ciphertext: bufferOf(made.ciphertext), sharedKey: keyOf(made.sharedKey) };
  }

  async encapsulateBits(encapsulationAlgorithm, encapsulationKey) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 2, "SubtleCrypto.encapsulateBits");
    encapsulationAlgorithm = identifier(encapsulationAlgorithm, "SubtleCrypto.encapsulateBits: encapsulationAlgorithm");
    cryptoKey(encapsulationKey, "SubtleCrypto.encapsulateBits: encapsulationKey");
    const normalized = normalize("encapsulate", encapsulationAlgorithm);
    requireName(normalized, encapsulationKey);
    const made = await ask(host.encapsulateBits(handleOf(encapsulationKey)));
    return { ciphertext: bufferOf(made.ciphertext), sharedKey: bufferOf(made.sharedKey) };
  }

  async decapsulateKey(decapsulationAlgorithm, decapsulationKey, ciphertext, sharedKeyAlgorithm, extractable, usageNames) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 6, "SubtleCrypto.decapsulateKey");
    decapsulationAlgorithm = identifier(decapsulationAlgorithm, "SubtleCrypto.decapsulateKey: decapsulationAlgorithm");
    cryptoKey(decapsulationKey, "SubtleCrypto.decapsulateKey: decapsulationKey");
    bufferSource(ciphertext, "SubtleCrypto.decapsulateKey: ciphertext");
    sharedKeyAlgorithm = identifier(sharedKeyAlgorithm, "SubtleCrypto.decapsulateKey: sharedKeyAlgorithm");
    extractable = boolean(extractable);
    const usages = keyUsages(usageNames, "SubtleCrypto.decapsulateKey: keyUsages");
    const normalized = normalize("decapsulate", decapsulationAlgorithm);
    const shared = normalize("importKey", sharedKeyAlgorithm);
    const bytes = bytesOf(ciphertext);
    requireName(normalized, decapsulationKey);
    const handle = handleOf(decapsulationKey);
    return keyOf(await ask(host.decapsulateKey(handle, bytes, keyAlgorithm(shared), extractable, usages)));
  }

  async decapsulateBits(decapsulationAlgorithm, decapsulationKey, ciphertext) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 3, "SubtleCrypto.decapsulateBits");
    decapsulationAlgorithm = identifier(decapsulationAlgorithm, "SubtleCrypto.decapsulateBits: decapsulationAlgorithm");
    cryptoKey(decapsulationKey, "SubtleCrypto.decapsulateBits: decapsulationKey");
    bufferSource(ciphertext, "SubtleCrypto.decapsulateBits: ciphertext");
    const normalized = normalize("decapsulate", decapsulationAlgorithm);
    const bytes = bytesOf(ciphertext);
    requireName(normalized, decapsulationKey);
    return bufferOf(await ask(host.decapsulateBits(handleOf(decapsulationKey), bytes)));
  }

  async getPublicKey(key, usageNames) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 2, "SubtleCrypto.getPublicKey");
    cryptoKey(key, "SubtleCrypto.getPublicKey: key");
    const usages = keyUsages(usageNames, "SubtleCrypto.getPublicKey: keyUsages");
    return keyOf(await ask(host.publicKey(handleOf(key), usages)));
  }

  static supports(operation, algorithm, additional = undefined) {
    required(arguments.length, 2, "SubtleCrypto.supports");
    operation = domString(operation, "SubtleCrypto.supports: operation");
    algorithm = identifier(algorithm, "SubtleCrypto.supports: algorithm");
    return supports(operation, algorithm, additional);
  }
}
defineInterface(SubtleCrypto);

export const subtle = new SubtleCrypto(INTERNAL);
export { SubtleCrypto };
