//! How addresses of endpoints are written (ARCHITECTURE.md, "Addresses"): one form each, so that one address is one
//! endpoint.

use serde::{Deserialize, Serialize};

/// What begins the token of an app of APNs' sandbox.
pub const APNS_SANDBOX: &str = "sandbox:";

/// Why a text is no address; what to send instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnAddress(&'static str);

/// A device's token: small hex digits, with [`APNS_SANDBOX`] before them for a development build.
pub fn apns(token: &str, sandbox: bool) -> Result<String, NotAnAddress> {
    let token = token.trim();
    let (token, sandbox) = match token.strip_prefix(APNS_SANDBOX) {
        Some(token) => (token, true),
        None => (token, sandbox),
    };
    // Of any size: 32 bytes today, and Apple asks not to count on that.
    let good = (2..=200).contains(&token.len())
        && token.len().is_multiple_of(2)
        && token.bytes().all(|c| c.is_ascii_hexdigit());
    if !good {
        return Err(NotAnAddress("is no APNs device token; send its bytes as hex digits"));
    }
    let token = token.to_ascii_lowercase();
    Ok(if sandbox {
        format!("{APNS_SANDBOX}{token}")
    } else {
        token
    })
}

/// A browser's push subscription (W3C Push API) as `PushSubscription.toJSON()` gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The URL at the push service: what stays the same while the keys may change.
    pub endpoint: String,
    pub keys: SubscriptionKeys,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionKeys {
    /// The browser's public key: an uncompressed point of P-256, base64url.
    pub p256dh: String,
    /// Its secret, 16 bytes, base64url.
    pub auth: String,
}

/// base64url without padding of 65 and 16 bytes.
const P256DH_CHARS: usize = 87;
const AUTH_CHARS: usize = 22;

impl Subscription {
    /// Reads a subscription; what browsers add to it (`expirationTime`) is left out.
    pub fn parse(json: &str) -> Result<Self, NotAnAddress> {
        let mut read: Subscription = serde_json::from_str(json).map_err(|_| {
            NotAnAddress("is no push subscription; send what the browser's PushSubscription.toJSON() gives")
        })?;
        let endpoint = read.endpoint.as_str();
        let host = endpoint.strip_prefix("https://").unwrap_or_default();
        let clean = endpoint
            .bytes()
            .all(|c| c.is_ascii_graphic() && c != b'"' && c != b'\\');
        if host.is_empty() || host.starts_with('/') || !clean {
            return Err(NotAnAddress(
                "has an endpoint that is no https URL; send the browser's own",
            ));
        }
        for (key, chars) in [(&mut read.keys.p256dh, P256DH_CHARS), (&mut read.keys.auth, AUTH_CHARS)] {
            *key = key.trim_end_matches('=').replace('+', "-").replace('/', "_");
            let good = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
            if key.len() != chars || !key.bytes().all(good) {
                return Err(NotAnAddress(
                    "has keys that are none of a browser: p256dh is 65 bytes and auth 16, in base64url",
                ));
            }
        }
        Ok(read)
    }

    /// The one form in which it is an endpoint's address: compact JSON.
    pub fn address(&self) -> String {
        // Nothing in it needs an escape: `parse` has seen to that.
        format!(
            r#"{}"keys":{{"p256dh":"{}","auth":"{}"}}}}"#,
            self.stem(),
            self.keys.p256dh,
            self.keys.auth
        )
    }

    /// What all addresses with this subscription's URL begin with, and no others.
    pub fn stem(&self) -> String {
        format!(r#"{{"endpoint":"{}","#, self.endpoint)
    }
}

/// WhatsApp's own id of a user who hides the number: a country and letters or digits (PROVIDERS.md §5).
pub fn is_whatsapp_user_id(text: &str) -> bool {
    text.split_once('.').is_some_and(|(country, id)| {
        country.len() == 2
            && country.bytes().all(|c| c.is_ascii_uppercase())
            && (1..=128).contains(&id.len())
            && id.bytes().all(|c| c.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_tokens_have_one_form() {
        let token = "AB".repeat(32);
        let small = "ab".repeat(32);
        assert_eq!(apns(&token, false).as_deref(), Ok(small.as_str()));
        let sandbox = format!("sandbox:{small}");
        assert_eq!(apns(&format!(" {token} "), true).as_ref(), Ok(&sandbox));
        assert_eq!(apns(&sandbox, false).as_ref(), Ok(&sandbox));
        for bad in [
            "",
            "a",
            "token",
            &"ab".repeat(101),
            &format!("{small}a"),
            &"xy".repeat(32),
            "sandbox:",
        ] {
            assert!(apns(bad, false).is_err(), "{bad}");
        }
    }

    fn subscription(endpoint: &str, p256dh: &str, auth: &str) -> String {
        serde_json::json!({"endpoint": endpoint, "expirationTime": null, "keys": {"auth": auth, "p256dh": p256dh}})
            .to_string()
    }

    #[test]
    fn a_subscription_has_one_form() {
        let (p256dh, auth) = ("B".repeat(87), "a".repeat(22));
        let url = "https://push.example/wpush/v2/g%41?a=1&b";
        let read = Subscription::parse(&subscription(url, &format!("{p256dh}="), &auth)).unwrap();
        let address = read.address();
        assert_eq!(
            address,
            format!(r#"{{"endpoint":"{url}","keys":{{"p256dh":"{p256dh}","auth":"{auth}"}}}}"#)
        );
        assert_eq!(serde_json::to_string(&read).unwrap(), address);
        assert_eq!(Subscription::parse(&address).unwrap(), read);
        assert!(address.starts_with(&read.stem()));
        for bad in [
            "{}".to_owned(),
            "token".to_owned(),
            subscription("http://push.example/x", &p256dh, &auth),
            subscription("https://", &p256dh, &auth),
            subscription("https://push.example/\"x", &p256dh, &auth),
            subscription(url, "short", &auth),
            subscription(url, &p256dh, &"!".repeat(22)),
        ] {
            assert!(Subscription::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn user_ids_are_told_from_phones() {
        for good in ["RU.13491208655302741918", "US.a1"] {
            assert!(is_whatsapp_user_id(good), "{good}");
        }
        for bad in ["+79990000001", "ru.1", "RUS.1", "RU.", "RU.1 2", "79990000001"] {
            assert!(!is_whatsapp_user_id(bad), "{bad}");
        }
    }
}
