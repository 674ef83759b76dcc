//! The site's VAPID key (RFC 8292): a P-256 pair that every subscription of the site is bound to.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use std::fmt;

const BEGIN: &str = "-----BEGIN ";
const LINE: usize = 64;

/// The pair. A lost or changed key costs every subscription made with it.
pub struct VapidKey {
    /// PKCS #8, DER.
    private: SecretSlice<u8>,
    /// The uncompressed point, 65 bytes.
    public: Vec<u8>,
}

impl VapidKey {
    /// Makes a new pair.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, String> {
        let made = PrivateKey::generate(&ECDH_P256).and_then(|key| Self::of(&key));
        made.map_err(|_| "the system gives no randomness for a key".to_owned())
    }

    /// Reads a private key: PEM (PKCS #8, or SEC 1 as openssl writes it), or the 32 bytes in base64url as most
    /// web push tools print them.
    ///
    /// # Errors
    /// What is wrong with it, never its content.
    pub fn read(text: &str) -> Result<Self, String> {
        let key = if text.contains(BEGIN) {
            let der = pem(text)?;
            PrivateKey::from_private_key_der(&ECDH_P256, &der)
                .map_err(|e| format!("the PEM contains no P-256 private key ({e})"))?
        } else {
            let bytes = URL_SAFE_NO_PAD
                .decode(text.trim().trim_end_matches('='))
                .map_err(|_| "it is neither PEM nor base64url".to_owned())?;
            PrivateKey::from_private_key(&ECDH_P256, &bytes).map_err(|e| {
                format!(
                    "{} bytes of base64url are not a P-256 private key of 32 ({e})",
                    bytes.len()
                )
            })?
        };
        Self::of(&key).map_err(|_| "it is not a P-256 private key".to_owned())
    }

    fn of(key: &PrivateKey) -> Result<Self, Unspecified> {
        let private: Pkcs8V1Der<'_> = key.as_der()?;
        Ok(Self {
            private: SecretSlice::from(private.as_ref().to_vec()),
            public: key.compute_public_key()?.as_ref().to_vec(),
        })
    }

    /// The public key, as the site passes it to `subscribe()` and push services get it in `k=`.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.public)
    }

    /// The private key as a PEM file (PKCS #8).
    pub fn to_pem(&self) -> SecretString {
        let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
        let mut body = STANDARD.encode(self.private.expose_secret());
        while !body.is_empty() {
            let rest = body.split_off(LINE.min(body.len()));
            pem.push_str(&body);
            pem.push('\n');
            body = rest;
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        SecretString::from(pem)
    }

    pub(super) fn signing(&self) -> EncodingKey {
        EncodingKey::from_ec_der(self.private.expose_secret())
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VapidKey({})", self.public())
    }
}

/// The bytes of the private key's block; others, such as `EC PARAMETERS`, may stand before it.
fn pem(text: &str) -> Result<Vec<u8>, String> {
    let block = text
        .split(BEGIN)
        .skip(1)
        .find_map(|block| block.split_once("PRIVATE KEY-----"))
        .ok_or("the PEM contains no private key")?;
    if block.0.contains("ENCRYPTED") {
        return Err("the PEM is encrypted; write it without a passphrase".to_owned());
    }
    let body: String = block
        .1
        .split("-----END")
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    STANDARD.decode(body).map_err(|_| "the PEM is damaged".to_owned())
}
