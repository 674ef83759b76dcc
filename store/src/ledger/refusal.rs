//! Why a planned message may not go out after all: asked at the claim, and again when an at-most-once request starts.

use super::codes::{ENDPOINT_ACTIVE, KINDS_OF_ONE_GUEST, MESSAGE_LAST_NOT_FINAL, MESSAGE_PENDING, MESSAGE_SENT};
use super::months;
use super::promo_codes::NoCode;
use crate::Result;
use crate::base::row::Columns;
use crate::guests::permission::permission;
use crate::sql::{Session, Table, sql};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::{LIFE_ENDED, MessageState, WaitingFor};
use bellhop_domain::promo::{AWAITS_PROMO_CODE, NO_PROMO_CODE, PROMO_ENDED};
use bellhop_domain::*;

/// Why a message is not sent to a country that none of its senders may send to.
pub const COUNTRY_CLOSED: &str = "the sender may not send to this country";

/// After so long the codes that others had in hand are given, or free again.
const HANDS_MS: i64 = 2_000;

/// What stops a message now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Expired,
    /// Consent was withdrawn, notifications were switched off, or the guest was blacklisted, since the plan.
    Withdrawn(Exclusion),
    /// The guest has had as much marketing as they may; the next possible time, if there is ever one.
    Capped(Option<Timestamp>),
    /// The address died since the plan, or is not its guest's any more: the next step of the waterfall is for such guests.
    Dead,
    /// The sender may not send to this country: neither may this message.
    Country,
    /// Its list has no promo code for it.
    NoPromo(NoCode),
}

/// What is known of a message's permission to go out.
pub(super) struct Eligibility {
    pub channel: Channel,
    pub purpose: Purpose,
    pub expires: Option<Timestamp>,
    /// It is alive, and belongs to whom it belonged to at the plan.
    pub address_stands: bool,
    /// The sender may not send to the address's country.
    pub country_stopped: bool,
    /// `None` for an app that nobody has logged in to, which no consent concerns.
    pub guest: Option<Guest>,
}

pub(super) struct Guest {
    pub may: Permission,
    pub blacklisted: bool,
}

/// The columns of `customer_facts f` that [`guest`] reads.
pub(super) const GUEST_COLUMNS: &str = "f.consent_mask, f.silenced_mask, f.blacklisted";

/// A customer without facts has consented to nothing, and switched nothing off.
pub(super) fn guest(customer: Option<CustomerId>, columns: &Columns<'_>) -> Result<Option<Guest>> {
    let may = permission(columns)?;
    let blacklisted = columns.opt_flag("blacklisted")?.unwrap_or(false);
    Ok(customer.map(|_| Guest { may, blacklisted }))
}

/// The columns of `messages m` and `endpoints e` that [`address_stands`] reads. What was planned for nobody must still
/// be nobody's; but a phone that was named in a request may be on several cards, or on none. `OFFSET` makes PostgreSQL
/// look up each message's owners; otherwise it might read all there are.
pub(super) fn address_columns() -> String {
    format!(
        "e.address, e.state AS endpoint_state,
         CASE WHEN m.customer_id IS NOT NULL
             THEN EXISTS (SELECT 1 FROM customer_endpoints l
                 WHERE l.customer_id = m.customer_id AND l.endpoint_id = m.endpoint_id LIMIT 1 OFFSET 0)
             ELSE e.kind NOT IN {KINDS_OF_ONE_GUEST} OR NOT EXISTS (SELECT 1 FROM customer_endpoints l
                 WHERE l.endpoint_id = m.endpoint_id LIMIT 1 OFFSET 0)
         END AS is_still_theirs"
    )
}

/// The same where the message has a guest, and `o` is the row that makes the address theirs, or nulls.
pub(super) const ADDRESS_COLUMNS_BY_OWNERS: &str =
    "e.address, e.state AS endpoint_state, o.customer_id IS NOT NULL AS is_still_theirs";

pub(super) fn address_stands(columns: &Columns<'_>) -> Result<bool> {
    let alive = columns.int("endpoint_state")? == i64::from(ENDPOINT_ACTIVE);
    Ok(alive && columns.flag("is_still_theirs")?)
}

impl Eligibility {
    pub fn refusal(&self, now: Timestamp) -> Option<Refusal> {
        if self.expires.is_some_and(|end| end <= now) {
            return Some(Refusal::Expired);
        }
        let refused = |guest: &Guest| guest.may.refuses(self.purpose, self.channel);
        match &self.guest {
            Some(guest) if guest.blacklisted => Some(Refusal::Withdrawn(Exclusion::Blacklisted)),
            Some(guest) if refused(guest).is_some() => refused(guest).map(Refusal::Withdrawn),
            _ if !self.address_stands => Some(Refusal::Dead),
            _ if self.country_stopped => Some(Refusal::Country),
            _ => None,
        }
    }
}

impl Refusal {
    fn reason(self) -> &'static str {
        match self {
            Refusal::Expired => LIFE_ENDED,
            Refusal::Withdrawn(exclusion) => exclusion.name(),
            Refusal::Capped(_) => Exclusion::FrequencyCap.name(),
            Refusal::Dead => Exclusion::NoLiveEndpoint.name(),
            Refusal::Country => COUNTRY_CLOSED,
            Refusal::NoPromo(NoCode::Exhausted) => NO_PROMO_CODE,
            Refusal::NoPromo(NoCode::Ended) => PROMO_ENDED,
            Refusal::NoPromo(NoCode::InOtherHands) => AWAITS_PROMO_CODE,
        }
    }

    /// Whether another channel may reach the guest.
    fn goes_on(self) -> bool {
        matches!(self, Refusal::Dead | Refusal::Country)
    }

    /// What it waits for, and for how long.
    fn wait(self) -> Option<(WaitingFor, i64)> {
        match self {
            Refusal::NoPromo(NoCode::InOtherHands) => Some((WaitingFor::Retry, HANDS_MS)),
            _ => self.goes_on().then_some((WaitingFor::NextStep, 0)),
        }
    }

    fn state(self) -> MessageState {
        match self {
            Refusal::Expired => MessageState::Expired,
            Refusal::Withdrawn(_) | Refusal::Capped(_) => MessageState::Suppressed,
            Refusal::NoPromo(NoCode::Exhausted | NoCode::Ended) => MessageState::Suppressed,
            Refusal::NoPromo(NoCode::InOtherHands) | Refusal::Dead | Refusal::Country => MessageState::Waiting,
        }
    }

    fn next_possible(self) -> Option<i64> {
        match self {
            Refusal::Capped(next) => next.map(|at| at.0),
            _ => None,
        }
    }
}

/// Writes refusals of pending messages of a batch that the caller holds. Whom an earlier step reached stays *sent*.
pub(super) async fn write(
    session: &mut Session,
    batch: BatchId,
    refused: &[(MessageId, Refusal)],
    now: Timestamp,
) -> Result<()> {
    let table = Table::default()
        .messages("message", refused.iter().map(|(id, _)| *id))
        .ints("state", refused.iter().map(|(_, r)| i64::from(r.state().code())))
        .ints(
            "waits",
            refused
                .iter()
                .map(|(_, r)| r.wait().map(|(what, _)| i64::from(what.code()))),
        )
        .ints("due", refused.iter().map(|(_, r)| r.wait().map(|(_, ms)| now.0 + ms)))
        .ints("next", refused.iter().map(|(_, r)| r.next_possible()))
        .texts("why", refused.iter().map(|(_, r)| r.reason()));
    let text = format!(
        "UPDATE messages SET
             state = CASE WHEN r.state > {MESSAGE_LAST_NOT_FINAL} AND sent_at IS NOT NULL THEN {MESSAGE_SENT} ELSE r.state END,
             waiting_for = r.waits, due_at = r.due, reason = r.why, next_possible_at = r.next
         FROM {{rows}} WHERE id = r.message AND batch_id = $1 AND messages.state = {MESSAGE_PENDING}{}",
        months::within(session.dialect(), "id", months::of_batch(batch))
    );
    session.execute(sql(text).int(batch.0).rows(table)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_that_applies_is_the_reason() {
        let sms = Channel::Sms.bit();
        let push = Channel::Push.bit();
        for (expires, guest, alive, country_stopped, expected) in [
            (None, Some((sms, false)), true, false, None),
            (Some(11), Some((sms | push, false)), true, false, None),
            (Some(10), Some((sms, false)), true, false, Some(Refusal::Expired)),
            (
                None,
                Some((sms, true)),
                true,
                true,
                Some(Refusal::Withdrawn(Exclusion::Blacklisted)),
            ),
            (
                None,
                Some((push, false)),
                false,
                false,
                Some(Refusal::Withdrawn(Exclusion::NoConsent)),
            ),
            (None, Some((sms, false)), false, true, Some(Refusal::Dead)),
            (None, Some((sms, false)), true, true, Some(Refusal::Country)),
            (None, None, true, false, None),
        ] {
            let eligibility = Eligibility {
                channel: Channel::Sms,
                purpose: Purpose::Marketing,
                expires: expires.map(Timestamp),
                address_stands: alive,
                country_stopped,
                guest: guest.map(|(consents, blacklisted)| Guest {
                    may: Permission::of_consents(consents),
                    blacklisted,
                }),
            };
            assert_eq!(eligibility.refusal(Timestamp(10)), expected);
            let notification = Eligibility {
                purpose: Purpose::Notification,
                ..eligibility
            };
            let expected = match expected {
                Some(Refusal::Withdrawn(Exclusion::NoConsent)) => Some(Refusal::Dead),
                other => other,
            };
            assert_eq!(notification.refusal(Timestamp(10)), expected);
        }
    }
}
