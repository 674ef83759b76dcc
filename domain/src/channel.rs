//! Channels, and the kinds of endpoint they reach.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A way to reach a guest, as a marketer thinks of it (PRODUCT.md §5). They are declared in the default order of an
/// automatic waterfall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The brand's app, through FCM or APNs.
    Push,
    WebPush,
    #[serde(rename = "whatsapp")]
    WhatsApp,
    Sms,
    /// The brand's Telegram bot.
    Telegram,
    /// The brand's bot in MAX.
    Max,
}

impl Channel {
    pub const ALL: [Channel; 6] = [
        Channel::Push,
        Channel::WebPush,
        Channel::WhatsApp,
        Channel::Sms,
        Channel::Telegram,
        Channel::Max,
    ];

    /// The name in JSON, metrics and queues.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Push => "push",
            Channel::WebPush => "web_push",
            Channel::WhatsApp => "whatsapp",
            Channel::Sms => "sms",
            Channel::Telegram => "telegram",
            Channel::Max => "max",
        }
    }

    /// Whether providers tell that a message arrived. Push services do not (PROVIDERS.md §1), nor do Telegram and MAX.
    pub fn has_receipts(self) -> bool {
        match self {
            Channel::Push | Channel::WebPush | Channel::Telegram | Channel::Max => false,
            Channel::WhatsApp | Channel::Sms => true,
        }
    }

    /// Whether a message counts as opened when its link is followed, rather than when it is tapped.
    pub fn is_opened_by_link(self) -> bool {
        match self {
            Channel::Push | Channel::WebPush => false,
            Channel::WhatsApp | Channel::Sms | Channel::Telegram | Channel::Max => true,
        }
    }

    /// The channel's bit in a mask of consents or live endpoints.
    pub fn bit(self) -> i64 {
        1 << (self as i64)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an address is: decides which provider folder sends to it. The numbers are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum EndpointKind {
    /// An FCM registration token.
    Fcm = 1,
    /// An APNs device token.
    Apns = 2,
    /// A browser's push subscription.
    WebPush = 3,
    /// A phone number for SMS, E.164.
    Phone = 4,
    /// A WhatsApp number, E.164.
    #[serde(rename = "whatsapp")]
    WhatsApp = 5,
    /// A Telegram user's id, which is the id of the private chat with the bot.
    Telegram = 6,
    /// The id of a user of MAX, which is not the id of the dialog with the bot.
    Max = 7,
}

impl EndpointKind {
    pub const ALL: [EndpointKind; 7] = [
        EndpointKind::Fcm,
        EndpointKind::Apns,
        EndpointKind::WebPush,
        EndpointKind::Phone,
        EndpointKind::WhatsApp,
        EndpointKind::Telegram,
        EndpointKind::Max,
    ];

    pub fn channel(self) -> Channel {
        match self {
            EndpointKind::Fcm | EndpointKind::Apns => Channel::Push,
            EndpointKind::WebPush => Channel::WebPush,
            EndpointKind::Phone => Channel::Sms,
            EndpointKind::WhatsApp => Channel::WhatsApp,
            EndpointKind::Telegram => Channel::Telegram,
            EndpointKind::Max => Channel::Max,
        }
    }

    /// The name in JSON, metrics and queues.
    pub fn name(self) -> &'static str {
        match self {
            EndpointKind::Fcm => "fcm",
            EndpointKind::Apns => "apns",
            EndpointKind::WebPush => "web_push",
            EndpointKind::Phone => "phone",
            EndpointKind::WhatsApp => "whatsapp",
            EndpointKind::Telegram => "telegram",
            EndpointKind::Max => "max",
        }
    }

    /// The stored number.
    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// Whether an address is that of one installation or account and so belongs to one guest, the one who logged in
    /// last. A phone, in contrast, may stand on two cards.
    pub fn is_exclusive(self) -> bool {
        match self {
            EndpointKind::Fcm
            | EndpointKind::Apns
            | EndpointKind::WebPush
            | EndpointKind::Telegram
            | EndpointKind::Max => true,
            EndpointKind::Phone | EndpointKind::WhatsApp => false,
        }
    }

    /// Whether only the device itself knows the address. Anybody can name a phone number or a number in a messenger.
    pub fn is_a_devices_own(self) -> bool {
        match self {
            EndpointKind::Fcm | EndpointKind::Apns | EndpointKind::WebPush => true,
            EndpointKind::Phone | EndpointKind::WhatsApp | EndpointKind::Telegram | EndpointKind::Max => false,
        }
    }

    /// The most messages in a batch: one task of the broker, one lease. Where repeats replace each other a statement of the
    /// ledger serves as many as it can, because each costs the database as much as some dozens of rows. Where a message goes
    /// at most once, a batch is a portion of a number's limits, of which another worker may take the next.
    pub fn batch_size(self) -> u32 {
        if self.replaces_repeats() { 250 } else { 100 }
    }

    /// Whether the provider replaces a repeated message (collapse id, tag), so that sending again
    /// after a lost lease is harmless. Where it does not, a message is sent at most once.
    pub fn replaces_repeats(self) -> bool {
        match self {
            EndpointKind::Fcm | EndpointKind::Apns | EndpointKind::WebPush => true,
            EndpointKind::Phone | EndpointKind::WhatsApp | EndpointKind::Telegram | EndpointKind::Max => false,
        }
    }
}
