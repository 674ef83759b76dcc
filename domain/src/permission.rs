//! On which channels a guest may be written to, by what the message is for (PRODUCT.md §14).

use crate::exclusion::Exclusion;
use crate::{Channel, Purpose};

/// What a guest allows, as it is in force: bits of [`Channel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permission {
    /// Where marketing is wanted.
    pub consents: i64,
    /// Where notifications were switched off.
    pub silenced: i64,
}

impl Permission {
    /// Of somebody who has consented to marketing on these channels and switched nothing off.
    pub fn of_consents(consents: i64) -> Self {
        Self { consents, silenced: 0 }
    }

    /// Why a message for this may not go on that channel; `None` if it may.
    pub fn refuses(self, purpose: Purpose, channel: Channel) -> Option<Exclusion> {
        if purpose.needs_consent() && self.consents & channel.bit() == 0 {
            return Some(Exclusion::NoConsent);
        }
        if purpose.may_be_switched_off() && self.silenced & channel.bit() != 0 {
            return Some(Exclusion::NotificationsOff);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_asks_its_own_word() {
        let (sms, push) = (Channel::Sms, Channel::Push);
        let it = Permission {
            consents: sms.bit(),
            silenced: push.bit(),
        };
        for (purpose, on_sms, on_push) in [
            (Purpose::Marketing, None, Some(Exclusion::NoConsent)),
            (Purpose::Notification, None, Some(Exclusion::NotificationsOff)),
            (Purpose::Reply, None, None),
            (Purpose::Code, None, None),
        ] {
            assert_eq!(it.refuses(purpose, sms), on_sms, "{purpose:?}");
            assert_eq!(it.refuses(purpose, push), on_push, "{purpose:?}");
        }
        let nobody = Permission::default();
        assert_eq!(nobody.refuses(Purpose::Marketing, sms), Some(Exclusion::NoConsent));
        assert_eq!(nobody.refuses(Purpose::Notification, sms), None);
    }
}
