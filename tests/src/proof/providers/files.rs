//! The configuration of the stage, and the mailings' files.

use std::path::Path;

use bellhop_domain::EndpointKind;
use serde_json::{Value, json};

use super::plan::Mailing;
use super::senders::Addresses;

/// The defaults, except for the waits between tries, which would take minutes.
pub(super) fn base(folder: &Path, addresses: &Addresses) -> Value {
    json!({
        "store": { "url": format!("sqlite:{}", folder.join("bellhop.db").display()) },
        "http": { "listen": addresses.http.to_string(), "public_url": addresses.api() },
        "log": { "level": "info" },
        "worker": { "backoff_seconds": 1, "backoff_cap_seconds": 2 },
        "dispatcher": { "look_up_seconds": 2 },
    })
}

pub(super) fn organisation(slug: &str) -> Value {
    json!({
        "slug": slug, "name": slug, "currency": "RUB", "timezone": "Europe/Moscow", "region": "RU", "locale": "ru",
        "attribution_hours": 72,
    })
}

pub(super) fn mailing_file(mailing: &Mailing, kind: EndpointKind) -> Value {
    let channel = kind.channel();
    let content = match kind {
        EndpointKind::Fcm | EndpointKind::Apns => json!({ "title": "We miss you", "body": "Two pizzas for one" }),
        EndpointKind::WebPush => json!({ "title": "We miss you", "body": "Two pizzas for one" }),
        // A template for Meta's number; a connected number takes only the text.
        EndpointKind::WhatsApp if mailing.organisation.starts_with("whatsapp_cloud") => {
            json!({ "template": { "name": "come_back", "language": "ru", "parameters": ["пицца"] } })
        }
        EndpointKind::WhatsApp | EndpointKind::Phone | EndpointKind::Telegram => {
            json!({ "text": "Two pizzas for the price of one: {link}" })
        }
    };
    json!({
        "name": mailing.tag,
        "audience": { "tags": { "any": [mailing.tag] } },
        "contents": { channel.name(): content },
        "link": "https://pizza.example/promo",
        "waterfall": [{ "channel": channel.name() }],
        // Longer than an hour's wait, shorter than a day's.
        "expires_after_minutes": 600,
    })
}
