//! A browser's side, written a second time from RFC 8188 and RFC 8291 and by other means than the encryption: HKDF
//! and an opening key, where the sender's side has bare HMACs and a sealing key.

use super::b64;
use aws_lc_rs::aead::{AES_128_GCM, Aad, BoundKey, NONCE_LEN, Nonce, NonceSequence, OpeningKey, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{self, HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(super) struct Browser {
    key: PrivateKey,
    pub auth: Vec<u8>,
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

struct Once([u8; NONCE_LEN]);

impl NonceSequence for Once {
    fn advance(&mut self) -> Result<Nonce, Unspecified> {
        Ok(Nonce::assume_unique_for_key(self.0))
    }
}

impl Browser {
    pub fn new() -> Self {
        Self {
            key: PrivateKey::generate(&ECDH_P256).unwrap(),
            auth: (0..16).map(|_| rand::random()).collect(),
        }
    }

    /// The one of RFC 8291 appendix A.
    pub fn of_the_rfc() -> Self {
        Self {
            key: PrivateKey::from_private_key(&ECDH_P256, &b64("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")).unwrap(),
            auth: b64("BTBZMqHH6r4Tts7J_aSIgg"),
        }
    }

    pub fn public(&self) -> Vec<u8> {
        self.key.compute_public_key().unwrap().as_ref().to_vec()
    }

    pub fn subscription(&self, endpoint: &str) -> String {
        serde_json::json!({
            "endpoint": endpoint,
            "expirationTime": null,
            "keys": {"p256dh": URL_SAFE_NO_PAD.encode(self.public()), "auth": URL_SAFE_NO_PAD.encode(&self.auth)},
        })
        .to_string()
    }

    /// Reads a whole body; `None` if anything of it is not as the RFCs say.
    pub fn decrypt(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (salt, rest) = body.split_at_checked(16)?;
        let (size, rest) = rest.split_at_checked(4)?;
        let size = u32::from_be_bytes(size.try_into().ok()?) as usize;
        let (length, rest) = rest.split_first()?;
        let (sender, record) = rest.split_at_checked(usize::from(*length))?;
        if record.len() > size {
            return None;
        }
        let info = [b"WebPush: info\0".as_slice(), &self.public(), sender].concat();
        let theirs = UnparsedPublicKey::new(&ECDH_P256, sender);
        let input = agreement::agree(&self.key, theirs, (), |secret| {
            Ok(bytes(Salt::new(HKDF_SHA256, &self.auth).extract(secret), &info, 32))
        })
        .ok()?;
        let secret = Salt::new(HKDF_SHA256, salt).extract(&input);
        let key = UnboundKey::new(
            &AES_128_GCM,
            &bytes(secret.clone(), b"Content-Encoding: aes128gcm\0", 16),
        )
        .ok()?;
        let nonce = bytes(secret, b"Content-Encoding: nonce\0", NONCE_LEN).try_into().ok()?;
        let mut record = record.to_vec();
        let opened = OpeningKey::new(key, Once(nonce))
            .open_in_place(Aad::empty(), &mut record)
            .ok()?;
        let end = opened.iter().rposition(|byte| *byte != 0)?;
        (opened[end] == 2).then(|| opened[..end].to_vec())
    }
}

fn bytes(secret: hkdf::Prk, info: &[u8], length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    secret.expand(&[info], Bytes(length)).unwrap().fill(&mut out).unwrap();
    out
}
