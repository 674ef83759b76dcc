use super::{KEY, NOW, TEAM, minutes, new_key, pem};
use crate::apns::token::{ProviderToken, Renewal, TokenSource};
use bellhop_domain::{Outcome, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// A token source that no other test uses.
fn source() -> Arc<TokenSource> {
    TokenSource::shared(TEAM, "ABC123DEFG", &pem(&new_key())).unwrap()
}

fn at(source: &TokenSource, minute: u64) -> Arc<ProviderToken> {
    source.token(NOW.plus(minutes(minute))).unwrap()
}

#[test]
fn a_token_says_who_signed_it_and_when_and_no_more() {
    let source = TokenSource::shared(TEAM, "ABC123DEFG", &pem(&KEY)).unwrap();
    let token = source.token(NOW).unwrap();
    assert!(token.header.is_sensitive());
    let text = token.header.to_str().unwrap().strip_prefix("bearer ").unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    let public = jsonwebtoken::DecodingKey::from_ec_pem(KEY.public_key_pem().as_bytes()).unwrap();
    let read = jsonwebtoken::decode::<serde_json::Value>(text, &public, &rules).unwrap();
    assert_eq!(read.header.kid.as_deref(), Some("ABC123DEFG"));
    assert_eq!(read.claims, serde_json::json!({"iss": TEAM, "iat": NOW.0 / 1000}));
    let signature = text.rsplit('.').next().unwrap();
    assert_eq!(signature.len(), 86, "r and s, 64 bytes in base64url, no DER");
}

#[test]
fn senders_with_one_key_share_its_token() {
    let (one, other) = (new_key(), new_key());
    let first = TokenSource::shared(TEAM, "ABC123DEFG", &pem(&one)).unwrap();
    let second = TokenSource::shared(TEAM, "ABC123DEFG", &pem(&one)).unwrap();
    assert!(Arc::ptr_eq(&at(&first, 0), &at(&second, 5)));
    for (team, key_id, key) in [(TEAM, "ABC123DEFG", &other), ("AAAAAAAAAA", "ABC123DEFG", &one)] {
        let stranger = TokenSource::shared(team, key_id, &pem(key)).unwrap();
        assert!(!Arc::ptr_eq(&stranger, &first));
    }
}

#[test]
fn a_token_is_used_for_47_minutes() {
    let source = source();
    let first = at(&source, 0);
    assert!(Arc::ptr_eq(&first, &at(&source, 46)));
    assert!(
        Arc::ptr_eq(&first, &source.token(Timestamp(NOW.0 - 2_000)).unwrap()),
        "clocks differ a little"
    );
    let second = at(&source, 47);
    assert_eq!(second.minted, NOW.plus(minutes(47)));
    assert!(Arc::ptr_eq(&second, &at(&source, 93)));
}

#[test]
fn a_clock_that_was_set_back_does_not_keep_a_token_from_the_future() {
    let source = source();
    let first = at(&source, 60);
    assert!(!Arc::ptr_eq(&first, &at(&source, 0)));
}

#[test]
fn an_expired_token_is_replaced_once_and_never_sooner_than_after_20_minutes() {
    let source = source();
    let first = at(&source, 0);
    let expired = |token, minute| source.expired(token, false, false, NOW.plus(minutes(minute)));
    assert!(matches!(expired(&first, 19), Ok(Renewal::No)));
    let Ok(Renewal::Again(second)) = expired(&first, 20) else {
        panic!("no second token")
    };
    assert!(!Arc::ptr_eq(&first, &second));
    // Pushes under way with the first token wait until the second is accepted, and then get it.
    assert!(matches!(expired(&first, 20), Err(Outcome::Throttled { .. })));
    source.taken(&second);
    let Ok(Renewal::Again(same)) = expired(&first, 21) else {
        panic!("not the second token")
    };
    assert!(Arc::ptr_eq(&same, &second));
    assert!(matches!(expired(&second, 30), Ok(Renewal::No)));
}

#[test]
fn after_too_many_tokens_the_present_one_is_kept_until_it_is_spent() {
    let source = source();
    let first = at(&source, 0);
    source.freeze(NOW.plus(minutes(45)));
    assert!(
        Arc::ptr_eq(&first, &at(&source, 50)),
        "past its renewal, yet still good"
    );
    let expired = source.expired(&first, false, false, NOW.plus(minutes(50)));
    assert!(matches!(expired, Ok(Renewal::No)));
    match source.token(NOW.plus(minutes(59))) {
        Err(Outcome::Throttled { after, .. }) => assert_eq!(after, Some(Duration::from_secs(6 * 60))),
        other => panic!("{other:?}"),
    }
    assert_eq!(at(&source, 65).minted, NOW.plus(minutes(65)));
}

#[test]
fn only_a_p256_key_in_pkcs8_is_taken() {
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    for key in [pem(&p384), "no key".into(), KEY.public_key_pem().into()] {
        let error = TokenSource::shared(TEAM, "ABC123DEFG", &key).err().unwrap();
        assert!(error.contains("not a P-256 key"), "{error}");
    }
}
