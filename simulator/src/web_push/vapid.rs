//! Who may send: the token of RFC 8292, its signature and its claims.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::AUTHORIZATION;
use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::request::Refusal;

const DAY_S: i64 = 24 * 3600;
/// Tokens whose signature is known to be good; senders use one for hours.
const KNOWN_AT_MOST: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Verifier(Mutex<HashMap<String, Arc<Signed>>>);

/// A token with a good signature.
#[derive(Debug)]
struct Signed {
    key: String,
    claims: Claims,
}

#[derive(Debug, Deserialize)]
struct Head {
    typ: String,
    alg: String,
}

#[derive(Debug, Deserialize)]
struct Claims {
    aud: String,
    exp: i64,
    #[serde(default)]
    sub: String,
}

impl Verifier {
    /// Whether the sender may send at `now_s` (seconds since the epoch) to a subscription at `root` that is bound to `key`.
    pub(super) fn verify(&self, headers: &HeaderMap, root: &str, key: Option<&str>, now_s: i64) -> Result<(), Refusal> {
        let forbidden = |words| Err((StatusCode::FORBIDDEN, words));
        let Some(header) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
            return match key {
                Some(_) => Err((StatusCode::UNAUTHORIZED, "this subscription wants a VAPID token")),
                None => Ok(()),
            };
        };
        let Some(signed) = self.signed(header) else {
            return forbidden("the VAPID token is not signed with its key");
        };
        let Claims { aud, exp, sub } = &signed.claims;
        if aud != root {
            return forbidden("aud is not this push service");
        }
        if *exp <= now_s {
            return forbidden("the VAPID token has expired");
        }
        if *exp > now_s + DAY_S {
            return forbidden("exp is more than 24 hours ahead");
        }
        // Apple's rule.
        if !sub.starts_with("mailto:") && !sub.starts_with("https:") {
            return forbidden("sub is neither mailto: nor https:");
        }
        match key {
            Some(key) if key != signed.key => forbidden(
                "the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.",
            ),
            _ => Ok(()),
        }
    }

    fn signed(&self, header: &str) -> Option<Arc<Signed>> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(header) {
            return Some(Arc::clone(known));
        }
        let signed = Arc::new(check(header)?);
        let mut known = lock();
        if known.len() >= KNOWN_AT_MOST {
            known.clear();
        }
        known.insert(header.to_owned(), Arc::clone(&signed));
        Some(signed)
    }
}

/// Reads `vapid t=…, k=…` in either order and verifies the signature by `k`.
fn check(header: &str) -> Option<Signed> {
    let parameters = header
        .strip_prefix("vapid ")
        .or_else(|| header.strip_prefix("Vapid "))?;
    let parameter = |name: &str| {
        parameters
            .split(',')
            .find_map(|one| one.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let (token, key) = (parameter("t")?, parameter("k")?);
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let mut parts = token.split('.');
    let (head, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let signed = &token[..head.len() + 1 + claims.len()];
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes(key)?)
        .verify(signed.as_bytes(), &bytes(signature)?)
        .ok()?;
    let head: Head = serde_json::from_slice(&bytes(head)?).ok()?;
    let is_right = head.typ == "JWT" && head.alg == "ES256" && parts.next().is_none();
    is_right.then_some(Signed {
        key: key.to_owned(),
        claims: serde_json::from_slice(&bytes(claims)?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8292 §2.4.
    const TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA";
    const KEY: &str = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
    const EXP: i64 = 1_453_523_768;

    fn verified(authorization: Option<&str>, root: &str, key: Option<&str>, now_s: i64) -> u16 {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, value.parse().unwrap());
        }
        let verdict = Verifier::default().verify(&headers, root, key, now_s);
        verdict.map_or_else(|(status, _)| status.as_u16(), |()| 200)
    }

    #[test]
    fn the_rfcs_token_is_believed_where_and_while_it_holds() {
        let (root, good) = ("https://push.example.net", format!("vapid t={TOKEN}, k={KEY}"));
        let swapped = format!("vapid k={KEY},t={TOKEN}");
        let forged = good.replace("i3CYb7t4", "i3CYb7t5");
        for (authorization, root, key, now_s, status) in [
            (Some(good.as_str()), root, Some(KEY), EXP - 60, 200),
            (Some(swapped.as_str()), root, Some(KEY), EXP - 60, 200),
            (Some(good.as_str()), root, None, EXP - 60, 200),
            (None, root, None, EXP - 60, 200),
            (None, root, Some(KEY), EXP - 60, 401),
            (
                Some(good.as_str()),
                "https://other.example.net",
                Some(KEY),
                EXP - 60,
                403,
            ),
            (Some(good.as_str()), root, Some("other"), EXP - 60, 403),
            (Some(good.as_str()), root, Some(KEY), EXP, 403),
            (Some(good.as_str()), root, Some(KEY), EXP - DAY_S, 200),
            (Some(good.as_str()), root, Some(KEY), EXP - DAY_S - 1, 403),
            (Some(forged.as_str()), root, Some(KEY), EXP - 60, 403),
            (Some("Bearer x"), root, Some(KEY), EXP - 60, 403),
            (Some("vapid t=a.b.c, k=d"), root, Some(KEY), EXP - 60, 403),
        ] {
            assert_eq!(
                verified(authorization, root, key, now_s),
                status,
                "{authorization:?} {root} {key:?}"
            );
        }
    }
}
