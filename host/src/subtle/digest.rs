//! Digests.

use cshake::{CShake128, CShake256};
use sha2_11::digest::{ExtendableOutput, Update, XofReader};

use super::wit::{Cshake, DigestAlgorithm, Hash};
use super::{Result, failed, unsupported};

/// Calls a generic function with the type of a hash function.
macro_rules! with_hash {
    ($hash:expr, $D:ident => $body:expr) => {
        match $hash {
            $crate::subtle::wit::Hash::Sha1 => {
                type $D = sha1::Sha1;
                $body
            }
            $crate::subtle::wit::Hash::Sha256 => {
                type $D = sha2_11::Sha256;
                $body
            }
            $crate::subtle::wit::Hash::Sha384 => {
                type $D = sha2_11::Sha384;
                $body
            }
            $crate::subtle::wit::Hash::Sha512 => {
                type $D = sha2_11::Sha512;
                $body
            }
            $crate::subtle::wit::Hash::Sha3w256 => {
                type $D = sha3::Sha3_256;
                $body
            }
            $crate::subtle::wit::Hash::Sha3w384 => {
                type $D = sha3::Sha3_384;
                $body
            }
            $crate::subtle::wit::Hash::Sha3w512 => {
                type $D = sha3::Sha3_512;
                $body
            }
        }
    };
}
pub(super) use with_hash;

/// The longest result of a function whose result has any length, in bytes.
const LONGEST: usize = 1 << 20;

pub(super) fn hash(hash: Hash, data: &[u8]) -> Vec<u8> {
    use sha2_11::Digest;
    with_hash!(hash, D => D::digest(data).to_vec())
}

pub(super) fn digest(algorithm: &DigestAlgorithm, data: &[u8]) -> Result<Vec<u8>> {
    match algorithm {
        DigestAlgorithm::Hash(h) => Ok(hash(*h, data)),
        DigestAlgorithm::Cshake(how) => cshake(how, &[data]),
    }
}

/// cSHAKE over some parts.
pub(super) fn cshake(how: &Cshake, parts: &[&[u8]]) -> Result<Vec<u8>> {
    let Cshake {
        strength,
        output_length,
        function_name,
        customization,
    } = how;
    let mut output = vec![0; output_bytes(*output_length)?];
    macro_rules! run {
        ($shake:ident) => {{
            let mut shake = $shake::new_with_function_name(function_name, customization);
            for part in parts {
                shake.update(part);
            }
            shake.finalize_xof().read(&mut output);
        }};
    }
    match strength {
        128 => run!(CShake128),
        256 => run!(CShake256),
        other => {
            return unsupported(format!(
                "cSHAKE has 128 or 256 bits of strength, not {other}"
            ));
        }
    }
    Ok(output)
}

/// The number of bytes of a result, given in bits.
pub(super) fn output_bytes(bits: u32) -> Result<usize> {
    if !bits.is_multiple_of(8) {
        return Err(failed(format!("{bits} bits are not whole bytes")));
    }
    match usize::try_from(bits / 8) {
        Ok(bytes) if bytes <= LONGEST => Ok(bytes),
        _ => Err(failed(format!("{bits} bits are too many"))),
    }
}
