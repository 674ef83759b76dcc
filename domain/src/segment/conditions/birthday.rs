//! `{"birthday":{"within_days":7}}`: the birthday is today or in the next N days, by the organisation's calendar.

use crate::segment::{Asked, Condition, Guest};
use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Birthday {
    pub within_days: u32,
}

/// A window of a year or more contains every birthday.
const YEAR: u32 = 366;

impl Birthday {
    /// The first and the last day of the window; `None` beyond the calendar.
    pub fn window(&self, asked: &Asked) -> Option<(NaiveDate, NaiveDate)> {
        let local = asked.zone.local(asked.as_of).ok()?;
        let today = NaiveDate::from_ymd_opt(
            i32::from(local.year()),
            u32::from(local.month().unsigned_abs()),
            u32::from(local.day().unsigned_abs()),
        )?;
        let last = today.checked_add_days(Days::new(u64::from(self.within_days.min(YEAR))))?;
        Some((today, last))
    }
}

/// month * 100 + day, as birthdays are kept.
fn month_day(day: NaiveDate) -> i16 {
    (day.month() * 100 + day.day()) as i16
}

/// 29 February counts as 28 February in common years (PRODUCT.md §7).
fn celebrates(birthday: i16, day: NaiveDate) -> bool {
    birthday == month_day(day) || (birthday == 229 && month_day(day) == 228 && !day.leap_year())
}

impl Condition for Birthday {
    fn holds(&self, guest: &Guest, asked: &Asked) -> bool {
        let (Some(birthday), Some((first, last))) = (guest.birthday, self.window(asked)) else {
            return false;
        };
        first
            .iter_days()
            .take_while(|day| *day <= last)
            .any(|day| celebrates(birthday, day))
    }

    fn clause(&self, _: &Asked) -> String {
        format!("birthday within {} days", self.within_days)
    }

    fn fact(&self, guest: &Guest, _: &Asked) -> String {
        match guest.birthday {
            Some(it) => format!("it is on {:02}-{:02} (month-day)", it / 100, it % 100),
            None => "not known".to_owned(),
        }
    }
}
