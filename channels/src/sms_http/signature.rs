//! Verifies that a call comes from the gateway. Everything that is signed is what is used afterwards.

use super::address::same_places;
use super::config::SignatureSection;
use super::template::{Settings, Template};
use crate::{WebhookError, WebhookRequest};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use reqwest::header::HeaderMap;
use std::collections::BTreeMap;

/// A call's parameters by name.
pub(super) type Parameters = BTreeMap<String, String>;

const TWILIO_HEADER: &str = "x-twilio-signature";
/// Twilio signs a JSON body by its digest, which stands in the query.
const TWILIO_DIGEST: &str = "bodySHA256";

/// Whether a call is proven to be the gateway's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    True,
    False,
    /// Its parameters are signed, and must be read first.
    Later,
}

pub(super) enum Signature {
    Md5 { parameter: String, text: Template },
    Twilio { token: Template },
    Secret { parameter: String, secret: Template },
}

impl Signature {
    /// `None` if a secret that it needs is not given.
    pub fn new(section: &SignatureSection, settings: &Settings) -> Result<Option<Self>, String> {
        Ok(match section {
            SignatureSection::Md5 { parameter, text } => {
                let places = parameter_places(text, settings);
                Template::parse(text, settings, &places)?.map(|text| Signature::Md5 {
                    parameter: parameter.clone(),
                    text,
                })
            }
            SignatureSection::Twilio { token } => {
                Template::parse(token, settings, &[])?.map(|token| Signature::Twilio { token })
            }
            SignatureSection::Secret { parameter, secret } => {
                Template::parse(secret, settings, &[])?.map(|secret| Signature::Secret {
                    parameter: parameter.clone(),
                    secret,
                })
            }
        })
    }

    /// Whether a call can be genuine, judging by its address and header.
    pub fn admits(&self, query: &str, headers: &HeaderMap) -> bool {
        match self {
            // It may stand in the body.
            Signature::Md5 { .. } => true,
            Signature::Twilio { .. } => headers.contains_key(TWILIO_HEADER),
            Signature::Secret { parameter, secret } => has_secret(query, parameter, &secret.render(&|_| String::new())),
        }
    }

    /// What is known of a call before its parameters are read.
    pub fn proof(&self, request: &WebhookRequest<'_>) -> Proof {
        match self {
            Signature::Md5 { .. } => Proof::Later,
            Signature::Twilio { .. } | Signature::Secret { .. } => match self.verify(request, &Parameters::new()) {
                Ok(()) => Proof::True,
                Err(_) => Proof::False,
            },
        }
    }

    pub fn verify(&self, request: &WebhookRequest<'_>, parameters: &Parameters) -> Result<(), WebhookError> {
        let nothing = |_: &str| String::new();
        let believed = match self {
            Signature::Md5 { parameter, text } => {
                let text = text.render(&|name| parameters.get(name).cloned().unwrap_or_default());
                let given = parameters.get(parameter).map(|given| given.to_ascii_lowercase());
                same(given.as_deref(), &hex::encode(Md5::digest(text)))
            }
            Signature::Twilio { token } => twilio(request, &token.render(&nothing)),
            Signature::Secret { parameter, secret } => has_secret(request.query, parameter, &secret.render(&nothing)),
        };
        if believed {
            Ok(())
        } else {
            Err(WebhookError::BadSignature)
        }
    }
}

/// The parameters of the call in a text: all its placeholders that are not settings.
fn parameter_places<'a>(text: &'a str, settings: &Settings) -> Vec<&'a str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| {
            !name.ends_with('?') && !settings.secrets.contains_key(*name) && !settings.values.contains_key(*name)
        })
        .collect()
}

/// The base64 of the HMAC-SHA1 of the URL as it was called (Twilio may omit or add the scheme's default port),
/// followed by each field of the form, sorted by name, with its value directly behind the name (PROVIDERS.md §4.6).
fn twilio(request: &WebhookRequest<'_>, token: &str) -> bool {
    let query = || form_urlencoded::parse(request.query.as_bytes());
    let mut fields_behind = String::new();
    match query().find(|(name, _)| name == TWILIO_DIGEST) {
        Some((_, given)) => {
            let expected = hex::encode(digest::digest(&digest::SHA256, request.body));
            if !same(Some(given.to_ascii_lowercase().as_str()), &expected) {
                return false;
            }
        }
        None => {
            let mut fields: Vec<_> = form_urlencoded::parse(request.body).collect();
            fields.sort();
            for (name, value) in fields {
                fields_behind.push_str(&name);
                fields_behind.push_str(&value);
            }
        }
    }
    let given = request.headers.get(TWILIO_HEADER).and_then(|given| given.to_str().ok());
    let Some(given) = given.and_then(|given| STANDARD.decode(given).ok()) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    let signed = |url: String| hmac::verify(&key, (url + &fields_behind).as_bytes(), &given).is_ok();
    same_places(request.url).into_iter().any(signed)
}

fn has_secret(query: &str, parameter: &str, secret: &str) -> bool {
    let mut query = form_urlencoded::parse(query.as_bytes());
    let given = query.find(|(name, _)| name == parameter).map(|(_, value)| value);
    same(given.as_deref(), secret)
}

/// Compares in constant time.
fn same(given: Option<&str>, expected: &str) -> bool {
    given.is_some_and(|given| verify_slices_are_equal(given.as_bytes(), expected.as_bytes()).is_ok())
}
