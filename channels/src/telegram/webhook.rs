//! Telegram's calls: verified by the secret that the webhook was set with, then read (core.telegram.org/bots/api:
//! setWebhook, Update).

use super::inbound;
use super::update::{at, person};
use crate::json;
use crate::secret_header::SecretHeader;
use crate::{Event, Webhook, WebhookError, WebhookRequest};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::Preference;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;

const SECRET: &str = "x-telegram-bot-api-secret-token";

/// The updates that are read.
const KINDS: [&str; 5] = [
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
];

/// The calls to one bot.
pub(super) struct Calls {
    secret: SecretHeader,
}

impl Calls {
    pub fn new(secret: SecretString) -> Self {
        Self {
            secret: SecretHeader::new(SECRET, secret),
        }
    }
}

impl Webhook for Calls {
    fn admits(&self, _query: &str, headers: &HeaderMap) -> bool {
        self.secret.verify(headers).is_ok()
    }

    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError> {
        self.secret.verify(request.headers)?;
        let update: Value = json::read(request.body).map_err(|e| WebhookError::Unreadable(e.to_string()))?;
        // One key tells the kind of the update; everything beside it is ignored.
        let kind = update
            .as_object()
            .and_then(|update| {
                let known = KINDS.iter().find_map(|kind| update.get_key_value(*kind));
                let known = known.map(|(kind, _)| kind);
                known.or_else(|| update.keys().find(|key| *key != "update_id"))
            })
            .ok_or_else(|| WebhookError::Unreadable("it is not an update of Telegram's".to_owned()))?;
        let told = &update[kind];
        let received = Timestamp::now();
        let event = match kind.as_str() {
            "message" => inbound::message(told, received),
            "edited_message" => inbound::edited(told, &update, received),
            "callback_query" => inbound::button(told, received),
            "message_reaction" => inbound::reaction(told),
            "my_chat_member" => membership(told, received),
            _ => None,
        };
        Ok(vec![event.unwrap_or_else(|| Event::Unrecognised {
            kind: kind.clone(),
            raw: String::from_utf8_lossy(request.body).into_owned(),
        })])
    }
}

/// A guest who blocks the bot wants no marketing; one who unblocks it has not asked for any.
fn membership(told: &Value, received: Timestamp) -> Option<Event> {
    (told.pointer("/new_chat_member/status")?.as_str()? == "kicked").then_some(())?;
    Some(Event::Preference(Preference {
        address: person(&told["chat"])?,
        given: false,
        at: at(told).unwrap_or(received),
        how: "Telegram: the bot was blocked".to_owned(),
    }))
}
