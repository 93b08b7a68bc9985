//! AES-GCM with nonces and tags of every length that the specification has; no crate that is kept well
//! has both. NIST SP 800-38D, over the block cipher and the hash of their crates.

use aes::cipher::{Array, BlockCipherEncrypt, consts::U16};
use ghash::universal_hash::UniversalHash;
use ghash::{Block, GHash};
use subtle::ConstantTimeEq;

/// GCM over a block cipher with one key.
pub(super) struct Gcm<C> {
    cipher: C,
    hash: GHash,
}

/// The message is not authentic.
#[derive(Debug)]
pub(super) struct Forged;

impl<C: BlockCipherEncrypt<BlockSize = U16>> Gcm<C> {
    pub(super) fn new(cipher: C) -> Gcm<C> {
        let mut key = Array::default();
        cipher.encrypt_block(&mut key);
        let hash = GHash::new(&key);
        Gcm { cipher, hash }
    }

    /// Encrypts in place and returns the whole tag.
    pub(super) fn encrypt(&self, iv: &[u8], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
        let counter = self.first_counter(iv);
        self.apply(counter, data);
        self.tag(counter, aad, data)
    }

    /// Checks the tag, which may be cut short, and decrypts in place.
    pub(super) fn decrypt(
        &self,
        iv: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8],
    ) -> Result<(), Forged> {
        let counter = self.first_counter(iv);
        let expected = self.tag(counter, aad, data);
        let expected = expected.get(..tag.len()).ok_or(Forged)?;
        if !bool::from(expected.ct_eq(tag)) {
            return Err(Forged);
        }
        self.apply(counter, data);
        Ok(())
    }

    fn first_counter(&self, iv: &[u8]) -> u128 {
        if let Ok(iv) = <[u8; 12]>::try_from(iv) {
            let mut block = [0; 16];
            let (head, tail) = block.split_at_mut(12);
            head.copy_from_slice(&iv);
            tail.copy_from_slice(&[0, 0, 0, 1]);
            return u128::from_be_bytes(block);
        }
        let mut hash = self.hash.clone();
        hash.update_padded(iv);
        hash.update(&[lengths(0, iv.len())]);
        u128::from_be_bytes(hash.finalize().into())
    }

    /// Counter mode: the last 32 bits count.
    fn apply(&self, first: u128, data: &mut [u8]) {
        const LOW: u128 = 0xffff_ffff;
        let mut counter = first;
        for chunks in data.chunks_mut(16 * 8) {
            let mut blocks = [Array::<u8, U16>::default(); 8];
            for block in &mut blocks {
                counter = (counter & !LOW) | (counter.wrapping_add(1) & LOW);
                *block = counter.to_be_bytes().into();
            }
            self.cipher.encrypt_blocks(&mut blocks);
            for (byte, key) in chunks.iter_mut().zip(blocks.iter().flatten()) {
                *byte ^= key;
            }
        }
    }

    fn tag(&self, counter: u128, aad: &[u8], ciphertext: &[u8]) -> [u8; 16] {
        let mut hash = self.hash.clone();
        hash.update_padded(aad);
        hash.update_padded(ciphertext);
        hash.update(&[lengths(aad.len(), ciphertext.len())]);
        let mut mask: Array<u8, U16> = counter.to_be_bytes().into();
        self.cipher.encrypt_block(&mut mask);
        let tag = u128::from_be_bytes(hash.finalize().into()) ^ u128::from_be_bytes(mask.into());
        tag.to_be_bytes()
    }
}

/// The block of the two lengths, in bits.
fn lengths(first: usize, second: usize) -> Block {
    let bits = |bytes: usize| (bytes as u128) * 8;
    ((bits(first) << 64) | bits(second)).to_be_bytes().into()
}
