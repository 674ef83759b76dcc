//! The address of an endpoint, as apps and sites send it.

use bellhop_domain::address::{Subscription, apns, fcm, is_whatsapp_user_id};
use bellhop_domain::fault::Why;
use bellhop_domain::phone::Region;
use bellhop_domain::{EndpointKind, Phone};
use serde::Deserialize;
use utoipa::ToSchema;

/// The longest address in bytes: an index entry of PostgreSQL holds 2.7 kB.
const BYTES: usize = 2_000;

/// A token, a phone, or a browser's subscription, either as an object or as JSON text.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Address)]
#[serde(untagged)]
pub(crate) enum Sent {
    Text(String),
    #[schema(value_type = Object)]
    Object(serde_json::Map<String, serde_json::Value>),
}

/// Which of Apple's services a token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Environment {
    #[default]
    Production,
    Sandbox,
}

impl Sent {
    /// The one form in which the address is kept.
    pub fn canonical(self, kind: EndpointKind, environment: Environment, region: Region) -> Result<String, Why> {
        let text = match self {
            Sent::Object(_) if kind != EndpointKind::WebPush => return Err(Why::AddressIsObject),
            Sent::Object(object) => serde_json::Value::Object(object).to_string(),
            Sent::Text(text) => text,
        };
        let address = match kind {
            EndpointKind::Fcm => fcm(&text).map_err(|e| e.0)?,
            EndpointKind::Apns => apns(&text, environment == Environment::Sandbox).map_err(|e| e.0)?,
            EndpointKind::WebPush => Subscription::parse(&text).map_err(|e| e.0)?.address(),
            EndpointKind::Telegram => telegram_user(text.trim())?,
            EndpointKind::WhatsApp if is_whatsapp_user_id(text.trim()) => text.trim().to_owned(),
            EndpointKind::Phone | EndpointKind::WhatsApp => {
                let phone = Phone::parse(&text, region).map_err(|e| e.why())?;
                phone.e164().to_owned()
            }
        };
        if address.is_empty() || address.len() > BYTES || address.contains('\0') {
            return Err(Why::AddressUnfit { most: BYTES });
        }
        Ok(address)
    }
}

/// A user's id, which is also the id of their chat with a bot: a positive number.
fn telegram_user(text: &str) -> Result<String, Why> {
    let id = text.parse::<i64>().ok().filter(|id| *id > 0);
    id.map(|id| id.to_string()).ok_or(Why::NoTelegramUser)
}
