//! What is no schedule says what is wrong, and where.

use super::{read, recurring, starts};
use bellhop_programs::calendar::Schedule;
use serde_json::json;

#[test]
fn schedules_are_written_as_they_are_read() {
    for json in [
        json!("now"),
        json!({"at": {"date": "2026-12-01", "time": "10:00", "zone": "Europe/Moscow"}}),
        json!({"local": {"date": "2026-12-01", "time": "10:00", "past": "next_day"}}),
        json!({"recurring": {"from": "2026-12-01", "rule": "FREQ=WEEKLY;BYDAY=MO,TH", "time": "10:00", "zone": "Europe/Moscow",
               "rest_days": 7}}),
        json!({"recurring": {"from": "2026-12-01", "rule": "FREQ=MONTHLY;BYDAY=-1FR", "time": "10:00", "local": "skip"}}),
    ] {
        assert_eq!(serde_json::to_value(read(&json)).unwrap(), json);
    }
    assert_eq!(Schedule::default(), read(&json!("now")));
    // As calendars hand it over.
    let schedule = recurring("2026-12-01", "10:00", " rrule:freq=daily; count=2; ", "UTC");
    assert_eq!(starts(&schedule).count(), 2);
}

#[test]
fn rules_that_make_no_sense_are_refused_with_a_code() {
    for (rule, code) in [
        ("", "rule_without_frequency"),
        ("INTERVAL=2", "rule_without_frequency"),
        ("FREQ=SECONDLY", "rule_frequency_unfit"),
        ("FREQ=MINUTELY", "rule_frequency_unfit"),
        ("FREQ=SOMETIMES", "rule_frequency_unfit"),
        ("every Monday", "rule_unreadable"),
        ("FREQ=", "rule_unreadable"),
        ("FREQ=DAILY;BYEASTER=1", "rule_part_unknown"),
        ("FREQ=DAILY;BYSECOND=0", "rule_part_unsupported"),
        ("FREQ=DAILY;COUNT=1;COUNT=2", "rule_part_twice"),
        ("FREQ=DAILY;INTERVAL=0", "rule_value_unfit"),
        ("FREQ=DAILY;INTERVAL=-1", "rule_value_unfit"),
        ("FREQ=DAILY;COUNT=many", "rule_value_unfit"),
        ("FREQ=DAILY;UNTIL=tomorrow", "rule_value_unfit"),
        ("FREQ=DAILY;UNTIL=20260230", "rule_value_unfit"),
        ("FREQ=DAILY;UNTIL=20261201T2500", "rule_value_unfit"),
        ("FREQ=DAILY;UNTIL=20261201T100000+03", "rule_value_unfit"),
        ("FREQ=DAILY;BYMONTH=13", "rule_value_unfit"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "rule_value_unfit"),
        ("FREQ=MONTHLY;BYDAY=0MO", "rule_value_unfit"),
        ("FREQ=MONTHLY;BYDAY=ПН", "rule_value_unfit"),
        ("FREQ=MONTHLY;BYDAY=Ж", "rule_value_unfit"),
        ("FREQ=DAILY;BYHOUR=24", "rule_value_unfit"),
        ("FREQ=WEEKLY;WKST=XX", "rule_value_unfit"),
        ("FREQ=MONTHLY;BYWEEKNO=5;BYDAY=MO", "rule_part_of_frequency"),
        ("FREQ=DAILY;BYYEARDAY=5", "rule_part_of_frequency"),
        ("FREQ=WEEKLY;BYMONTHDAY=5", "rule_part_of_frequency"),
        ("FREQ=WEEKLY;BYDAY=1MO", "rule_part_of_frequency"),
        ("FREQ=YEARLY;BYWEEKNO=5", "rule_part_alone"),
        ("FREQ=MONTHLY;BYSETPOS=1", "rule_part_alone"),
        ("FREQ=DAILY;COUNT=1;UNTIL=20261231", "rule_until_and_count"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "rule_of_no_day"),
        ("FREQ=DAILY;UNTIL=20251231", "rule_of_no_day"),
    ] {
        let json = json!({"recurring": {"from": "2026-12-01", "rule": rule, "time": "10:00", "zone": "Europe/Moscow"}});
        let fault = bellhop_programs::calendar::read(&json).unwrap_err();
        assert_eq!(
            (fault.why.code().as_str(), fault.place.as_str()),
            (code, "schedule.recurring.rule"),
            "{rule}"
        );
    }
}

#[test]
fn schedules_that_make_no_sense_are_refused_with_a_code_and_a_place() {
    let rule = "FREQ=DAILY";
    for (json, code, place) in [
        (json!("soon"), "body_value_unknown", "schedule"),
        (
            json!({"at": {"date": "2026-12-01", "time": "10:00"}}),
            "body_key_absent",
            "schedule.at",
        ),
        (
            json!({"at": {"date": "2026-12-01", "time": "10:00", "zone": "Moscow"}}),
            "timezone_unknown",
            "schedule.at.zone",
        ),
        (
            json!({"at": {"date": "01.12.2026", "time": "10:00", "zone": "Europe/Moscow"}}),
            "moment_unfit",
            "schedule.at.date",
        ),
        (
            json!({"local": {"date": "2026-12-01", "time": "9:00", "past": "skip"}}),
            "time_of_day_unfit",
            "schedule.local.time",
        ),
        (
            json!({"local": {"date": "2026-12-01", "time": "09:00", "past": "never"}}),
            "body_value_unknown",
            "schedule.local.past",
        ),
        (
            json!({"recurring": {"from": "2026-12-01", "rule": rule, "time": "10:00"}}),
            "schedule_of_no_zone",
            "schedule.recurring",
        ),
        (
            json!({"recurring": {"from": "2026-12-01", "rule": rule, "time": "10:00", "zone": "UTC", "local": "skip"}}),
            "schedule_of_zone_and_local",
            "schedule.recurring",
        ),
        (
            json!({"recurring": {"from": "2026-12-01", "rule": "FREQ=DAILY;UNTIL=20261231T000000Z", "time": "10:00",
                   "local": "skip"}}),
            "rule_until_of_local",
            "schedule.recurring",
        ),
        (
            json!({"recurring": {"from": "2026-12-01", "rule": rule, "time": "10:00", "zone": "UTC", "rests": 1}}),
            "body_key_unknown",
            "schedule.recurring.rests",
        ),
    ] {
        let fault = bellhop_programs::calendar::read(&json).unwrap_err();
        assert_eq!(
            (fault.why.code().as_str(), fault.place.as_str()),
            (code, place),
            "{json}"
        );
    }
}
