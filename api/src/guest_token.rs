//! Guest tokens (RFC 7519): the brand's backend hands one to the app, and it certifies which guest is logged in there.
//!
//! Anybody who has the app can read the app's key, so it proves nothing about a guest. The token does: it is signed
//! with a key that only the backend has, for one organisation and for some minutes.

use bellhop_domain::Timestamp;
use bellhop_domain::fault::Why;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// How far the backend's clock may differ from ours, in seconds.
const SKEW_S: f64 = 60.0;
/// The longest life that a token may have left.
const LIFE_S: f64 = 3_600.0;
/// A shorter secret, in bytes, is easier to guess than a signature of SHA-256 (RFC 7518 §3.2).
const SECRET_BYTES: usize = 32;

/// The keys that verify the guest tokens of an organisation.
pub struct GuestKeys {
    /// The organisation's slug.
    audience: String,
    keys: Vec<(Algorithm, DecodingKey)>,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// None of the organisation's keys verifies it.
    Unsigned,
    /// It is for another organisation.
    Audience,
    /// A `sub`, `aud` or `exp` is missing or of the wrong type.
    Claims,
    Expired,
    Early,
    LongLived,
}

impl TokenFault {
    pub(crate) fn why(self) -> Why {
        match self {
            TokenFault::Unsigned => Why::GuestTokenUnsigned,
            TokenFault::Audience => Why::GuestTokenOfAnother,
            TokenFault::Claims => Why::GuestTokenClaims,
            TokenFault::Expired => Why::GuestTokenExpired,
            TokenFault::Early => Why::GuestTokenEarly,
            TokenFault::LongLived => Why::GuestTokenLongLived,
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
}

impl GuestKeys {
    /// Each key is a secret of 32 bytes or more for HS256, or a public key in PEM for EdDSA. Several are needed while
    /// one key replaces another.
    pub fn new(audience: &str, keys: &[SecretString]) -> Result<Self, String> {
        let read = |key: &SecretString| {
            let text = key.expose_secret().trim();
            if text.starts_with("-----BEGIN") {
                let key = DecodingKey::from_ed_pem(text.as_bytes());
                let problem = "is no Ed25519 public key in PEM; `openssl pkey -in key.pem -pubout` prints one";
                return key.map(|key| (Algorithm::EdDSA, key)).map_err(|_| problem.to_owned());
            }
            if text.len() < SECRET_BYTES {
                return Err("is shorter than 32 characters; `openssl rand -hex 32` makes a good one".to_owned());
            }
            Ok((Algorithm::HS256, DecodingKey::from_secret(text.as_bytes())))
        };
        Ok(Self {
            audience: audience.to_owned(),
            keys: keys.iter().map(read).collect::<Result<_, _>>()?,
        })
    }

    /// The `customer_id` that a token speaks for.
    pub fn customer(&self, token: &str, now: Timestamp) -> Result<String, TokenFault> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenFault::Unsigned)?;
        // The key decides the algorithm, never the token, so that a public key cannot pass as an HS256 secret.
        let fitting = self.keys.iter().filter(|(algorithm, _)| *algorithm == header.alg);
        let mut fault = TokenFault::Unsigned;
        for (algorithm, key) in fitting {
            match self.verified(token, *algorithm, key) {
                Ok(claims) => return in_time(claims, now),
                // Of several keys, the one that made the signature gives the best reason.
                Err(TokenFault::Unsigned) => {}
                Err(other) => fault = other,
            }
        }
        Err(fault)
    }

    fn verified(&self, token: &str, algorithm: Algorithm, key: &DecodingKey) -> Result<Claims, TokenFault> {
        use jsonwebtoken::errors::ErrorKind;
        let mut rules = Validation::new(algorithm);
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["sub", "aud", "exp"]);
        // It is checked below, by our own clock.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        let token = jsonwebtoken::decode::<Claims>(token, key, &rules).map_err(|error| match error.kind() {
            ErrorKind::InvalidAudience => TokenFault::Audience,
            ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_) => TokenFault::Claims,
            _ => TokenFault::Unsigned,
        })?;
        Ok(token.claims)
    }
}

fn in_time(claims: Claims, now: Timestamp) -> Result<String, TokenFault> {
    let now = now.0 as f64 / 1_000.0;
    let begins = claims.nbf.into_iter().chain(claims.iat).fold(f64::MIN, f64::max);
    if claims.sub.trim().is_empty() || !claims.exp.is_finite() {
        Err(TokenFault::Claims)
    } else if now >= claims.exp + SKEW_S {
        Err(TokenFault::Expired)
    } else if begins > now + SKEW_S {
        Err(TokenFault::Early)
    } else if claims.exp > now + LIFE_S + SKEW_S {
        Err(TokenFault::LongLived)
    } else {
        Ok(claims.sub)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp(1_772_355_600_000);
    const S: i64 = 1_772_355_600;
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIART3hZ7yDW3FWu2bXSATQjAntsGKWX0Sa+pqt08b7dp
-----END PRIVATE KEY-----
";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAUI3M3iKsLHmvJHDuqvGUOuRuaPvl207NWOFQmUeyHMk=
-----END PUBLIC KEY-----";
    const ANOTHER: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAiyuYUdhJbF4hW3Pcwl8hwG8sF2tVIWfJoCTVvmzkAD4=
-----END PUBLIC KEY-----";

    fn signed(algorithm: Algorithm, key: &EncodingKey, claims: &Value) -> String {
        encode(&Header::new(algorithm), claims, key).unwrap()
    }

    fn hs256(secret: &str, claims: &Value) -> String {
        signed(Algorithm::HS256, &EncodingKey::from_secret(secret.as_bytes()), claims)
    }

    fn keys(texts: &[&str]) -> Result<GuestKeys, String> {
        let texts: Vec<_> = texts.iter().map(|text| SecretString::from(*text)).collect();
        GuestKeys::new("brand", &texts)
    }

    fn claims(changes: &Value) -> Value {
        let mut claims = json!({"sub": "c1", "aud": "brand", "exp": S + 300});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            }
        }
        claims
    }

    #[test]
    fn a_token_speaks_for_a_guest_of_one_organisation_for_minutes() {
        let ours = keys(&[SECRET]).unwrap();
        for (changes, expected) in [
            (json!({}), Ok("c1")),
            (json!({"aud": ["x", "brand"]}), Ok("c1")),
            (json!({"exp": S - 59}), Ok("c1")),
            (json!({"iat": S + 59, "nbf": S - 5}), Ok("c1")),
            (json!({"exp": S + 3_600}), Ok("c1")),
            (json!({"exp": S - 60}), Err(TokenFault::Expired)),
            (json!({"exp": 0}), Err(TokenFault::Expired)),
            (json!({"exp": S + 3_661}), Err(TokenFault::LongLived)),
            (json!({"exp": 1e300}), Err(TokenFault::Claims)),
            (json!({"nbf": S + 61}), Err(TokenFault::Early)),
            (json!({"iat": S + 61}), Err(TokenFault::Early)),
            (json!({"aud": "other"}), Err(TokenFault::Audience)),
            (json!({"aud": null}), Err(TokenFault::Claims)),
            (json!({"exp": null}), Err(TokenFault::Claims)),
            (json!({"exp": "tomorrow"}), Err(TokenFault::Claims)),
            (json!({"sub": null}), Err(TokenFault::Claims)),
            (json!({"sub": 17}), Err(TokenFault::Claims)),
            (json!({"sub": " "}), Err(TokenFault::Claims)),
        ] {
            let token = hs256(SECRET, &claims(&changes));
            let expected = expected.map(str::to_owned);
            assert_eq!(ours.customer(&token, NOW), expected, "{changes}");
        }
    }

    #[test]
    fn only_the_backends_signature_counts() {
        let ours = keys(&[SECRET]).unwrap();
        let right = claims(&json!({}));
        let genuine = hs256(SECRET, &right);
        let (head, body) = genuine.rsplit_once('.').unwrap();
        // {"alg":"none"}
        let none = format!("eyJhbGciOiJub25lIn0.{}.", head.split_once('.').unwrap().1);
        let hs512 = signed(Algorithm::HS512, &EncodingKey::from_secret(SECRET.as_bytes()), &right);
        let other = hs256(&SECRET.replace('0', "1"), &right);
        let longer = format!("{genuine}A");
        for forged in [
            "",
            "a.b.c",
            head,
            &none,
            &hs512,
            &other,
            &longer,
            &format!("{body}.{head}"),
        ] {
            assert_eq!(ours.customer(forged, NOW), Err(TokenFault::Unsigned), "{forged}");
        }
    }

    #[test]
    fn a_public_key_verifies_and_is_no_secret() {
        let pair = EncodingKey::from_ed_pem(PRIVATE.as_bytes()).unwrap();
        let token = signed(Algorithm::EdDSA, &pair, &claims(&json!({})));
        assert_eq!(keys(&[PUBLIC]).unwrap().customer(&token, NOW), Ok("c1".to_owned()));
        assert_eq!(
            keys(&[ANOTHER]).unwrap().customer(&token, NOW),
            Err(TokenFault::Unsigned)
        );
        assert_eq!(
            keys(&[SECRET]).unwrap().customer(&token, NOW),
            Err(TokenFault::Unsigned)
        );
        // Signed with the text of the public key, which anybody may have.
        let forged = hs256(PUBLIC, &claims(&json!({})));
        assert_eq!(
            keys(&[PUBLIC]).unwrap().customer(&forged, NOW),
            Err(TokenFault::Unsigned)
        );
    }

    #[test]
    fn keys_are_changed_without_a_gap_and_bad_ones_are_told() {
        let new = SECRET.replace('0', "1");
        let both = keys(&[SECRET, &new]).unwrap();
        for secret in [SECRET, &new] {
            assert!(both.customer(&hs256(secret, &claims(&json!({}))), NOW).is_ok());
            let other = hs256(secret, &claims(&json!({"aud": "other"})));
            assert_eq!(both.customer(&other, NOW), Err(TokenFault::Audience));
        }
        for bad in ["hunter2", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
            let told = keys(&[bad]).err().unwrap();
            assert!(!told.contains(bad), "{told}");
        }
    }
}
