//! The signature: HMAC-SHA256 over `id.timestamp.body`, in base64.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// With what a secret begins; the rest is base64.
pub const SECRET_PREFIX: &str = "whsec_";
/// A secret's bytes, as the standard has them.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The text is not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret is {SECRET_PREFIX} and 24 to 64 bytes in base64")]
pub struct NotASecret;

/// A new secret of these random bytes.
pub fn new_secret(random: [u8; 32]) -> SecretString {
    SecretString::from(format!("{SECRET_PREFIX}{}", STANDARD.encode(random)))
}

/// Signs with all secrets that are valid, the newest first: during a rotation whoever verifies may know either.
pub struct Signer(Vec<Key>);

impl Signer {
    /// # Errors
    /// When one is not a secret.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Result<Self, NotASecret> {
        let key = |secret: &SecretString| {
            let text = secret.expose_secret().strip_prefix(SECRET_PREFIX).ok_or(NotASecret)?;
            let bytes = STANDARD.decode(text).map_err(|_| NotASecret)?;
            LENGTHS
                .contains(&bytes.len())
                .then(|| Key::new(HMAC_SHA256, &bytes))
                .ok_or(NotASecret)
        };
        secrets.into_iter().map(key).collect::<Result<_, _>>().map(Self)
    }

    /// The header `webhook-signature`; `timestamp` is in seconds.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let signed = format!("{id}.{timestamp}.{body}");
        let signature = |key: &Key| format!("v1,{}", STANDARD.encode(sign(key, signed.as_bytes())));
        self.0.iter().map(signature).collect::<Vec<_>>().join(" ")
    }
}
