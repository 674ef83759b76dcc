//! How the addresses of endpoints are written: in one form each, so that the same address is always the same
//! endpoint.

use crate::fault::Why;
use serde::{Deserialize, Serialize};

/// The prefix of a token that belongs to APNs' sandbox, that is, to a development build.
pub const APNS_SANDBOX: &str = "sandbox:";

/// Why a text is not an address, and what to send instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnAddress(pub Why);

/// A device's token: lower-case hex digits, with [`APNS_SANDBOX`] before them for a development build.
pub fn apns(token: &str, sandbox: bool) -> Result<String, NotAnAddress> {
    let token = token.trim();
    let (token, sandbox) = match token.strip_prefix(APNS_SANDBOX) {
        Some(token) => (token, true),
        None => (token, sandbox),
    };
    // Any length is taken: tokens have 32 bytes today, and Apple asks developers not to rely on that.
    let good = (2..=200).contains(&token.len())
        && token.len().is_multiple_of(2)
        && token.bytes().all(|c| c.is_ascii_hexdigit());
    if !good {
        return Err(NotAnAddress(Why::NoApnsToken));
    }
    let token = token.to_ascii_lowercase();
    Ok(if sandbox {
        format!("{APNS_SANDBOX}{token}")
    } else {
        token
    })
}

/// A shorter text without a digit is a word: a token has 140 or more random characters.
const WORD_CHARS: usize = 64;
/// The length of Apple's token in hex.
const APNS_CHARS: usize = 64;

/// The longest that is stored: an index entry of PostgreSQL holds 2.7 kB.
const TOKEN_CHARS: usize = 1_000;

/// Whether a text is what programs write for "nothing", like `null`.
pub fn says_nothing(text: &str) -> bool {
    let word = text.trim().trim_matches(['(', ')', '<', '>']).to_ascii_lowercase();
    matches!(
        word.as_str(),
        "" | "null" | "nil" | "none" | "undefined" | "nan" | "n/a" | "-" | "–" | "—"
    )
}

/// A registration token of FCM. Refuses what apps send when they have none: a word for nothing, the name of an error,
/// a printed object, a token of another kind.
pub fn fcm(token: &str) -> Result<String, NotAnAddress> {
    let token = token.trim();
    let refused = |why| Err(NotAnAddress(why));
    if token.is_empty() {
        return refused(Why::FcmTokenEmpty);
    }
    if token.len() > TOKEN_CHARS {
        return refused(Why::FcmTokenLong);
    }
    let of_a_token = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b':');
    if !token.bytes().all(of_a_token) {
        return refused(Why::FcmTokenCharacters);
    }
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 && token.len() < WORD_CHARS {
        return refused(Why::FcmTokenWord);
    }
    if token
        .bytes()
        .all(|c| c.is_ascii_digit() || matches!(c, b'-' | b'_' | b':'))
    {
        return refused(Why::FcmTokenNumber);
    }
    let hex = token.bytes().all(|c| c.is_ascii_hexdigit());
    if hex && token.len() == APNS_CHARS {
        return refused(Why::FcmTokenOfApns);
    }
    if is_uuid(token) {
        return refused(Why::FcmTokenId);
    }
    Ok(token.to_owned())
}

/// `8-4-4-4-12` hex digits.
fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| part.bytes().all(|c| c.is_ascii_hexdigit()))
}

/// Hosts that browsers put into an endpoint when they have no push service: nothing that is posted there ever
/// arrives.
fn leads_nowhere(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    // Chrome's stand-in for a subscription that it has given up (RFC 2606 keeps the name free), and that of a
    // Chromium built without Google's keys.
    host == "invalid" || host.ends_with(".invalid") || host == "jmt17.google.com"
}

/// A browser's push subscription (W3C Push API) as `PushSubscription.toJSON()` gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The URL at the push service. It stays the same when the keys change.
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

/// The lengths of 65 and 16 bytes in base64url without padding.
const P256DH_CHARS: usize = 87;
const AUTH_CHARS: usize = 22;

impl Subscription {
    /// Reads a subscription, without what browsers add to it (`expirationTime`).
    pub fn parse(json: &str) -> Result<Self, NotAnAddress> {
        let mut read: Subscription = serde_json::from_str(json).map_err(|_| NotAnAddress(Why::NoSubscription))?;
        let endpoint = read.endpoint.as_str();
        let host = endpoint.strip_prefix("https://").unwrap_or_default();
        let clean = endpoint
            .bytes()
            .all(|c| c.is_ascii_graphic() && c != b'"' && c != b'\\');
        if host.is_empty() || host.starts_with('/') || !clean {
            return Err(NotAnAddress(Why::SubscriptionEndpoint));
        }
        let end = host.find(['/', '?', '#', ':']).unwrap_or(host.len());
        if leads_nowhere(&host[..end]) {
            return Err(NotAnAddress(Why::SubscriptionNowhere));
        }
        for (key, chars) in [(&mut read.keys.p256dh, P256DH_CHARS), (&mut read.keys.auth, AUTH_CHARS)] {
            *key = key.trim_end_matches('=').replace('+', "-").replace('/', "_");
            let good = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
            if key.len() != chars || !key.bytes().all(good) {
                return Err(NotAnAddress(Why::SubscriptionKeys));
            }
        }
        Ok(read)
    }

    /// The one form in which it is an endpoint's address: compact JSON.
    pub fn address(&self) -> String {
        // `parse` lets nothing in that would need an escape.
        format!(
            r#"{}"keys":{{"p256dh":"{}","auth":"{}"}}}}"#,
            self.stem(),
            self.keys.p256dh,
            self.keys.auth
        )
    }

    /// The beginning that addresses with this subscription's URL have in common, and no other address has.
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

    #[test]
    fn a_token_of_fcm_is_none_of_what_apps_send_in_its_place() {
        let real = format!("cases27AAAAAAAAAAAAAAA:APA91b{}", "H".repeat(120));
        for good in [
            real.as_str(),
            &format!(" {real}\n"),
            "token-0000001",
            "sim:unregistered:token-1",
            &"A".repeat(152),
        ] {
            assert_eq!(fcm(good).as_deref(), Ok(good.trim()), "{good}");
        }
        let hex = "ab".repeat(31) + "01";
        for bad in [
            "",
            " ",
            "null",
            "NULL",
            "(null)",
            "<nil>",
            "nil",
            "None",
            "undefined",
            "NaN",
            "true",
            "0",
            "-1",
            "BLACKLISTED",
            "MISSING_INSTANCEID_SERVICE",
            "SERVICE_NOT_AVAILABLE",
            "AUTHENTICATION_FAILED",
            "YOUR_FCM_TOKEN",
            "{token}",
            "[object Object]",
            "[object Promise]",
            "Promise { <pending> }",
            "com.google.android.gms.tasks.zzw@1a2b3c",
            "java.io.IOException: SERVICE_NOT_AVAILABLE",
            "+79990000001",
            "79990000001",
            "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
            "токен1",
            &hex,
            &format!("Optional(\"{real}\")"),
            &format!("\"{real}\""),
            &format!("{real} {real}"),
        ] {
            assert!(fcm(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_for_nothing_are_known() {
        for nothing in [
            "",
            " ",
            "null",
            "NULL",
            "(null)",
            "<nil>",
            "None",
            "undefined",
            "NaN",
            "n/a",
            "-",
            "—",
        ] {
            assert!(says_nothing(nothing), "{nothing}");
        }
        for word in ["token-1", "BLACKLISTED", "[object Object]", "0"] {
            assert!(!says_nothing(word), "{word}");
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
            subscription("https://permanently-removed.invalid/fcm/send/x", &p256dh, &auth),
            subscription("https://Permanently-Removed.INVALID./x", &p256dh, &auth),
            subscription("https://jmt17.google.com/fcm/send/x", &p256dh, &auth),
            subscription("https://jmt17.google.com:443", &p256dh, &auth),
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
