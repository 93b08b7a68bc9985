//! `outwit:engine/digest`: digests, for integrity.

use super::{Function, parameters, returned};
use outwit_quickjs_runtime::{ErrorKind, Js, Thrown, Value, check, context, sys, throw};
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
    let mut len = 0;
    // SAFETY: QuickJS gives pointer and length of an array that is alive, or throws.
    let pointer = unsafe { sys::JS_GetUint8Array(context(), &mut len, bytes.raw()) };
    let bytes = match pointer.is_null() {
        // SAFETY: no code of JavaScript runs while this is used.
        false => unsafe { std::slice::from_raw_parts(pointer, len as usize) },
        // SAFETY: plain C call.
        true if unsafe { sys::JS_HasException(context()) } => return Err(Thrown),
        true => &[],
    };
    let digest = match algorithm.as_str() {
        "sha256" => Sha256::digest(bytes).to_vec(),
        "sha384" => Sha384::digest(bytes).to_vec(),
        "sha512" => Sha512::digest(bytes).to_vec(),
        _ => return Err(throw(ErrorKind::Range, "there is no such digest")),
    };
    // SAFETY: pointer and length are those of a slice.
    check(unsafe { sys::JS_NewUint8ArrayCopy(context(), digest.as_ptr(), digest.len() as _) })
}
