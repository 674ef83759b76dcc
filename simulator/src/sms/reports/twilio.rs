//! Twilio's reports (PROVIDERS §4.6).

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::RequestBuilder;

/// A status callback.
#[derive(Debug)]
pub(in crate::sms) struct Report {
    pub(in crate::sms) url: String,
    pub(in crate::sms) fields: BTreeMap<&'static str, String>,
}

impl Report {
    pub(in crate::sms) fn write(&self, token: &str, request: RequestBuilder) -> RequestBuilder {
        request
            .header("X-Twilio-Signature", signature(token, &self.url, &self.fields))
            .form(&self.fields)
    }
}

/// The signature over the URL and each field, sorted by name and directly followed by its value.
fn signature(token: &str, url: &str, fields: &BTreeMap<&'static str, String>) -> String {
    let mut signed = url.to_owned();
    for (name, value) in fields {
        signed.push_str(name);
        signed.push_str(value);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_signature() {
        let fields = BTreeMap::from([
            ("MessageSid", "SM123".to_owned()),
            ("MessageStatus", "delivered".to_owned()),
            ("To", "+15005550006".to_owned()),
        ]);
        assert_eq!(
            signature("12345", "https://example.com/sms/status", &fields),
            "nqr8WuJBZ3P0C4Yv4zTIN9sOq4k="
        );
    }
}
