//! A message that is ready to go, for the benches that send without a ledger.

use super::guests;
use bellhop_channels::{AttemptKey, Content, OutgoingMessage, Provider, Push, WebPush};
use bellhop_domain::{EndpointKind, MessageId, Outcome, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Whom to send to, and the rendered content: about 300 bytes of JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Recipient {
    pub id: u64,
    pub address: String,
    pub customer: String,
    pub title: String,
    pub body: String,
}

impl Recipient {
    /// The guest of that number, whose message has its own id, as in a mailing.
    pub fn new(number: u32, address: String) -> Self {
        let MessageId(id) = MessageId(rand::random());
        Self {
            id,
            address,
            customer: guests::external_id(number),
            title: guests::title(number),
            body: guests::BODY.to_owned(),
        }
    }

    /// Sends it as a worker sends a mailing's message.
    pub async fn send(&self, provider: &dyn Provider) -> Outcome {
        let now = Timestamp::now();
        let message = OutgoingMessage {
            attempt: AttemptKey {
                message: MessageId(self.id),
                lease: 1,
            },
            address: &self.address,
            content: self.content(provider.kind()),
            collapse_key: "run-1",
            expires: now.plus(Duration::from_secs(24 * 3600)),
            now,
            last_inbound: None,
            customer: Some(&self.customer),
        };
        provider.send(&message).await
    }

    fn content(&self, kind: EndpointKind) -> Content<'_> {
        match kind {
            EndpointKind::WebPush => Content::WebPush(WebPush {
                title: &self.title,
                body: &self.body,
                ..WebPush::default()
            }),
            _ => Content::Push(Push {
                title: &self.title,
                body: &self.body,
                ..Push::default()
            }),
        }
    }
}
