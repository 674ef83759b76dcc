//! The lanes: one for each provider whose far side is simulated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A provider's lane, by its name in JSON. Each has its own book, its own faults and its own listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// FCM.
    Push,
    /// SMSC.ru.
    Sms,
    Apns,
    WebPush,
    Smpp,
    /// WhatsApp by Meta's Graph API.
    Whatsapp,
    /// WhatsApp by WAHA.
    Waha,
    /// WhatsApp by Green API.
    GreenApi,
    /// Telegram's Bot API.
    Telegram,
}

impl Channel {
    pub const ALL: [Self; 9] = [
        Self::Push,
        Self::Sms,
        Self::Apns,
        Self::WebPush,
        Self::Smpp,
        Self::Whatsapp,
        Self::Waha,
        Self::GreenApi,
        Self::Telegram,
    ];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Sms => "sms",
            Self::Apns => "apns",
            Self::WebPush => "web_push",
            Self::Smpp => "smpp",
            Self::Whatsapp => "whatsapp",
            Self::Waha => "waha",
            Self::GreenApi => "green_api",
            Self::Telegram => "telegram",
        }
    }
}

/// A value for each lane that is served, in JSON under the lane's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ByChannel<T>(BTreeMap<Channel, T>);

impl<T> ByChannel<T> {
    /// The value of a lane; `None` if nothing serves it.
    pub fn get(&self, channel: Channel) -> Option<&T> {
        self.0.get(&channel)
    }

    pub fn iter(&self) -> impl Iterator<Item = (Channel, &T)> {
        self.0.iter().map(|(channel, value)| (*channel, value))
    }
}

impl<T> FromIterator<(Channel, T)> for ByChannel<T> {
    fn from_iter<I: IntoIterator<Item = (Channel, T)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_is_listed_once_in_order_and_has_its_name_in_json() {
        for (index, channel) in Channel::ALL.into_iter().enumerate() {
            assert_eq!(channel as usize, index);
            assert_eq!(serde_json::to_value(channel).unwrap(), channel.name());
        }
    }
}
