//! Which faults exist on which lane, beyond those that every provider has.

use super::Fault;
use crate::ledger::Channel;
use crate::refusals::{
    GREEN_API_QUOTA, SMPP_NACK, SMPP_NOT_BOUND, SMPP_VENDOR_CODE, TELEGRAM_BLOCKED, WAHA_CAPPED, WAHA_TIMELOCK, apns,
    graph,
};

/// Faults of a lane beyond those that all lanes have.
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
            own: &apns::NAMES,
        },
        Channel::WebPush => Extra {
            named: &[],
            own: &["not_acceptable", "too_big"],
        },
        Channel::Smpp => Extra {
            named: &[],
            own: &[SMPP_VENDOR_CODE, SMPP_NOT_BOUND, SMPP_NACK],
        },
        Channel::Whatsapp => Extra {
            named: &[Fault::NoMoney, Fault::Blocked, Fault::Busy],
            own: &graph::NAMES,
        },
        Channel::Waha => Extra {
            named: &[],
            own: &[WAHA_TIMELOCK, WAHA_CAPPED],
        },
        Channel::GreenApi => Extra {
            named: &[],
            own: &[GREEN_API_QUOTA],
        },
        Channel::Telegram => Extra {
            named: &[],
            own: &[TELEGRAM_BLOCKED],
        },
    }
}
