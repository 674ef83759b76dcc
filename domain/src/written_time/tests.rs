use super::*;

fn at(text: &str) -> Result<String, NoTime> {
    let moscow = Zone::named("Europe/Moscow").unwrap();
    instant(text, &moscow).map(Timestamp::to_rfc3339)
}

#[test]
fn times_are_read_as_a_human_reads_them() {
    let half_past_seven = "2026-03-01T16:30:00Z";
    for text in [
        "2026-03-01T19:30",
        "2026-03-01 19:30:00",
        "01.03.2026 19:30",
        "1.3.2026 19:30",
        "01.03.2026 19:30:00",
        "01.03.2026 19:30:00,000",
        "01.03.2026\u{A0}19:30",
        "01.03.2026  19:30",
        "01.03.2026, 19:30",
        "01.03.2026 в 19:30",
        "01.03.2026T19:30",
        "01.03.2026 19.30",
        "01.03.2026 г. 19:30",
        "01.03.26 19:30",
        "1 марта 2026 19:30",
        "1 марта 2026 г., 19:30",
        "01-мар-2026 19:30",
        "1 Mar 2026 7:30 PM",
        "March 1, 2026 7:30 p.m.",
        "2026/03/01 19:30",
        "2026.03.01 19:30",
        "2026-03-01 07:30 pm",
        "01.03.2026 16:30Z",
        "01.03.2026 16:30 UTC",
        "01.03.2026 19:30 +03:00",
        "01.03.2026 19:30 UTC+3",
        "2026-03-01T19:30:00+0300",
        "01.03.2026 12:30 -0400",
        "'01.03.2026 19:30",
    ] {
        assert_eq!(at(text).as_deref(), Ok(half_past_seven), "{text:?}");
    }
    for (text, when) in [
        ("01.03.2026", "2026-02-28T21:00:00Z"),
        ("01.03.2026 9:05", "2026-03-01T06:05:00Z"),
        ("01.03.2026 0:00:00", "2026-02-28T21:00:00Z"),
        ("13/03/2026 10:00", "2026-03-13T07:00:00Z"),
        ("03/13/2026 12:00 AM", "2026-03-12T21:00:00Z"),
        ("03/03/2026 12:00 PM", "2026-03-03T09:00:00Z"),
        ("13-03-2026", "2026-03-12T21:00:00Z"),
    ] {
        assert_eq!(at(text).as_deref(), Ok(when), "{text:?}");
    }
}

#[test]
fn what_may_be_two_days_is_none() {
    for text in ["03/01/2026 7:30 PM", "01/03/2026", "1-3-2026", "01-03-2026 10:00"] {
        let Err(NoTime::Ambiguous(one, other)) = at(text) else {
            panic!("{text}: {:?}", at(text));
        };
        let mut both = [one, other];
        both.sort();
        assert_eq!(both, ["2026-01-03", "2026-03-01"], "{text}");
    }
}

#[test]
fn what_is_no_time_says_why() {
    use NoTime::*;
    for (text, error) in [
        ("", Unreadable),
        ("yesterday", Unreadable),
        ("01.03.2026x", Unreadable),
        ("01.03.2026 19", Unreadable),
        ("01.03.2026 19:3", Unreadable),
        ("2026-02-30", NoSuchDay),
        ("30.02.2026 10:00", NoSuchDay),
        ("03.25.2026", NoSuchDay),
        ("00.01.1900", NoSuchDay),
        ("01.03.2026 25:00", NoSuchTime),
        ("2026-03-01 19:61", NoSuchTime),
        ("01.03.2026 13:00 PM", NoSuchTime),
        ("2026-03-01 24:00", Hour24),
        ("46082,8125", Number),
        ("46082", Number),
        ("1772382600000", Number),
        ("01.03", NoYear),
        ("01.03.", NoYear),
        ("1 марта", NoYear),
        ("01/03/26", ShortYear),
        ("01.03.99", ShortYear),
        ("0000-00-00 00:00:00", Zeros),
        ("2026-03-01 19:30:00 MSK", ZoneName("MSK".to_owned())),
        ("01.03.2026 19:30 мск", ZoneName("МСК".to_owned())),
    ] {
        assert_eq!(at(text), Err(error), "{text:?}");
    }
}

#[test]
fn days_have_a_full_year_and_no_time() {
    for text in [
        "1990-03-07",
        "07.03.1990",
        "7.3.1990",
        "07.03.1990 0:00",
        "1990-03-07 00:00:00",
        "7 марта 1990 г.",
        "March 7, 1990",
    ] {
        assert_eq!(day(text), Ok((1990, 3, 7)), "{text:?}");
    }
    for (text, error) in [
        ("07.03.90", NoTime::ShortYear),
        ("07.03.", NoTime::NoYear),
        ("--03-07", NoTime::Unreadable),
        (
            "03/07/1990",
            NoTime::Ambiguous("1990-07-03".to_owned(), "1990-03-07".to_owned()),
        ),
        ("07.03.1990 10:00", NoTime::TimeOfDay),
        ("32939", NoTime::Number),
    ] {
        assert_eq!(day(text), Err(error), "{text:?}");
    }
}
