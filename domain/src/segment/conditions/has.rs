//! `{"has":["app","sms"]}`: can be reached in at least one of these ways: a live endpoint, whatever the consents.

use super::{listed, one_of};
use crate::Channel;
use crate::segment::{Asked, Condition, Guest};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A way to be reached, as a marketer names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The brand's app, with push notifications on.
    App,
    WebPush,
    /// A phone for SMS.
    Sms,
    #[serde(rename = "whatsapp")]
    WhatsApp,
    Telegram,
}

impl Reach {
    pub fn channel(self) -> Channel {
        match self {
            Reach::App => Channel::Push,
            Reach::WebPush => Channel::WebPush,
            Reach::Sms => Channel::Sms,
            Reach::WhatsApp => Channel::WhatsApp,
            Reach::Telegram => Channel::Telegram,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reach::App => f.write_str("app"),
            other => other.channel().fmt(f),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Has(pub Vec<Reach>);

impl Condition for Has {
    fn holds(&self, guest: &Guest, _: &Asked) -> bool {
        self.0.is_empty() || self.0.iter().any(|r| guest.live(r.channel()).is_some())
    }

    fn clause(&self, _: &Asked) -> String {
        format!("has {}", one_of(&self.0))
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        format!(
            "live: {}",
            listed(Channel::ALL.into_iter().filter(|c| guest.live(*c).is_some()))
        )
    }
}
