//! The clock of the story.

use anyhow::Result;
use bellhop_domain::{Timestamp, Zone};
use jiff::ToSpan;
use jiff::civil::Date;

/// The instants of the story, by the clock of the organisation.
pub(super) struct Times {
    zone: Zone,
    first: Date,
}

impl Times {
    /// The story begins on the day after this instant.
    pub(super) fn after(now: Timestamp, zone: Zone) -> Result<Self> {
        let first = zone.local(zone.next_midnight(now)?)?.date();
        Ok(Self { zone, first })
    }

    /// The day of so many days later.
    pub(super) fn day(&self, days: i32) -> Result<Date> {
        Ok(self.first.checked_add(days.days())?)
    }

    /// So many days after the first one.
    pub(super) fn at(&self, days: i32, hour: i8, minute: i8) -> Result<Timestamp> {
        Ok(self.zone.instant(self.day(days)?.at(hour, minute, 0, 0))?)
    }
}
