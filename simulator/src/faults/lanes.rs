//! Which faults exist on which lane, beyond those that every provider has.

use super::Fault;
use crate::apns;
use crate::green_api;
use crate::ledger::Channel;
use crate::telegram;
use crate::waha;

/// Faults of a lane beyond those of all.
pub(super) struct Extra {
    /// Which of the faults with a field of their own exist here.
    pub(super) named: &'static [Fault],
    /// Refusals that no other lane has: the names that `own` takes.
    pub(super) own: &'static [&'static str],
}

/// Faults that have a field and do not exist on every lane, with the field's name.
pub(super) const NOT_EVERYWHERE: [(Fault, &str); 5] = [
    (Fault::SenderMismatch, "sender_mismatch"),
    (Fault::ThirdPartyAuth, "third_party_auth"),
    (Fault::NoMoney, "no_money"),
    (Fault::Blocked, "blocked"),
    (Fault::Busy, "busy"),
];

pub(super) fn extra(channel: Channel) -> Extra {
    match channel {
        Channel::Push => Extra {
            named: &[Fault::SenderMismatch, Fault::ThirdPartyAuth],
            own: &[],
        },
        Channel::Sms => Extra {
            named: &[Fault::NoMoney, Fault::Blocked, Fault::Busy],
            own: &[],
        },
        Channel::Apns => Extra {
            named: &[Fault::SenderMismatch],
            own: &apns::fault::OWN_NAMES,
        },
        Channel::WebPush => Extra {
            named: &[],
            own: &["not_acceptable", "too_big"],
        },
        Channel::Smpp => Extra {
            named: &[],
            own: &crate::smpp::OWN,
        },
        Channel::Whatsapp => Extra {
            named: &[Fault::NoMoney, Fault::Blocked, Fault::Busy],
            own: &crate::graph::FAULTS,
        },
        Channel::Waha => Extra {
            named: &[],
            own: &[waha::TIMELOCK, waha::CAPPED],
        },
        Channel::GreenApi => Extra {
            named: &[],
            own: &[green_api::QUOTA],
        },
        Channel::Telegram => Extra {
            named: &[],
            own: &[telegram::BLOCKED],
        },
    }
}
