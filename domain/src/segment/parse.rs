//! From JSON to a tree and back.

use super::{FilterError, Leaf, Segment};
use crate::fault::{Term, Why};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::str::FromStr;

/// No person writes a filter deeper than this.
const MAX_DEPTH: usize = 32;
/// A filter with more conditions than this is a list written as a tree, and SQLite takes no expression that deep.
const MAX_CONDITIONS: usize = 400;

impl Segment {
    /// Reads a filter that somebody wrote. The error names the place from `filter` on.
    pub fn parse(json: &Value) -> Result<Segment, FilterError> {
        let read = read(json, "filter", MAX_DEPTH)?;
        let conditions = read.leaves().len();
        if conditions > MAX_CONDITIONS {
            let most = MAX_CONDITIONS;
            return Err(FilterError::new("filter", Why::FilterTooLarge { conditions, most }));
        }
        Ok(read)
    }
}

fn read(json: &Value, path: &str, depth: usize) -> Result<Segment, FilterError> {
    if depth == 0 {
        return Err(FilterError::new(path, Why::FilterTooDeep { most: MAX_DEPTH }));
    }
    let Value::Object(object) = json else {
        let kind = kind(json);
        return Err(FilterError::new(path, Why::FilterNoObject { kind }));
    };
    let mut entries = object.iter();
    let Some((key, value)) = entries.next() else {
        return Ok(Segment::everybody());
    };
    if entries.next().is_some() {
        let keys: Vec<_> = object.keys().map(String::as_str).collect();
        let (count, keys) = (keys.len(), keys.join(", "));
        return Err(FilterError::new(path, Why::FilterOfManyKeys { count, keys }));
    }
    let path = format!("{path}.{key}");
    match key.as_str() {
        "all" => Ok(Segment::All(read_list(value, &path, depth)?)),
        "any" => Ok(Segment::Any(read_list(value, &path, depth)?)),
        "not" => Ok(Segment::Not(Box::new(read(value, &path, depth - 1)?))),
        _ => match Leaf::read(key, value) {
            Some(leaf) => leaf.map(Segment::Leaf).map_err(|e| e.under(&path)),
            None => {
                let known = format!("all, any, not, {}", Leaf::KEYS.join(", "));
                Err(FilterError::new(path, Why::ConditionUnknown { known }))
            }
        },
    }
}

fn read_list(json: &Value, path: &str, depth: usize) -> Result<Vec<Segment>, FilterError> {
    let Value::Array(items) = json else {
        let kind = kind(json);
        return Err(FilterError::new(path, Why::FilterNoList { kind }));
    };
    items
        .iter()
        .enumerate()
        .map(|(i, item)| read(item, &format!("{path}[{i}]"), depth - 1))
        .collect()
}

fn kind(json: &Value) -> Term {
    Term(match json {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    })
}

impl FromStr for Segment {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let no_json = |e: serde_json::Error| Why::FilterNoJson { said: e.to_string() };
        let json = serde_json::from_str(text).map_err(|e| FilterError::new("filter", no_json(e)))?;
        Segment::parse(&json)
    }
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        // No limits here: a filter that was stored stays readable.
        read(&Value::deserialize(d)?, "filter", MAX_DEPTH).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Segment {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = match self {
            Segment::Leaf(leaf) => return leaf.serialize(s),
            _ => s.serialize_map(Some(1))?,
        };
        match self {
            Segment::All(parts) => map.serialize_entry("all", parts)?,
            Segment::Any(parts) => map.serialize_entry("any", parts)?,
            Segment::Not(part) => map.serialize_entry("not", part)?,
            Segment::Leaf(_) => {}
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_written_as_a_tree_is_refused_with_what_to_write() {
        let of = |parts: usize| {
            let parts: Vec<_> = (0..parts)
                .map(|i| serde_json::json!({ "tags": { "any": [i.to_string()] } }))
                .collect();
            serde_json::json!({ "any": parts })
        };
        assert!(Segment::parse(&of(MAX_CONDITIONS)).is_ok());
        let told = Segment::parse(&of(3_000)).unwrap_err().to_string();
        assert!(told.contains("3000 conditions") && told.contains("one list"), "{told}");
        // One that an earlier version has stored.
        assert!(serde_json::from_value::<Segment>(of(3_000)).is_ok());
    }
}
