//! What the worker hands to a provider: one message to one address, with everything already decided.

use bellhop_domain::{MessageId, Timestamp};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One try of one message: the id that travels to the provider and comes back in its receipts (PROVIDERS.md §7 rule 1).
///
/// Written as the message id, a dash and the number: `00000000001-1`, at most 17 letters, digits and a dash, which
/// every gateway takes as a client's own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptKey {
    pub message: MessageId,
    /// The attempt's number within the message, from 1.
    pub number: u16,
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.message, self.number)
    }
}

/// The text is not an id that [`AttemptKey`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an attempt of ours: expected a message id, a dash and a number, like 00000000001-1")]
pub struct NotAnAttempt;

impl FromStr for AttemptKey {
    type Err = NotAnAttempt;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (message, number) = s.split_once('-').ok_or(NotAnAttempt)?;
        Ok(Self {
            message: message.parse().map_err(|_| NotAnAttempt)?,
            number: number.parse().map_err(|_| NotAnAttempt)?,
        })
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_key_survives_its_text() {
        for (message, number) in [(0, 1), (u64::MAX, u16::MAX), (42, 7)] {
            let key = AttemptKey {
                message: MessageId(message),
                number,
            };
            assert!(key.to_string().len() <= 17, "{key}");
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn other_ids_are_not_ours() {
        for text in [
            "",
            "17",
            "00000000001",
            "00000000001-",
            "00000000001-x",
            "short-1",
            "00000000001-65536",
        ] {
            assert_eq!(text.parse::<AttemptKey>(), Err(NotAnAttempt), "{text}");
        }
    }
}
