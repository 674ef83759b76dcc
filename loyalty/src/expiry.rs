//! When bonuses burn (PRODUCT.md §15: expiry).

use bellhop_domain::time::TimeError;
use bellhop_domain::{Timestamp, Zone};
use jiff::civil::Time;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// How long bonuses of an account live. Days and months are those of the organisation's calendar: bonuses may be used through
/// their last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expiry {
    pub after: Life,
    pub counted_from: CountedFrom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    Days(u16),
    Months(u16),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedFrom {
    /// When they were given.
    Accrual,
    /// The guest's latest order, or when they were given if that was later: an order moves all of them.
    LatestOrder,
}

impl Default for Expiry {
    fn default() -> Self {
        Self {
            after: Life::Days(30),
            counted_from: CountedFrom::Accrual,
        }
    }
}

impl Expiry {
    /// The instant at which bonuses that were given then burn: the midnight after their last day.
    ///
    /// # Errors
    /// When it lies beyond the calendar.
    pub fn burns_at(
        &self,
        given: Timestamp,
        latest_order: Option<Timestamp>,
        zone: &Zone,
    ) -> Result<Timestamp, TimeError> {
        let from = match self.counted_from {
            CountedFrom::Accrual => given,
            CountedFrom::LatestOrder => latest_order.map_or(given, |order| order.max(given)),
        };
        let life: Span = match self.after {
            Life::Days(days) => i64::from(days).days(),
            Life::Months(months) => i64::from(months).months(),
        };
        let beyond = |_| TimeError::Unreadable(from.0.to_string());
        let last = zone.local(from)?.date().checked_add(life).map_err(beyond)?;
        let after = last.tomorrow().map_err(beyond)?;
        zone.instant(after.to_datetime(Time::midnight()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burns(rule: &str, given: &str, latest_order: Option<&str>) -> String {
        let zone = Zone::named("Europe/Moscow").unwrap();
        let rule: Expiry = serde_json::from_str(rule).unwrap();
        let at = |text: &str| zone.parse(text).unwrap();
        let burns = rule.burns_at(at(given), latest_order.map(at), &zone).unwrap();
        zone.rfc3339(burns).unwrap()
    }

    #[test]
    fn they_may_be_used_through_their_last_day() {
        const DAYS: &str = r#"{"after":{"days":30},"counted_from":"accrual"}"#;
        const MONTHS: &str = r#"{"after":{"months":3},"counted_from":"accrual"}"#;
        for (rule, given, burnt) in [
            (DAYS, "2026-12-01T23:59:00", "2027-01-01T00:00:00+03:00"),
            (DAYS, "2026-12-02T00:00:00", "2027-01-02T00:00:00+03:00"),
            (MONTHS, "2026-11-15T12:00:00", "2027-02-16T00:00:00+03:00"),
            // There is no 31 February: the month's last day.
            (MONTHS, "2026-11-30T12:00:00", "2027-03-01T00:00:00+03:00"),
        ] {
            assert_eq!(burns(rule, given, Some("2028-01-01T00:00:00")), burnt, "{rule} {given}");
        }
    }

    #[test]
    fn an_order_moves_them_and_never_back() {
        const RULE: &str = r#"{"after":{"months":3},"counted_from":"latest_order"}"#;
        let given = "2026-11-15T12:00:00";
        assert_eq!(burns(RULE, given, None), "2027-02-16T00:00:00+03:00");
        assert_eq!(
            burns(RULE, given, Some("2026-12-20T12:00:00")),
            "2027-03-21T00:00:00+03:00"
        );
        assert_eq!(
            burns(RULE, given, Some("2026-10-01T12:00:00")),
            "2027-02-16T00:00:00+03:00"
        );
    }
}
