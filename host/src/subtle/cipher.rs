//! Encrypting and decrypting.

use aes::cipher::{
    Array, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit,
};
use aes::cipher::{block_padding::Pkcs7, consts::U8, consts::U12, consts::U15, consts::U16};
use aes::{Aes128, Aes192, Aes256};
use chacha20::rand_core::CryptoRng;
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, AeadInOut, Payload};
use ocb3::Ocb3;

use super::aead::Gcm;
use super::key::{self, Key};
use super::wit::{Aead, AesCtr, AesMode, Cipher, Error, KeyAlgorithm, RsaScheme};
use super::{Result, access, failed, rsa, unsupported};

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Encrypt,
    Decrypt,
}

use Direction::{Decrypt, Encrypt};

/// Calls a generic function with AES of the key's size.
macro_rules! with_aes {
    ($key:expr, $C:ident => $body:expr) => {
        match $key.len() {
            16 => {
                type $C = Aes128;
                $body
            }
            24 => {
                type $C = Aes192;
                $body
            }
            _ => {
                type $C = Aes256;
                $body
            }
        }
    };
}

/// Refuses a key of another algorithm.
pub(super) fn check(how: &Cipher, key: &Key) -> Result<()> {
    let fits = match (how, key.algorithm()) {
        (Cipher::AesCbc(_), KeyAlgorithm::Aes(aes)) => aes.mode == AesMode::Cbc,
        (Cipher::AesCtr(_), KeyAlgorithm::Aes(aes)) => aes.mode == AesMode::Ctr,
        (Cipher::AesGcm(_), KeyAlgorithm::Aes(aes)) => aes.mode == AesMode::Gcm,
        (Cipher::AesOcb(_), KeyAlgorithm::Aes(aes)) => aes.mode == AesMode::Ocb,
        (Cipher::AesKw, KeyAlgorithm::Aes(aes)) => aes.mode == AesMode::Kw,
        (Cipher::Chacha20Poly1305(_), KeyAlgorithm::Chacha20Poly1305) => true,
        (Cipher::RsaOaep(_), KeyAlgorithm::Rsa(rsa)) => rsa.scheme == RsaScheme::Oaep,
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        access(format!("the key is for {}", key::name(key.algorithm())))
    }
}

/// Encrypts or decrypts. The algorithm and the usages have been checked.
pub(super) fn run(
    direction: Direction,
    how: &Cipher,
    key: &Key,
    data: Vec<u8>,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    match how {
        Cipher::AesCbc(iv) => cbc(direction, key.secret()?, iv, &data),
        Cipher::AesCtr(how) => ctr(key.secret()?, how, data),
        Cipher::AesGcm(how) => gcm(direction, key.secret()?, how, data),
        Cipher::AesOcb(how) => ocb(direction, key.secret()?, how, data),
        Cipher::Chacha20Poly1305(how) => chacha(direction, key.secret()?, how, &data),
        Cipher::RsaOaep(label) if direction == Encrypt => rsa::encrypt(key, label, &data, rng),
        Cipher::RsaOaep(label) => rsa::decrypt(key, label, &data, rng),
        Cipher::AesKw => unsupported("AES-KW only wraps and unwraps keys"),
    }
}

/// What is the same for every way in which a message is not what it should be.
fn forged<T>(_: T) -> Error {
    failed("the data cannot be decrypted with this key and these parameters")
}

fn impossible<T>(_: T) -> Error {
    failed("the data cannot be encrypted with this key and these parameters")
}

fn cbc(direction: Direction, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    if iv.len() != 16 {
        return Err(failed(format!(
            "the initialisation vector has {} bytes, not 16",
            iv.len()
        )));
    }
    with_aes!(key, C => match direction {
        Encrypt => Ok(cbc::Encryptor::<C>::new_from_slices(key, iv)
            .map_err(impossible)?
            .encrypt_padded_vec::<Pkcs7>(data)),
        Decrypt => cbc::Decryptor::<C>::new_from_slices(key, iv)
            .map_err(forged)?
            .decrypt_padded_vec::<Pkcs7>(data)
            .map_err(forged),
    })
}

fn ctr(key: &[u8], how: &AesCtr, mut data: Vec<u8>) -> Result<Vec<u8>> {
    let AesCtr { counter, length } = how;
    let Ok(counter) = <[u8; 16]>::try_from(counter.as_slice()) else {
        return Err(failed(format!(
            "the counter block has {} bytes, not 16",
            counter.len()
        )));
    };
    if !(1..=128).contains(length) {
        return Err(failed(format!(
            "the length of the counter is {length} bits, not 1 to 128"
        )));
    }
    let first = u128::from_be_bytes(counter);
    let mask = u128::MAX >> (128 - u32::from(*length));
    let blocks = data.len().div_ceil(16) as u128;
    if blocks > 0 && blocks - 1 > mask {
        return Err(failed("the counter is too short for so much data"));
    }
    with_aes!(key, C => {
        let cipher = C::new_from_slice(key).map_err(impossible)?;
        let mut low = first & mask;
        for chunk in data.chunks_mut(16 * 8) {
            let mut blocks = [Array::<u8, U16>::default(); 8];
            for block in &mut blocks {
                *block = ((first & !mask) | low).to_be_bytes().into();
                low = low.wrapping_add(1) & mask;
            }
            cipher.encrypt_blocks(&mut blocks);
            for (byte, key) in chunk.iter_mut().zip(blocks.iter().flatten()) {
                *byte ^= key;
            }
        }
    });
    Ok(data)
}

/// The length of the tag in bytes.
fn tag_length(how: &Aead, allowed: &[u8]) -> Result<usize> {
    let bits = how.tag_length.unwrap_or(128);
    if allowed.contains(&bits) {
        Ok(usize::from(bits / 8))
    } else {
        Err(failed(format!("a tag of {bits} bits is not possible")))
    }
}

fn gcm(direction: Direction, key: &[u8], how: &Aead, mut data: Vec<u8>) -> Result<Vec<u8>> {
    let tag_length = tag_length(how, &[32, 64, 96, 104, 112, 120, 128])?;
    with_aes!(key, C => {
        let gcm = Gcm::new(C::new_from_slice(key).map_err(impossible)?);
        match direction {
            Encrypt => {
                let tag = gcm.encrypt(&how.iv, &how.additional_data, &mut data);
                data.extend(tag.iter().take(tag_length));
            }
            Decrypt => {
                let length = data.len().checked_sub(tag_length).ok_or_else(|| forged(()))?;
                let tag = data.split_off(length);
                gcm.decrypt(&how.iv, &how.additional_data, &mut data, &tag)
                    .map_err(forged)?;
            }
        }
    });
    Ok(data)
}

fn ocb(direction: Direction, key: &[u8], how: &Aead, mut data: Vec<u8>) -> Result<Vec<u8>> {
    let tag_length = tag_length(how, &[64, 96, 128])?;
    macro_rules! run {
        ($N:ty, $T:ty) => {
            with_aes!(key, C => {
                let cipher = Ocb3::<C, $N, $T>::new_from_slice(key).map_err(impossible)?;
                let nonce = Array::try_from(how.iv.as_slice()).map_err(impossible)?;
                match direction {
                    Encrypt => cipher
                        .encrypt_in_place(&nonce, &how.additional_data, &mut data)
                        .map_err(impossible)?,
                    Decrypt => cipher
                        .decrypt_in_place(&nonce, &how.additional_data, &mut data)
                        .map_err(forged)?,
                }
            })
        };
    }
    match (how.iv.len(), tag_length) {
        (12, 8) => run!(U12, U8),
        (12, 12) => run!(U12, U12),
        (12, 16) => run!(U12, U16),
        (15, 8) => run!(U15, U8),
        (15, 12) => run!(U15, U12),
        (15, 16) => run!(U15, U16),
        (length, _) => {
            return Err(failed(format!(
                "the nonce has {length} bytes, not 12 or 15"
            )));
        }
    }
    Ok(data)
}

fn chacha(direction: Direction, key: &[u8], how: &Aead, data: &[u8]) -> Result<Vec<u8>> {
    tag_length(how, &[128])?;
    let Ok(nonce) = Array::<u8, U12>::try_from(how.iv.as_slice()) else {
        return Err(failed(format!(
            "the nonce has {} bytes, not 12",
            how.iv.len()
        )));
    };
    let cipher = ChaCha20Poly1305::new_from_slice(key).map_err(impossible)?;
    let payload = Payload {
        msg: data,
        aad: &how.additional_data,
    };
    match direction {
        Encrypt => cipher.encrypt(&nonce, payload).map_err(impossible),
        Decrypt => cipher.decrypt(&nonce, payload).map_err(forged),
    }
}

/// Wraps with AES-KW.
pub(super) fn wrap_aes_kw(key: &Key, data: &[u8]) -> Result<Vec<u8>> {
    let key = key.secret()?;
    if data.len() < 16 || !data.len().is_multiple_of(8) {
        return Err(failed("AES-KW wraps 16 bytes or more, in multiples of 8"));
    }
    let mut wrapped = vec![0; data.len() + 8];
    with_aes!(key, C => {
        aes_kw::AesKw::<C>::new_from_slice(key)
            .map_err(impossible)?
            .wrap_key(data, &mut wrapped)
            .map_err(impossible)?;
    });
    Ok(wrapped)
}

/// Unwraps with AES-KW.
pub(super) fn unwrap_aes_kw(key: &Key, wrapped: &[u8]) -> Result<Vec<u8>> {
    let key = key.secret()?;
    if wrapped.len() < 24 || !wrapped.len().is_multiple_of(8) {
        return Err(forged(()));
    }
    let mut data = vec![0; wrapped.len() - 8];
    with_aes!(key, C => {
        aes_kw::AesKw::<C>::new_from_slice(key)
            .map_err(forged)?
            .unwrap_key(wrapped, &mut data)
            .map_err(forged)?;
    });
    Ok(data)
}
