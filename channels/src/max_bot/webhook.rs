//! MAX's calls: the subscription's secret is verified before anything is read (dev.max.ru/docs-api/objects/Update).

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

const SECRET: &str = "x-max-bot-api-secret";

/// The updates that are read.
pub(super) const WANTED: [&str; 6] = [
    "message_created",
    "message_edited",
    "message_callback",
    "bot_started",
    "bot_stopped",
    "dialog_removed",
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
        let kind = update["update_type"]
            .as_str()
            .ok_or_else(|| WebhookError::Unreadable("it is no update of MAX's".to_owned()))?;
        let received = Timestamp::now();
        let events: Vec<_> = match kind {
            "message_created" => inbound::message(&update, received),
            "message_edited" => inbound::edited(&update, received).into_iter().collect(),
            "message_callback" => inbound::button(&update, received).into_iter().collect(),
            "bot_started" => inbound::started(&update, received).into_iter().collect(),
            "bot_stopped" => left(&update, received, "the bot was stopped").into_iter().collect(),
            "dialog_removed" => left(&update, received, "the dialog was removed").into_iter().collect(),
            _ => Vec::new(),
        };
        if !events.is_empty() {
            return Ok(events);
        }
        Ok(vec![Event::Unrecognised {
            kind: kind.to_owned(),
            raw: String::from_utf8_lossy(request.body).into_owned(),
        }])
    }
}

/// A guest who stops the bot or removes the dialog wants no marketing; starting it again does not ask for any.
fn left(update: &Value, received: Timestamp, how: &str) -> Option<Event> {
    Some(Event::Preference(Preference {
        address: person(&update["user"])?,
        given: false,
        at: at(update).unwrap_or(received),
        how: format!("MAX: {how}"),
    }))
}
