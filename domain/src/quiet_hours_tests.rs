use super::*;
use proptest::prelude::*;

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

#[test]
fn the_one_spelling() {
    for (written, printed) in [("22:00-09:00", "22:00-09:00"), (" 01:30 - 05:00 ", "01:30-05:00")] {
        assert_eq!(written.parse::<QuietHours>().unwrap().to_string(), printed);
    }
    assert_eq!("22:00-09:00".parse(), Ok(QuietHours::default()));
    for (written, why) in [
        ("", "no '-'"),
        ("22:00", "no '-'"),
        ("22-9", "the first is not a time"),
        ("22:00-24:00", "the second is not a time"),
        ("22:00-9:00", "the second is not a time"),
        ("09:00-09:00", "leave them out"),
    ] {
        let message = written.parse::<QuietHours>().unwrap_err().to_string();
        assert!(
            message.contains(why) && message.contains("22:00-09:00"),
            "{written}: {message}"
        );
    }
}

#[test]
fn marketing_waits_for_the_recipients_morning() {
    let quiet = QuietHours::default();
    for (name, at, open) in [
        ("Europe/Moscow", "2026-03-01T21:59:59.999", "2026-03-01T21:59:59.999"),
        ("Europe/Moscow", "2026-03-01T22:00:00", "2026-03-02T09:00:00"),
        ("Europe/Moscow", "2026-03-02T08:59:59.5", "2026-03-02T09:00:00"),
        ("Asia/Kolkata", "2026-12-31T23:15:07", "2027-01-01T09:00:00"),
        // The clocks are put forward, back, and a whole day is left out.
        ("Europe/Berlin", "2026-03-28T23:00:00", "2026-03-29T09:00:00"),
        ("Europe/Berlin", "2026-10-24T23:00:00", "2026-10-25T09:00:00"),
        ("Pacific/Apia", "2011-12-29T23:00:00", "2011-12-31T09:00:00"),
    ] {
        let zone = zone(name);
        let (at, open) = (zone.parse(at).unwrap(), zone.parse(open).unwrap());
        assert_eq!(quiet.next_open(&zone, at).unwrap(), open, "{name} {at}");
    }
}

#[test]
fn an_end_in_the_changed_hour_is_the_first_open_instant() {
    let quiet: QuietHours = "22:00-02:30".parse().unwrap();
    let berlin = zone("Europe/Berlin");
    let open = |at: &str| {
        quiet.next_open(
            &berlin,
            at.parse()
                .map(|t: jiff::Timestamp| Timestamp(t.as_millisecond()))
                .unwrap(),
        )
    };
    // 02:00 becomes 03:00, which is open.
    assert_eq!(
        open("2026-03-29T00:10:00Z").unwrap().to_rfc3339(),
        "2026-03-29T01:00:00Z"
    );
    // 03:00 becomes 02:00: open from the first 02:30, quiet once more, open from the second.
    assert_eq!(
        open("2026-10-25T00:10:00Z").unwrap().to_rfc3339(),
        "2026-10-25T00:30:00Z"
    );
    assert_eq!(
        open("2026-10-25T00:45:00Z").unwrap().to_rfc3339(),
        "2026-10-25T00:45:00Z"
    );
    assert_eq!(
        open("2026-10-25T01:10:00Z").unwrap().to_rfc3339(),
        "2026-10-25T01:30:00Z"
    );
}

#[test]
fn open_minutes_that_the_clocks_leave_out_are_waited_for_until_the_next_day() {
    let (quiet, berlin) = ("02:15-02:00".parse::<QuietHours>().unwrap(), zone("Europe/Berlin"));
    let at = |text: &str| berlin.parse(text).unwrap();
    // On 29 March there is no 02:00 to 02:59.
    let open = quiet.next_open(&berlin, at("2026-03-28T13:13:20")).unwrap();
    assert_eq!(open, at("2026-03-30T02:00:00"));
}

#[test]
fn stretches_are_the_nights() {
    let (quiet, moscow) = (QuietHours::default(), zone("Europe/Moscow"));
    let at = |text: &str| moscow.parse(text).unwrap();
    let nights = quiet
        .stretches(&moscow, at("2026-03-01T23:00:00"), at("2026-03-03T08:00:00"))
        .unwrap();
    let expected = [
        (at("2026-03-01T23:00:00"), at("2026-03-02T09:00:00")),
        (at("2026-03-02T22:00:00"), at("2026-03-03T08:00:00")),
    ];
    assert_eq!(nights, expected);
    assert_eq!(quiet.open_per_day(), std::time::Duration::from_secs(13 * 3600));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nothing_between_now_and_the_next_open_instant_is_open(
        name in prop::sample::select(vec![
            "Europe/Berlin", "Europe/Moscow", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
            "Africa/Casablanca", "America/Santiago", "Pacific/Apia", "Asia/Tehran",
        ]),
        // Half of them close to where the clocks change in 2026.
        at in prop_oneof![
            1_600_000_000_000..1_900_000_000_000i64,
            1_774_700_000_000..1_774_850_000_000i64,
            1_792_850_000_000..1_793_000_000_000i64,
        ],
        from in 0..1440i16, until in 0..1440i16,
    ) {
        prop_assume!(from != until);
        let (quiet, zone, at) = (QuietHours { from, until }, zone(name), Timestamp(at));
        let open = quiet.next_open(&zone, at).unwrap();
        // Two days where the clocks leave out the only open minutes of one.
        prop_assert!(open >= at && open.0 - at.0 <= 50 * 3_600_000);
        prop_assert!(!quiet.is_quiet(&zone, open).unwrap());
        if open > at {
            prop_assert!(quiet.is_quiet(&zone, at).unwrap());
            prop_assert!(quiet.is_quiet(&zone, Timestamp(open.0 - 1)).unwrap());
            for minute in 1..(open.0 - at.0) / MINUTE_MS {
                prop_assert!(quiet.is_quiet(&zone, Timestamp(at.0 + minute * MINUTE_MS)).unwrap());
            }
        }
        prop_assert!(quiet.is_quiet(&zone, quiet.next_quiet(&zone, at).unwrap()).unwrap());
    }
}
