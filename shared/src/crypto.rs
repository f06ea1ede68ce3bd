//! HMAC-SHA256, for both vendors' signatures, for our links, and to compare secrets.

use hmac::digest::Key;
use hmac::{Hmac, KeyInit};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

/// HMAC-SHA256 with a key of any length. No key fails, so that no fallback key is ever needed. By
/// RFC 2104, section 2, a key longer than a block is replaced by its digest, and a shorter key is
/// padded with zeros.
pub fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Key::<Hmac<Sha256>>::default();
    if key.len() > block.len() {
        fill(&mut block, &Sha256::digest(key));
    } else {
        fill(&mut block, key);
    }
    let mac = Hmac::new(&block);
    block.zeroize();
    mac
}

fn fill(block: &mut [u8], bytes: &[u8]) {
    block.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
}

#[cfg(test)]
mod tests {
    use hmac::Mac;

    use super::*;

    /// Test cases 1, 2, 3 and 6 of RFC 4231, and the empty key.
    #[test]
    fn a_key_of_any_length_is_the_key() {
        let mac = |key: &[u8], text: &[u8]| {
            let bytes = keyed(key).chain_update(text).finalize().into_bytes();
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let starts = [
            (mac(&[0x0b; 20], b"Hi There"), "b0344c61d8db38535ca8afceaf0bf12b"),
            (mac(b"Jefe", b"what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c7"),
            (mac(&[0xaa; 20], &[0xdd; 50]), "773ea91e36800e46854db8ebd09181a7"),
            (
                mac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
                "60e431591ee0b67f0d8a26aacbf5b77f",
            ),
            (mac(b"", b""), "b613679a0814d9ec772f95d778c35fc5"),
        ];
        for (mac, start) in starts {
            assert!(mac.starts_with(start), "{mac}");
        }
    }
}
