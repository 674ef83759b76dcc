//! The time of day after a date, and its offset.

use super::NoTime;
use super::scan::Scan;
use jiff::civil::Time;
use jiff::tz::Offset;

#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub time: Time,
    pub offset: Option<Offset>,
}

/// Reads to the end of the text; an empty rest means midnight.
pub(super) fn read(scan: &mut Scan<'_>) -> Result<Clock, NoTime> {
    scan.spaces();
    if scan.rest().is_empty() {
        let (time, offset) = (Time::midnight(), None);
        return Ok(Clock { time, offset });
    }
    if scan.any(&['t', ',', 'в']).is_some() {
        scan.spaces();
    }
    let time = time(scan)?;
    scan.spaces();
    let offset = offset(scan)?;
    if scan.rest().trim().is_empty() {
        Ok(Clock { time, offset })
    } else {
        Err(NoTime::Unreadable)
    }
}

fn time(scan: &mut Scan<'_>) -> Result<Time, NoTime> {
    let two = |scan: &mut Scan<'_>| match scan.number() {
        Some((n, 2)) => Ok(n),
        _ => Err(NoTime::Unreadable),
    };
    let hour = match scan.number() {
        Some((hour, 1 | 2)) => hour,
        _ => return Err(NoTime::Unreadable),
    };
    let separator = scan.any(&[':', '.']).ok_or(NoTime::Unreadable)?;
    let minute = two(scan)?;
    let mut second = 0;
    if scan.any(&[separator]).is_some() {
        second = two(scan)?;
        if scan.any(&['.', ',']).is_some() {
            // Parts of a second say nothing about an order.
            let digits = scan.rest().bytes().take_while(u8::is_ascii_digit).count();
            *scan = Scan::new(&scan.rest()[digits..]);
        }
    }
    let hour = half_of_day(scan, hour)?;
    if hour == 24 {
        return Err(NoTime::Hour24);
    }
    let part = |n: i16| i8::try_from(n).map_err(|_| NoTime::NoSuchTime);
    Time::new(part(hour)?, part(minute)?, part(second)?, 0).map_err(|_| NoTime::NoSuchTime)
}

/// `am` and `pm`.
fn half_of_day(scan: &mut Scan<'_>, hour: i16) -> Result<i16, NoTime> {
    let rest = scan.rest().trim_start();
    let halves = [("am", 0), ("a.m.", 0), ("pm", 12), ("p.m.", 12)];
    let Some((word, add)) = halves.into_iter().find(|(word, _)| rest.starts_with(word)) else {
        return Ok(hour);
    };
    *scan = Scan::new(&rest[word.len()..]);
    match hour {
        1..=12 => Ok(hour % 12 + add),
        _ => Err(NoTime::NoSuchTime),
    }
}

/// `Z`, `+03:00`, `+0300`, `+03`, `UTC+3`.
fn offset(scan: &mut Scan<'_>) -> Result<Option<Offset>, NoTime> {
    let named = scan.word();
    match named {
        None | Some("z" | "utc" | "gmt") => {}
        Some(zone) => return Err(NoTime::ZoneName(zone.to_uppercase())),
    }
    let Some(sign) = scan.any(&['+', '-']) else {
        return Ok(named.map(|_| Offset::UTC));
    };
    let (hours, minutes) = match scan.number().ok_or(NoTime::Unreadable)? {
        (n, 4) => (n / 100, n % 100),
        (hours, 1 | 2) => {
            let minutes = match scan.any(&[':']) {
                Some(_) => scan.number().ok_or(NoTime::Unreadable)?.0,
                None => 0,
            };
            (hours, minutes)
        }
        _ => return Err(NoTime::Unreadable),
    };
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    let seconds = if sign == '-' { -seconds } else { seconds };
    if hours > 14 || minutes > 59 {
        return Err(NoTime::NoSuchTime);
    }
    Offset::from_seconds(seconds).map(Some).map_err(|_| NoTime::NoSuchTime)
}
