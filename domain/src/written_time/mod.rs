//! Days and times as people and spreadsheets write them: `01.03.2026 9:30`, `1 марта 2026 г.`, `2026-03-01T09:30:00Z`.
//!
//! Nothing is guessed: `03/01/2026` may be two days and is refused.

mod clock;
mod date;
mod error;
mod scan;
#[cfg(test)]
mod tests;

pub use error::NoTime;

use crate::{Timestamp, Zone};
use date::Year;
use jiff::civil;
use scan::Scan;

/// Reads an instant: with an offset as it says, without one by that zone's wall clock; a bare date means midnight. A
/// two-digit year lies between 2000 and 2069.
pub fn instant(text: &str, zone: &Zone) -> Result<Timestamp, NoTime> {
    let iso = zone.parse(text).ok();
    iso.map_or_else(|| as_written(text, zone), Ok)
}

fn as_written(text: &str, zone: &Zone) -> Result<Timestamp, NoTime> {
    let text = plain(text);
    let mut scan = begin(&text)?;
    let day = date::read(&mut scan, Year::OrTwoDigits)?;
    let clock = clock::read(&mut scan)?;
    let local = day.to_datetime(clock.time);
    match clock.offset {
        None => zone.instant(local).map_err(|_| NoTime::Unreadable),
        Some(offset) => offset
            .to_timestamp(local)
            .map(|at| Timestamp(at.as_millisecond()))
            .map_err(|_| NoTime::Unreadable),
    }
}

/// Reads a day: year, month, day. A time after it must be midnight, which spreadsheets add.
pub fn day(text: &str) -> Result<(i16, i8, i8), NoTime> {
    let text = plain(text);
    let mut scan = begin(&text)?;
    let day = date::read(&mut scan, Year::OfFourDigits)?;
    if clock::read(&mut scan)?.time != civil::Time::midnight() {
        return Err(NoTime::TimeOfDay);
    }
    Ok((day.year(), day.month(), day.day()))
}

/// The text in lower case, with plain spaces and hyphens.
fn plain(text: &str) -> String {
    let simple = |c: char| match c {
        c if c.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '−' => '-',
        c => c,
    };
    let text: String = text.chars().map(simple).collect();
    text.trim().trim_start_matches('\'').trim().to_lowercase()
}

/// Refuses what is not a date at all before reading any of it.
fn begin(text: &str) -> Result<Scan<'_>, NoTime> {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = text.split_once([',', '.']).unwrap_or((text, "0"));
    if number(whole) && number(fraction) {
        return Err(if whole.len() > 2 {
            NoTime::Number
        } else {
            NoTime::NoYear
        });
    }
    if text.starts_with("0000") || text.starts_with("00.00.0000") {
        return Err(NoTime::Zeros);
    }
    Ok(Scan::new(text))
}
