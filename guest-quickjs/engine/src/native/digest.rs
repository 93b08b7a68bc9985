//! `outwit:engine/digest`: digests, for integrity.

use super::{Function, bytes_of, new_bytes, parameters, returned};
use outwit_quickjs_runtime::{ErrorKind, Js, Value, sys, throw};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// `digest(algorithm, bytes)` is the digest of a `Uint8Array` as another; the algorithm is `"sha256"`, `"sha384"` or `"sha512"`.
pub const FUNCTIONS: &[Function] = &[Function {
    name: c"digest",
    length: 2,
    call: js_digest,
}];

unsafe extern "C" fn js_digest(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has two parameters.
    let [algorithm, bytes] = unsafe { parameters(arguments) };
    returned(digest(&algorithm, &bytes))
}

fn digest(algorithm: &Value, bytes: &Value) -> Js<Value> {
    let algorithm = algorithm.text()?;
    let bytes = bytes_of(bytes)?;
    let digest = match algorithm.as_str() {
        "sha256" => Sha256::digest(bytes).to_vec(),
        "sha384" => Sha384::digest(bytes).to_vec(),
        "sha512" => Sha512::digest(bytes).to_vec(),
        _ => return Err(throw(ErrorKind::Range, "there is no such digest")),
    };
    new_bytes(&digest)
}
