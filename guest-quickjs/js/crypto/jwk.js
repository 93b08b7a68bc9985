// The dictionary `JsonWebKey`: https://w3c.github.io/webcrypto/#JsonWebKey-dictionary

import { boolean, dictionary, domString, sequence } from "outwit:webidl/convert.js";

const text = { type: domString };
const prime = dictionary("RsaOtherPrimesInfo", { r: text, d: text, t: text });
const jsonWebKey = dictionary("JsonWebKey", {
  alg: text,
  crv: text,
  d: text,
  dp: text,
  dq: text,
  e: text,
  ext: { type: boolean },
  k: text,
  key_ops: { type: sequence(domString) },
  kty: text,
  n: text,
  oth: { type: sequence(prime) },
  p: text,
  priv: text,
  pub: text,
  q: text,
  qi: text,
  use: text,
  x: text,
  y: text,
});

/** A value of WIT out of an object. */
export function fromObject(object, what) {
  const jwk = jsonWebKey(object, what);
  jwk.keyOps = jwk.key_ops;
  jwk.morePrimes = jwk.oth !== undefined;
  return jwk;
}

/** The members in the order in which a dictionary is written. */
const MEMBERS = [
  "alg", "crv", "d", "dp", "dq", "e", "ext", "k", "key_ops", "kty", "n", "p", "priv", "pub", "q", "qi", "use", "x", "y",
];

/** An object out of a value of WIT. */
export function toObject(jwk) {
  const object = {};
  for (let i = 0; i < MEMBERS.length; i++) {
    const name = MEMBERS[i];
    const value = name === "key_ops" ? jwk.keyOps : jwk[name];
    if (value !== undefined) object[name] = value;
  }
  return object;
}
