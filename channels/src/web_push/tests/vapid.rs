use super::{NOW, b64};
use crate::web_push::VapidKey;
use crate::web_push::services::PushServices;
use crate::web_push::vapid::{Signer, check_subject};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use bellhop_domain::Timestamp;
use serde_json::{Value, json};

/// RFC 8292 §2.4.
const OF_THE_RFC: &str = "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";

/// A push service's side: checks the signature and gives the JWT's header and claims.
fn verify(header: &str) -> Option<(Value, Value)> {
    let (token, key) = header.strip_prefix("vapid t=")?.split_once(',')?;
    let key = key.trim_start().strip_prefix("k=")?;
    let (signed, signature) = token.rsplit_once('.')?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, b64(key))
        .verify(signed.as_bytes(), &b64(signature))
        .ok()?;
    let (head, claims) = signed.split_once('.')?;
    let json = |part| serde_json::from_slice(&b64(part)).ok();
    Some((json(head)?, json(claims)?))
}

fn signer() -> Signer {
    Signer::new(&VapidKey::generate().unwrap(), "mailto:push@example.com".to_owned())
}

#[test]
fn the_tests_own_push_service_believes_the_rfcs_token_and_no_other() {
    let (head, claims) = verify(OF_THE_RFC).unwrap();
    assert_eq!(head, json!({"typ": "JWT", "alg": "ES256"}));
    assert_eq!(claims["aud"], "https://push.example.net");
    assert_eq!(verify(&OF_THE_RFC.replace("i3CYb7t4", "i3CYb7t5")), None);
}

#[test]
fn a_token_has_the_rfcs_form() {
    let signer = signer();
    let token = signer.sign("https://push.example.net", NOW).unwrap();
    assert!(token.header.is_sensitive());
    let header = token.header.to_str().unwrap();
    // A space after the comma is legal, and a common library (py_vapid) refuses it.
    assert!(header.ends_with(&format!(",k={}", signer.public())));
    assert_eq!(header.matches(' ').count(), 1, "{header}");
    let (head, claims) = verify(header).unwrap();
    assert_eq!(head, json!({"typ": "JWT", "alg": "ES256"}));
    let exp = NOW.0 / 1000 + 12 * 3600;
    assert_eq!(
        claims,
        json!({"aud": "https://push.example.net", "exp": exp, "sub": "mailto:push@example.com"})
    );
}

#[test]
fn one_token_for_each_service_serves_for_hours() {
    let (services, signer) = (PushServices::default(), signer());
    let token = |origin: &str, minutes: i64| {
        let now = Timestamp(NOW.0 + minutes * 60_000);
        services.of(origin).token(&signer, origin, now).unwrap().header.clone()
    };
    let first = token("https://a.example", 0);
    assert_eq!(token("https://a.example", 479), first);
    assert_ne!(token("https://b.example", 0), first);
    let second = token("https://a.example", 480);
    assert_ne!(second, first);
    assert_eq!(token("https://a.example", 480 + 479), second);
    // A clock that is set back a little keeps the token, whose life is still under a day; a clock that is set back a
    // lot does not.
    assert_eq!(token("https://a.example", 480 - 59), second);
    assert_ne!(token("https://a.example", 480 - 61), second);
}

#[test]
fn only_contacts_that_apple_takes_are_subjects() {
    for good in ["mailto:push@brand.example", "https://brand.example/contact"] {
        assert_eq!(check_subject(good), Ok(()));
    }
    for (bad, word) in [
        ("push@brand.example", "neither mailto: nor https:"),
        ("http://brand.example", "neither mailto: nor https:"),
        ("mailto:push", "no mail address"),
        ("mailto:@brand.example", "no mail address"),
        ("mailto:<push@brand.example>", "angle bracket"),
        ("mailto: push@brand.example", "space"),
        ("https://localhost", "no public host"),
        ("mailto:me@localhost", "no public host"),
        ("", "neither"),
    ] {
        let error = check_subject(bad).unwrap_err();
        assert!(error.contains(word), "{bad}: {error}");
    }
}
