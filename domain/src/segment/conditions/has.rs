//! `{"has":["app","sms"]}`: the guest has a live endpoint of at least one of these kinds, whatever the consents.

use super::{listed, one_of};
use crate::Channel;
use crate::segment::{Asked, Condition, Guest};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A way to reach a guest, as a marketer names it: a channel's name, but `app` for push, which also needs
/// notifications to be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach(Channel);

impl Reach {
    pub fn channel(self) -> Channel {
        self.0
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Channel::Push => f.write_str("app"),
            other => other.fmt(f),
        }
    }
}

impl Serialize for Reach {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let ways = Channel::ALL.map(Reach);
        ways.into_iter().find(|way| way.to_string() == name).ok_or_else(|| {
            let known = ways.map(|way| format!("`{way}`")).join(", ");
            de::Error::custom(format!("unknown variant `{name}`, expected one of {known}"))
        })
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
