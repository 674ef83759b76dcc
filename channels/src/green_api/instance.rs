//! The states of a Green-API instance and what each asks of a human (PROVIDERS.md §5.9).

use bellhop_domain::incoming::HealthState;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InstanceState {
    NotAuthorized,
    Authorized,
    Blocked,
    /// Only in old versions: the phone is off.
    SleepMode,
    Starting,
    /// Sending is partly suspended for signs of spam.
    YellowCard,
    /// New contacts cannot be written to for a while.
    Suspended,
}

impl InstanceState {
    pub const ALL: [InstanceState; 7] = [
        InstanceState::NotAuthorized,
        InstanceState::Authorized,
        InstanceState::Blocked,
        InstanceState::SleepMode,
        InstanceState::Starting,
        InstanceState::YellowCard,
        InstanceState::Suspended,
    ];

    pub fn name(self) -> &'static str {
        match self {
            InstanceState::NotAuthorized => "notAuthorized",
            InstanceState::Authorized => "authorized",
            InstanceState::Blocked => "blocked",
            InstanceState::SleepMode => "sleepMode",
            InstanceState::Starting => "starting",
            InstanceState::YellowCard => "yellowCard",
            InstanceState::Suspended => "suspended",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// A number that WhatsApp flags stops at once (PRODUCT.md §8).
    pub fn health(self) -> HealthState {
        match self {
            InstanceState::Authorized => HealthState::Working,
            // Both pass by themselves; meanwhile messages wait in Green-API's queue, for at most 24 hours.
            InstanceState::Starting | InstanceState::SleepMode => HealthState::Degraded,
            InstanceState::NotAuthorized
            | InstanceState::Blocked
            | InstanceState::YellowCard
            | InstanceState::Suspended => HealthState::Stopped,
        }
    }

    /// What the state means and what to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            InstanceState::NotAuthorized => {
                "the phone is not linked; scan the QR code in Green-API's console with the phone: WhatsApp, Linked devices"
            }
            InstanceState::Authorized => "the number is connected",
            InstanceState::Blocked => {
                "WhatsApp has banned the number; it needs another one, or an appeal in the phone's WhatsApp"
            }
            InstanceState::SleepMode => "the phone is off or without a network; messages wait in the queue",
            InstanceState::Starting => "the instance is starting; wait up to five minutes",
            InstanceState::YellowCard => {
                "WhatsApp sees signs of spam and has suspended sending in part; stop mailing from this number, then restart the instance in the console"
            }
            InstanceState::Suspended => {
                "WhatsApp lets the number write to its contacts only for a while; answer existing chats only until it ends"
            }
        }
    }
}
