//! A cell as text.

use calamine::{DataRef, ExcelDateTime};

/// From this number on a spreadsheet keeps no single units: it has 15 digits.
const ROUNDED: f64 = 1e15;

/// What a cell says, as a careful human would write it.
///
/// - A date or time is written in the order year, month, day, without a zone: it means the restaurant's clock, as in any file.
/// - A number has a decimal point, and never exactly three decimals, so that nobody can take the point for a separator of thousands.
/// - A number of more digits than a spreadsheet keeps is written as a power of ten, which is refused where digits matter.
pub(super) fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_of(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(is) => if *is { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(at) => date_of(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

fn number_of(number: f64) -> String {
    if number.abs() >= ROUNDED || !number.is_finite() {
        return format!("{number:E}").replace('E', "E+");
    }
    if number.fract() == 0.0 {
        return format!("{number:.0}");
    }
    // As the spreadsheet shows it: with 15 digits, so that 0.1 + 0.2 is 0.3.
    let whole_digits = format!("{:.0}", number.abs().trunc()).len();
    let text = format!("{number:.*}", 15_usize.saturating_sub(whole_digits));
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 3) {
        true => format!("{text}0"),
        false => text.to_owned(),
    }
}

fn date_of(at: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    // Excel keeps times as parts of a day, so that a second can lack some thousandths.
    let second = if milli >= 500 && second < 59 {
        second + 1
    } else {
        second
    };
    if at.is_duration() || at.as_f64() < 1.0 {
        return format!("{hour:02}:{minute:02}:{second:02}");
    }
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    }
}

/// Appends a cell of CSV. A line break within a cell becomes a space, so that lines are rows.
pub(super) fn quote(value: &str, text: &mut Vec<u8>) {
    if value.is_empty() {
        return;
    }
    text.push(b'"');
    for byte in value.bytes() {
        match byte {
            b'"' => text.extend_from_slice(b"\"\""),
            b'\n' | b'\r' => text.push(b' '),
            byte => text.push(byte),
        }
    }
    text.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn a_number_is_written_so_that_it_means_one_thing() {
        for (number, text) in [
            (79_161_234_567.0, "79161234567"),
            (1250.5, "1250.5"),
            (1.25, "1.25"),
            (1.234, "1.2340"),
            (0.1 + 0.2, "0.3"),
            (-3.0, "-3"),
            (1_250.000_000_000_1, "1250.0000000001"),
            (999_999_999_999_999.0, "999999999999999"),
            (1e15, "1E+15"),
            (1.234_567_890_123_456_7e18, "1.2345678901234568E+18"),
        ] {
            assert_eq!(number_of(number), text);
        }
    }

    #[test]
    fn a_date_is_written_year_first() {
        for (value, text) in [
            (46_082.0, "2026-03-01"),
            (46_082.812_5, "2026-03-01 19:30:00"),
            (46_082.999_988_425_9, "2026-03-01 23:59:59"),
            (0.5, "12:00:00"),
        ] {
            let at = ExcelDateTime::new(value, ExcelDateTimeType::DateTime, false);
            assert_eq!(date_of(&at), text);
        }
        let of_a_mac = ExcelDateTime::new(44_620.0, ExcelDateTimeType::DateTime, true);
        assert_eq!(date_of(&of_a_mac), "2026-03-01");
    }

    #[test]
    fn a_cell_is_one_line() {
        let mut text = Vec::new();
        quote("a \"b\"\r\nc,d", &mut text);
        assert_eq!(text, b"\"a \"\"b\"\"  c,d\"");
    }
}
