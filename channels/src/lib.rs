//! Providers: the far ends that carry a message to a guest, one folder each, all of one shape.
//!
//! A [`Provider`] turns one [`OutgoingMessage`] into one request and the answer into one
//! [`Outcome`](bellhop_domain::Outcome). It promises to tell *refused* from *perhaps accepted*: if an answer is lost
//! after the request was written, the outcome is `Unknown`, never `Retry`. It never sleeps, retries a message, limits
//! a rate, writes a metric or touches a store: the worker's loop does all that from the outcome. No address, text or
//! secret reaches a log above debug level.
//!
//! [`registry::build`] makes a provider from a sender's settings. `docs/adding-a-channel.md` says how to
//! add one.

mod apns;
mod chat_id;
pub mod config;
mod fcm;
mod green_api;
mod gsm7;
mod http;
pub mod incoming;
mod json;
mod legible;
mod max_bot;
pub mod media;
mod national;
mod number;
pub mod outgoing;
pub mod outgoing_webhook;
mod person;
pub mod provider;
mod public_address;
pub mod registry;
mod rule;
mod secret_header;
mod smpp;
mod sms_http;
mod telegram;
mod test_host;
#[cfg(test)]
mod test_server;
mod waha;
mod web_push;
mod whatsapp_cloud;

pub use bellhop_domain::receipt::{AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
pub use config::ConfigError;
pub use incoming::{Event, EventSink, Webhook, WebhookError, WebhookRequest};
pub use media::{MediaError, MediaFile, MediaFiles};
pub use outgoing::{
    Action, Chat, Content, Header, Media, OutgoingMessage, Push, Template, TemplateButton, TemplateButtonKind, WebPush,
    WhatsApp,
};
pub use provider::{Finding, LinkCode, LookUp, LookUpAnswer, PeopleLimit, Provider, Severity};
pub use web_push::{VapidKey, web_push_body};
pub use whatsapp_cloud::WINDOW_CLOSED;
