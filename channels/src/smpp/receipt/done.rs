//! When a receipt says that it happened.

use bellhop_domain::Timestamp;
use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone};

/// Instants are believed from 2000 to 2100: digits that give another are of another form.
const BELIEVED: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// The instant of `YYMMDDhhmm`, with seconds or not, the year in two or four digits, with separators or not; in the zone that
/// stands behind it, else by the clock of an operator that is `offset` from UTC; or of Unix seconds.
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

/// Of digits alone. `YYYYMMDDhhmm` and `YYMMDDhhmmss` are as long as each other: in this century, a year in four digits gives
/// a month that is none.
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

/// Seconds or milliseconds of our days, which begin with 1 until 2033: a date that is wrong begins with its year.
fn unix(done: &str) -> Option<i64> {
    let number: i64 = done.parse().ok().filter(|_| done.starts_with('1'))?;
    match done.len() {
        10 => Some(number * 1_000),
        13 => Some(number),
        _ => None,
    }
}
