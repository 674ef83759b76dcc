//! What the calendar says of a guest, for a program by dates: what a round arms, moves and cancels.

use super::Known;
use super::rule::burns_of;
use bellhop_domain::retention::Thresholds;
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{Timestamp, Zone};
use bellhop_programs::definition::Trigger;
use bellhop_programs::engine::{Birthday, Firing, FiringState, GuestDates, Occasion, Reason, next_date, replan};
use bellhop_store::programs::{Calendar, DatedGuest, Days, KnownFiring, OrderMark, ReasonCode, Replanned};
use std::collections::BTreeSet;
use std::time::Duration;

/// A round begins when less than this is armed, and arms an hour more.
pub const AHEAD: Duration = Duration::from_secs(24 * 3600);
pub const ROUND: Duration = Duration::from_secs(3600);
/// A date that was missed for longer than this is not looked for, however late the program may be.
pub const LONGEST_LATE: Duration = Duration::from_secs(7 * 24 * 3600);
/// A day in any time zone begins and ends within two of UTC; a message about a move goes on the day after it.
const AROUND: i64 = 2;

/// The calendar of one version, for one round.
pub struct ByDates<'a> {
    pub known: &'a Known,
    /// Of guests who have none.
    pub zone: Zone,
    pub thresholds: Thresholds,
    /// What is planned before goes no more, and what is planned after `until` is a later round's.
    pub from: Timestamp,
    pub until: Timestamp,
    pub now: Timestamp,
}

impl<'a> ByDates<'a> {
    /// The round of `now`, which arms up to `until`. What was missed while nobody was there goes late, and what was before the
    /// program was switched on does not go.
    pub fn at(
        known: &'a Known,
        zone: Zone,
        thresholds: Thresholds,
        switched_at: Timestamp,
        now: Timestamp,
        until: Timestamp,
    ) -> Self {
        let late = known.definition.late.span().min(LONGEST_LATE);
        Self {
            known,
            zone,
            thresholds,
            from: now.minus(late).max(switched_at),
            until,
            now,
        }
    }
}

impl ByDates<'_> {
    /// Whose dates may fall into the round: some more, whom the plan then passes over.
    pub fn days(&self) -> Days {
        match &self.known.definition.trigger {
            Trigger::Event(_) => Days::Birthdays(Vec::new()),
            Trigger::Birthday(it) => {
                let ahead = i64::from(it.days_before);
                // Those who told it late may still be congratulated when it is over.
                let behind = it.through_days_after.map_or(ahead, |days| -i64::from(days));
                Days::Birthdays(birthdays(
                    days_later(self.from, behind.min(ahead) - AROUND),
                    days_later(self.until, ahead + AROUND),
                ))
            }
            Trigger::BonusesBurn(it) => Days::BurnsBefore(days_later(self.until, i64::from(it.days_before) + AROUND)),
            Trigger::Retention(_) => Days::Orders(self.orders()),
        }
    }

    /// The orders by which a guest moves into another category in this time.
    fn orders(&self) -> Vec<(OrderMark, Timestamp, Timestamp)> {
        let (from, until) = (days_later(self.from, -AROUND), days_later(self.until, AROUND));
        let before = |span: i64| (Timestamp(from.0 - span), Timestamp(until.0 - span));
        let of = |mark, span| {
            let (from, until) = before(span);
            (mark, from, until)
        };
        vec![
            of(OrderMark::Latest, 0),
            of(OrderMark::Latest, self.thresholds.cooling_ms()),
            of(OrderMark::Latest, self.thresholds.lost_ms()),
            of(OrderMark::First, self.thresholds.new_ms()),
            of(OrderMark::Returning, self.thresholds.returned_ms()),
        ]
    }

    /// A message about a move goes on the day after it, so that moves from before are looked at too.
    fn since(&self) -> Timestamp {
        match self.known.definition.trigger {
            Trigger::Retention(_) => days_later(self.from, -AROUND),
            Trigger::Event(_) | Trigger::Birthday(_) | Trigger::BonusesBurn(_) => self.from,
        }
    }
}

impl Calendar for ByDates<'_> {
    fn plan(&self, guest: &DatedGuest) -> Replanned {
        let own = guest.zone.as_deref().and_then(|name| Zone::named(name).ok());
        let zone = own.as_ref().unwrap_or(&self.zone);
        let dates = GuestDates {
            birthday: guest.birthday.map(|month_day| Birthday {
                month_day,
                told_at: guest.birthday_told_at,
            }),
            burns: burns_of(guest.burns.as_deref()),
            orders: guest.orders,
            thresholds: self.thresholds,
        };
        let firings: Vec<Firing> = guest.firings.iter().filter_map(firing).collect();
        let next = next_date(&self.known.definition, &dates, &firings, zone, self.since());
        // One that was missed for too long is not to stand in the journal as late.
        let next = next.filter(|(_, at)| *at >= self.from);
        let plan = replan(next, &firings, self.now);
        let told = |(occasion, at): (Occasion, Timestamp)| (occasion.to_string(), at);
        Replanned {
            cancel: plan.cancel.iter().map(ToString::to_string).collect(),
            add: plan.add.filter(|(_, at)| *at < self.until).map(told),
            retime: plan.retime.map(told),
        }
    }

    fn replanned(&self) -> ReasonCode {
        ReasonCode(Reason::Replanned.code())
    }
}

fn firing(it: &KnownFiring) -> Option<Firing> {
    Some(Firing {
        occasion: Occasion(it.occasion.clone()),
        state: FiringState::from_code(it.state.code())?,
        due_at: it.due_at,
        last_event: it.last_event,
    })
}

fn days_later(at: Timestamp, days: i64) -> Timestamp {
    Timestamp(at.0.saturating_add(days.saturating_mul(DAY_MS)))
}

/// The days between two instants, as birthdays are kept; 29 February counts as the 28th, in common years.
fn birthdays(from: Timestamp, until: Timestamp) -> Vec<(i16, i16)> {
    let (utc, mut days, mut at) = (Zone::utc(), BTreeSet::new(), from);
    while at <= until {
        if let Ok(local) = utc.local(at) {
            days.insert(i16::from(local.month()) * 100 + i16::from(local.day()));
        }
        at = days_later(at, 1);
    }
    if days.contains(&228) {
        days.insert(229);
    }
    days.into_iter().map(|day| (day, day)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birthdays_go_over_the_turn_of_the_year_and_know_leap_days() {
        let utc = Zone::utc();
        for (from, until, expected) in [
            ("2026-12-30", "2027-01-02", vec![101, 102, 1230, 1231]),
            ("2027-02-27", "2027-03-01", vec![227, 228, 229, 301]),
            ("2028-02-28", "2028-03-01", vec![228, 229, 301]),
        ] {
            let days = birthdays(utc.parse(from).unwrap(), utc.parse(until).unwrap());
            assert_eq!(days.iter().map(|(day, _)| *day).collect::<Vec<_>>(), expected, "{from}");
        }
    }
}
