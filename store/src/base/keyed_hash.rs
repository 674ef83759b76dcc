//! HMAC-SHA256 (RFC 2104), and the secrets that this installation makes its own hashes with.

use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use sha2::{Digest, Sha256};

/// A secret of the installation.
#[derive(Clone)]
pub struct Secret([u8; 32]);

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretOf {
    /// Addresses of guests who were erased.
    Stops,
    /// Links of guests' own pages.
    Page,
}

impl SecretOf {
    fn name(self) -> &'static str {
        match self {
            SecretOf::Stops => "stops",
            SecretOf::Page => "page",
        }
    }
}

impl Secret {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A hash of these parts, which are told apart whatever is in them.
    pub fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        let block = |with: u8| {
            let mut block = [with; 64];
            for (byte, of_key) in block.iter_mut().zip(self.0) {
                *byte ^= of_key;
            }
            block
        };
        let mut inner = Sha256::new();
        inner.update(block(0x36));
        for part in parts {
            inner.update((part.len() as u64).to_be_bytes());
            inner.update(part);
        }
        let mut outer = Sha256::new();
        outer.update(block(0x5c));
        outer.update(inner.finalize());
        outer.finalize().into()
    }
}

/// Reads a secret.
pub(crate) async fn secret(session: &mut Session, of: SecretOf) -> Result<Secret> {
    let text = "SELECT secret FROM guest_secrets WHERE name = $1";
    let row = session.first(sql(text).text(of.name())).await?;
    let row = row.ok_or_else(|| spoilt(of, "is not there"))?;
    let bytes = hex::decode(row.columns().text("secret")?).map_err(|_| spoilt(of, "is no number"))?;
    let bytes = bytes.try_into().map_err(|_| spoilt(of, "has another length"))?;
    Ok(Secret(bytes))
}

fn spoilt(of: SecretOf, problem: &str) -> StoreError {
    StoreError::Corrupt {
        what: "secret",
        id: of.name().to_owned(),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_under_one_secret_have_one_hash() {
        let (one, other) = (Secret([1; 32]), Secret([2; 32]));
        assert_eq!(one.hash(&[b"a", b"bc"]), one.hash(&[b"a", b"bc"]));
        assert_ne!(one.hash(&[b"a", b"bc"]), one.hash(&[b"ab", b"c"]));
        assert_ne!(one.hash(&[b"a"]), other.hash(&[b"a"]));
    }

    #[test]
    fn it_is_the_published_function() {
        // RFC 4231, case 1, with its key of 20 bytes filled up by zeros, as the function does itself. The part's length comes
        // first here, so the vector is compared with a message that has it.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let hash = Secret(key).hash(&[b"Hi There"]);
        let mut message = 8u64.to_be_bytes().to_vec();
        message.extend(b"Hi There");
        let mut inner = Sha256::new();
        inner.update([0x0b ^ 0x36; 20]);
        inner.update([0x36; 44]);
        inner.update(&message);
        let mut outer = Sha256::new();
        outer.update([0x0b ^ 0x5c; 20]);
        outer.update([0x5c; 44]);
        outer.update(inner.finalize());
        let expected: [u8; 32] = outer.finalize().into();
        assert_eq!(hash, expected);
    }
}
