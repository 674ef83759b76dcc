//! Encryption of a message for one browser: RFC 8291 over the content coding aes128gcm of RFC 8188, in one record.

use super::subscription::Recipient;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hmac, rand};

/// The largest plaintext of a body that every push service accepts: 4096 bytes minus the header, the delimiter and
/// the tag.
pub(super) const LONGEST: usize = 3993;
/// The declared record size, whatever the length of the body, because a single record may be shorter (RFC 8188 §2).
const RECORD_SIZE: u32 = 4096;
/// Marks the last record (RFC 8188 §2).
const LAST_RECORD: u8 = 2;
const SALT: usize = 16;
const POINT: usize = 65;
const TAG: usize = 16;

/// What is drawn anew for each message.
pub(super) struct Fresh {
    pub key: PrivateKey,
    pub salt: [u8; SALT],
}

impl Fresh {
    pub fn draw() -> Result<Self, Unspecified> {
        let mut salt = [0; SALT];
        rand::fill(&mut salt)?;
        Ok(Self {
            key: PrivateKey::generate(&ECDH_P256)?,
            salt,
        })
    }
}

/// The subscription's `p256dh` is not a point on the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoPoint;

/// The body of the request: `salt | record size | 65 | our public key | ciphertext`.
pub(super) fn encrypt(plaintext: &[u8], to: &Recipient, fresh: &Fresh) -> Result<Vec<u8>, NoPoint> {
    let public = fresh.key.compute_public_key().map_err(|_| NoPoint)?;
    let keys = shared(&fresh.key, to, |secret| {
        Keys::derive(secret, to, public.as_ref(), &fresh.salt)
    })?;
    let mut record = Vec::with_capacity(plaintext.len() + 1 + TAG);
    record.extend_from_slice(plaintext);
    record.push(LAST_RECORD);
    keys.seal(&mut record).map_err(|_| NoPoint)?;
    let mut body = Vec::with_capacity(SALT + 4 + 1 + POINT + record.len());
    body.extend_from_slice(&fresh.salt);
    body.extend_from_slice(&RECORD_SIZE.to_be_bytes());
    body.push(POINT as u8);
    body.extend_from_slice(public.as_ref());
    body.extend_from_slice(&record);
    Ok(body)
}

/// Calls `with` with the ECDH secret of our private key and the browser's public key.
pub(super) fn shared<T>(ours: &PrivateKey, to: &Recipient, with: impl FnOnce(&[u8]) -> T) -> Result<T, NoPoint> {
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &to.public);
    agree(ours, theirs, NoPoint, |secret| Ok(with(secret)))
}

/// The key schedule of RFC 8291 §3.4, with its intermediate values by their names there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    pub prk_key: [u8; 32],
    pub ikm: [u8; 32],
    pub prk: [u8; 32],
    pub cek: [u8; 16],
    pub nonce: [u8; 12],
}

impl Keys {
    pub fn derive(secret: &[u8], to: &Recipient, as_public: &[u8], salt: &[u8; SALT]) -> Self {
        let prk_key = hmac(&to.auth, &[secret]);
        let ikm = hmac(&prk_key, &[b"WebPush: info\0", &to.public, as_public, &[1]]);
        let prk = hmac(salt, &[&ikm]);
        Self {
            prk_key,
            ikm,
            prk,
            cek: first(hmac(&prk, &[b"Content-Encoding: aes128gcm\0\x01"])),
            nonce: first(hmac(&prk, &[b"Content-Encoding: nonce\0\x01"])),
        }
    }

    /// Encrypts in place and appends the tag. The first record has the number zero, which leaves the nonce unchanged.
    fn seal(&self, record: &mut Vec<u8>) -> Result<(), Unspecified> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &self.cek)?);
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(self.nonce), Aad::empty(), record)
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.sign().as_ref());
    out
}

fn first<const N: usize>(of: [u8; 32]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&of[..N]);
    out
}
