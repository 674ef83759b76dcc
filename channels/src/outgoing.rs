//! What the worker hands to a provider: one message to one address, with everything already decided.

use bellhop_domain::Timestamp;
use bellhop_domain::receipt::AttemptKey;
use std::time::Duration;

/// A rendered push notification.
#[derive(Debug, Clone, Copy, Default)]
pub struct Push<'a> {
    pub title: &'a str,
    pub body: &'a str,
    /// URL of a picture.
    pub image: Option<&'a str>,
    /// URL that a tap opens: the recipient's personal tracking link.
    pub link: Option<&'a str>,
}

/// What is sent, rendered for this recipient.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    Push(Push<'a>),
    Text(&'a str),
}

/// One message on its way to one address.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingMessage<'a> {
    pub attempt: AttemptKey,
    /// The endpoint's address: a token, or a phone in E.164 with its `+`.
    pub address: &'a str,
    pub content: Content<'a>,
    /// One key for all attempts of one run, so that a repeat replaces what is already shown.
    /// Must be the same in every process; at most 32 letters, digits, `-` and `_` suit every provider.
    pub collapse_key: &'a str,
    /// When the message stops being worth delivering.
    pub expires: Timestamp,
    /// The instant of sending, by the worker's clock.
    pub now: Timestamp,
    /// The brand's own id of the customer, for the app that receives the push.
    pub customer: Option<&'a str>,
}

impl OutgoingMessage<'_> {
    /// How long the provider may go on trying; zero once expired.
    pub fn time_to_live(&self) -> Duration {
        self.expires.since(self.now)
    }
}
