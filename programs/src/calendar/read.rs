//! From JSON to a schedule, every fault with its place.

use super::parse;
use super::schedule::{NO_CLOCK, NO_DAY, NO_ZONE, Schedule, TWO_CLOCKS, UTC_OF_LOCAL};
use crate::time_of_day::NO_TIME_OF_DAY;
use bellhop_domain::fault::{Fault, Why};
use serde_json::Value;

/// Reads a schedule that somebody wrote; places begin with `schedule`.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(json: &Value) -> Result<Schedule, Fault> {
    const RULE: &str = "schedule.recurring.rule";
    // The rule first, because it has codes of its own.
    if let Some(Value::String(rule)) = json.pointer("/recurring/rule") {
        parse::rule(rule).map_err(|why| why.at(RULE))?;
    }
    let schedule: Schedule = serde_path_to_error::deserialize(json).map_err(|error| {
        let place = match error.path().to_string().as_str() {
            "." => "schedule".to_owned(),
            path => format!("schedule.{path}"),
        };
        why(&error.into_inner().to_string()).at(place)
    })?;
    let never = matches!(&schedule, Schedule::Recurring(it) if it.moments().next().is_none());
    match never {
        true => Err(Why::RuleOfNoDay.at(RULE)),
        false => Ok(schedule),
    }
}

fn why(said: &str) -> Why {
    let quoted = |end: &str| {
        let text = said.strip_suffix(end)?.strip_prefix('"')?.strip_suffix('"')?;
        Some(text.to_owned())
    };
    if let Some(text) = quoted(NO_TIME_OF_DAY) {
        return Why::TimeOfDayUnfit { text };
    }
    if let Some(text) = quoted(NO_DAY) {
        return Why::MomentUnfit { text };
    }
    if quoted(NO_ZONE).is_some() {
        return Why::TimezoneUnknown;
    }
    match said {
        TWO_CLOCKS => Why::ScheduleOfZoneAndLocal,
        NO_CLOCK => Why::ScheduleOfNoZone,
        UTC_OF_LOCAL => Why::RuleUntilOfLocal,
        said => Why::of_json(said),
    }
}
