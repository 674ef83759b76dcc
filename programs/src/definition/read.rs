//! From JSON to a definition, every fault with its place.

use super::Definition;
use super::delay::NEITHER;
use crate::time_of_day::NO_TIME_OF_DAY;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::segment::Segment;
use serde_json::Value;

/// Reads a definition that somebody wrote. Whether what it says goes together is a question for [`check`](super::check).
///
/// # Errors
/// What cannot be read, and where.
pub fn read(text: &str) -> Result<Definition, Vec<Fault>> {
    let json: Value = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        vec![Why::BodyNotJson { line, column }.at("")]
    })?;
    // Filters first, because they name the place of what is wrong in them.
    let filters = ["audience", "guard"]
        .into_iter()
        .filter_map(|key| Some((key, json.get(key)?)));
    let faults: Vec<_> = filters
        .filter_map(|(key, filter)| fault_of_filter(key, filter))
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    serde_path_to_error::deserialize(json).map_err(|error| {
        let place = error.path().to_string();
        let place = if place == "." { String::new() } else { place };
        vec![why(&error.into_inner().to_string()).at(place)]
    })
}

fn fault_of_filter(key: &str, filter: &Value) -> Option<Fault> {
    let fault = Fault::from(Segment::parse(filter).err()?);
    let place = fault.place.strip_prefix("filter").map(|rest| format!("{key}{rest}"));
    Some(fault.why.at(place.unwrap_or(fault.place)))
}

fn why(said: &str) -> Why {
    if said == NEITHER {
        return Why::DelayUnfit;
    }
    let time = said.strip_suffix(NO_TIME_OF_DAY);
    match time.and_then(|quoted| quoted.strip_prefix('"')?.strip_suffix('"')) {
        Some(text) => Why::TimeOfDayUnfit { text: text.to_owned() },
        None => Why::of_json(said),
    }
}
