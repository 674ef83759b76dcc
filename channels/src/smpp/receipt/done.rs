//! The time in a receipt.

use bellhop_domain::Timestamp;
use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone};

/// Instants from 2000 to 2100 are believed; digits that give another year must be in another format.
const BELIEVED: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// The instant of `YYMMDDhhmm`, with seconds or not, the year in two or four digits, with separators or not; in the
/// zone given after it, else at the operator's `offset` from UTC; or an instant in Unix seconds.
pub(in crate::smpp) fn instant(done: &str, offset: Option<FixedOffset>) -> Option<Timestamp> {
    let done = done.trim();
    let at = zoned(done).or_else(|| {
        let digits: String = done.chars().filter(char::is_ascii_digit).collect();
        let is_date = done.chars().all(|c| c.is_ascii_digit() || " -/.:T,".contains(c));
        let local = is_date.then(|| local(&digits)).flatten();
        match local {
            Some(local) => offset?
                .from_local_datetime(&local)
                .single()
                .map(|at| at.timestamp_millis()),
            None => unix(done),
        }
    })?;
    BELIEVED.contains(&at).then_some(Timestamp(at))
}

/// A time made only of digits. `YYYYMMDDhhmm` and `YYMMDDhhmmss` have the same length, but in this century a
/// four-digit year read as the second form gives an invalid month.
fn local(digits: &str) -> Option<NaiveDateTime> {
    let read = |digits: &str, form: &str| NaiveDateTime::parse_from_str(digits, form).ok();
    let (minutes, full) = ("%y%m%d%H%M%S", "%Y%m%d%H%M%S");
    match digits.len() {
        10 => read(&format!("{digits}00"), minutes),
        12 => read(digits, minutes).or_else(|| read(&format!("{digits}00"), full)),
        14 => read(digits, full),
        _ => None,
    }
}

/// SMPP's own `YYMMDDhhmmsstnnp` (§7.1.1), quarters of an hour from UTC; or a date with its offset.
fn zoned(done: &str) -> Option<i64> {
    if let Some((front, [tenth, high, low, sign @ (b'+' | b'-')])) = done.as_bytes().split_last_chunk::<4>()
        && [tenth, high, low].iter().all(|digit| digit.is_ascii_digit())
        && front.len() == 12
    {
        let quarters = i32::from(high - b'0') * 10 + i32::from(low - b'0');
        let seconds = if *sign == b'+' { quarters * 900 } else { quarters * -900 };
        let local = local(std::str::from_utf8(front).ok()?)?;
        let at = FixedOffset::east_opt(seconds)?.from_local_datetime(&local).single()?;
        return Some(at.timestamp_millis());
    }
    let forms = ["%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M %z"];
    let other = || forms.iter().find_map(|form| DateTime::parse_from_str(done, form).ok());
    Some(
        DateTime::parse_from_rfc3339(done)
            .ok()
            .or_else(other)?
            .timestamp_millis(),
    )
}

/// Unix seconds or milliseconds of the present, which begin with 1 until 2033, whereas an invalid date begins with
/// its year.
fn unix(done: &str) -> Option<i64> {
    let number: i64 = done.parse().ok().filter(|_| done.starts_with('1'))?;
    match done.len() {
        10 => Some(number * 1_000),
        13 => Some(number),
        _ => None,
    }
}
