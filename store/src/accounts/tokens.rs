//! Tokens of sessions and links: 256 random bits, of which only a hash is kept.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The token that is handed out, for the only time.
pub fn token(random: [u8; 32]) -> SecretString {
    SecretString::from(hex::encode(random))
}

/// Whether a text could be a token at all; if not, no database needs to be asked.
pub fn is_token_shaped(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// What is stored of it. A plain hash is enough for 256 random bits.
pub(super) fn hash(secret: &SecretString) -> String {
    hex::encode(Sha256::digest(secret.expose_secret().as_bytes()))
}
