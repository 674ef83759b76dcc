//! The engineer's keys, which seal and open secrets.

use super::location::SecretLocation;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bellhop_channels::config::{Environment, SecretSource};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The prefix of a sealed text; a new form gets a new number.
const FORM: &str = "v1";
const NO_KEY: &str = "there is no key to seal with: put one at the front of [settings] keys";
const WRONG_KEY: &str = "was sealed by a key that [settings] keys does not name; put it back behind the newest one";
const NOT_ITS_OWN: &str = "does not open: it was tampered with, or sealed for another place; enter the secret again";
const NO_SEAL: &str = "is not a sealed secret; enter the secret again";

/// Keys of 32 bytes each, the newest first.
#[derive(Default)]
pub struct Keys(Vec<Key>);

struct Key {
    id: String,
    cipher: LessSafeKey,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl Keys {
    /// Reads the keys of the engineer's file: each 64 hexadecimal digits.
    ///
    /// # Errors
    /// Which key is not one, without quoting it.
    pub fn read(sources: &[SecretSource], environment: Environment<'_>) -> Result<Self, String> {
        let keys = sources.iter().enumerate().map(|(i, source)| {
            let place = |problem: String| format!("settings.keys: number {}: {problem}", i + 1);
            let text = source.read(environment).map_err(|e| place(e.to_string()))?;
            key(&text)
                .ok_or_else(|| place("a key is 64 hexadecimal digits; `openssl rand -hex 32` makes one".to_owned()))
        });
        keys.collect::<Result<_, _>>().map(Self)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Seals a secret for its place. The nonce must be random: no two secrets may have one.
    pub fn seal(
        &self,
        location: SecretLocation<'_>,
        secret: &str,
        nonce: [u8; NONCE_LEN],
    ) -> Result<String, &'static str> {
        let key = self.0.first().ok_or(NO_KEY)?;
        let mut text = secret.as_bytes().to_vec();
        let aad = Aad::from(bound(location));
        key.cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
            .map_err(|_| NO_KEY)?;
        let sealed = BASE64.encode([&nonce[..], &text].concat());
        Ok(format!("{FORM}.{}.{sealed}", key.id))
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, location: SecretLocation<'_>, text: &str) -> Result<SecretString, &'static str> {
        let (id, sealed) = parts(text).ok_or(NO_SEAL)?;
        let key = self.0.iter().find(|key| key.id == id).ok_or(WRONG_KEY)?;
        let sealed = BASE64.decode(sealed).map_err(|_| NO_SEAL)?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(NO_SEAL)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NO_SEAL)?;
        let mut sealed = sealed.to_vec();
        let opened = key.cipher.open_in_place(nonce, Aad::from(bound(location)), &mut sealed);
        let opened = opened.map_err(|_| NOT_ITS_OWN)?;
        let opened = std::str::from_utf8(opened).map_err(|_| NO_SEAL)?;
        Ok(SecretString::from(opened))
    }

    /// Whether a text was sealed by the newest key.
    pub fn is_newest(&self, text: &str) -> bool {
        let newest = self.0.first().map(|key| key.id.as_str());
        parts(text).is_some_and(|(id, _)| Some(id) == newest)
    }
}

fn key(text: &SecretString) -> Option<Key> {
    let bytes = hex::decode(text.expose_secret().trim()).ok()?;
    // The id reveals nothing about the key.
    let id = hex::encode(&Sha256::digest([b"bellhop settings key ".as_slice(), &bytes].concat())[..4]);
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?);
    Some(Key { id, cipher })
}

/// Splits the key's id from the rest.
fn parts(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(FORM)?.strip_prefix('.')?.split_once('.')
}

/// The data that a sealed secret is bound to. It is a list, so that no two places have the same encoding.
fn bound(location: SecretLocation<'_>) -> Vec<u8> {
    let organisation = location.key.organisation().unwrap_or_default();
    let list = [organisation, location.key.name(), location.field];
    let list = serde_json::json!([location.key.code(), list]);
    list.to_string().into_bytes()
}
