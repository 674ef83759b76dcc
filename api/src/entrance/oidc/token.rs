//! The identity token (OpenID Connect Core §3.1.3.7): signed by the service, for us, for this login, and now.

use super::Failed;
use bellhop_domain::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

/// How far the service's clock may differ from ours, in seconds.
const SKEW_S: f64 = 60.0;

#[derive(Deserialize)]
struct Claims {
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    nonce: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    // Whose it is was compared when the token was read.
    One(#[allow(dead_code, reason = "its form is what counts")] String),
    Several(Vec<String>),
}

/// The verified e-mail of the person whom the token is about.
pub(super) fn verified_email(
    token: &str,
    keys: &JwkSet,
    issuer: &str,
    client: &str,
    nonce: &str,
    now: Timestamp,
) -> Result<String, Failed> {
    let failed = |what: &str| Failed(format!("the identity token {what}"));
    let header = jsonwebtoken::decode_header(token).map_err(|_| failed("cannot be read"))?;
    // Only what the service alone can sign: never a secret that we have too, and never nothing.
    let signs = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
    if !signs.contains(&header.alg) {
        return Err(failed("is signed in a way that is not taken"));
    }
    let key =
        signing(keys, header.kid.as_deref(), header.alg).ok_or_else(|| failed("is signed by no key of the service"))?;
    let mut rules = Validation::new(header.alg);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[client]);
    rules.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    // By our own clock, below.
    rules.validate_exp = false;
    let read = jsonwebtoken::decode::<Claims>(token, &key, &rules);
    let claims = read
        .map_err(|_| failed("is not signed by the service, or not for us"))?
        .claims;
    if claims.exp + SKEW_S <= now.0 as f64 / 1_000.0 {
        return Err(failed("is over"));
    }
    if claims.nonce.as_deref() != Some(nonce) {
        return Err(failed("is for another login"));
    }
    let several = matches!(&claims.aud, Audience::Several(all) if all.len() > 1);
    if claims.azp.as_deref().is_some_and(|azp| azp != client) || (several && claims.azp.is_none()) {
        return Err(failed("was made for another client"));
    }
    match (claims.email, claims.email_verified) {
        (Some(email), Some(true)) => Ok(email),
        (Some(_), _) => Err(failed("has an e-mail that the service has not verified")),
        (None, _) => Err(failed("has no e-mail")),
    }
}

/// The key of this id, for this way of signing; without an id, the only one there is.
fn signing(keys: &JwkSet, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
    let fits = |key: &&Jwk| {
        let kind = match &key.algorithm {
            AlgorithmParameters::RSA(_) => matches!(algorithm, Algorithm::RS256 | Algorithm::PS256),
            AlgorithmParameters::EllipticCurve(_) => algorithm == Algorithm::ES256,
            AlgorithmParameters::OctetKeyPair(_) => algorithm == Algorithm::EdDSA,
            _ => false,
        };
        kind && (id.is_none() || key.common.key_id.as_deref() == id)
    };
    let mut fitting = keys.keys.iter().filter(fits);
    let key = fitting.next()?;
    (id.is_some() || fitting.next().is_none()).then(|| DecodingKey::from_jwk(key).ok())?
}
