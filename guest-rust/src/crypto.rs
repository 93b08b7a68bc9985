//! Randomness for cryptography: `outwit:crypto`.
//!
//! ```no_run
//! use outwit_guest::crypto;
//!
//! let mut key = [0; 32];
//! crypto::fill_random(&mut key)?;
//! let nonce: Vec<u8> = crypto::random_bytes(12)?;
//! let id: String = crypto::random_uuid()?;
//! # Ok::<(), crypto::Error>(())
//! ```

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-crypto.wit",
        world: "outwit:crypto/imports@0.1.0",
        generate_all,
    });
}

use bindings::outwit::crypto::entropy;
pub use entropy::Error;

/// The most bytes that one call to the host gives.
const MAX_CALL: usize = 65_536;

/// Overwrites `buffer` with random bytes, in as many calls to the host as that takes.
///
/// # Errors
/// What the host says; parts of `buffer` may have been overwritten then.
pub fn fill_random(buffer: &mut [u8]) -> Result<(), Error> {
    for chunk in buffer.chunks_mut(MAX_CALL) {
        let bytes = entropy::get_random_bytes(chunk.len() as u32)?;
        if bytes.len() != chunk.len() {
            return Err(Error::Other(format!(
                "the host gave {} random bytes instead of {}",
                bytes.len(),
                chunk.len()
            )));
        }
        chunk.copy_from_slice(&bytes);
    }
    Ok(())
}

/// Returns `length` random bytes.
///
/// # Errors
/// What the host says.
pub fn random_bytes(length: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; length];
    fill_random(&mut bytes)?;
    Ok(bytes)
}

/// Returns a random number, each as likely as any other.
///
/// # Errors
/// What the host says.
pub fn random_u64() -> Result<u64, Error> {
    let mut bytes = [0; 8];
    fill_random(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Returns a version 4 UUID (RFC 9562) in lower case, as `crypto.randomUUID()` does in JavaScript.
///
/// # Errors
/// What the host says.
pub fn random_uuid() -> Result<String, Error> {
    let mut bytes = [0; 16];
    fill_random(&mut bytes)?;
    Ok(format_uuid(bytes))
}

fn format_uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40; // version 4
    bytes[8] = bytes[8] & 0x3f | 0x80; // the variant of RFC 9562
    let mut text = String::with_capacity(36);
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::format_uuid;

    #[test]
    fn uuids_carry_version_and_variant() {
        assert_eq!(format_uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(
            format_uuid([0xff; 16]),
            "ffffffff-ffff-4fff-bfff-ffffffffffff"
        );
    }
}
