//! A browser's push subscription, as the address of an endpoint holds it.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use std::borrow::Cow;

/// Browsers leave the padding out, some libraries put it in.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `PushSubscription.toJSON()`; browsers add `expirationTime`, which none of them fills.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    endpoint: Cow<'a, str>,
    #[serde(borrow)]
    keys: Keys<'a>,
}

#[derive(Deserialize)]
struct Keys<'a> {
    #[serde(borrow)]
    p256dh: Cow<'a, str>,
    #[serde(borrow)]
    auth: Cow<'a, str>,
}

/// The keys of the one who can read the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recipient {
    /// An uncompressed point; whether it is on the curve is seen when it is used.
    pub public: [u8; 65],
    pub auth: [u8; 16],
}

/// Where to send and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subscription<'a> {
    pub endpoint: Cow<'a, str>,
    pub recipient: Recipient,
}

impl<'a> Subscription<'a> {
    /// # Errors
    /// What is wrong with the subscription, quoting no part of it; it can never be sent to.
    pub fn parse(address: &'a str) -> Result<Self, String> {
        let written: Written<'a> =
            serde_json::from_str(address).map_err(|_| "the subscription is not the browser's JSON".to_owned())?;
        Ok(Self {
            endpoint: written.endpoint,
            recipient: Recipient {
                public: bytes("p256dh", &written.keys.p256dh)?,
                auth: bytes("auth", &written.keys.auth)?,
            },
        })
    }
}

fn bytes<const N: usize>(name: &str, text: &str) -> Result<[u8; N], String> {
    let bytes = BASE64
        .decode(text)
        .map_err(|_| format!("{name} of the subscription is not base64url"))?;
    <[u8; N]>::try_from(bytes).map_err(|bytes| format!("{name} of the subscription has {} bytes, not {N}", bytes.len()))
}
