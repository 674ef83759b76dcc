//! A provider that puts a secret into a header of each of its calls, instead of signing them.

use crate::WebhookError;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

/// The header of a call that must hold the secret.
pub(crate) struct SecretHeader {
    name: &'static str,
    secret: SecretString,
}

impl SecretHeader {
    /// The header's name is in lower case.
    pub fn new(name: &'static str, secret: SecretString) -> Self {
        Self { name, secret }
    }

    /// Compares in constant time.
    ///
    /// # Errors
    /// [`WebhookError::BadSignature`] if the header is absent or holds something else.
    pub fn verify(&self, headers: &HeaderMap) -> Result<(), WebhookError> {
        let given = headers.get(self.name).ok_or(WebhookError::BadSignature)?;
        verify_slices_are_equal(given.as_bytes(), self.secret.expose_secret().as_bytes())
            .map_err(|_| WebhookError::BadSignature)
    }
}
