//! From JSON to a tree and back.

use super::{FilterError, Leaf, Segment};
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
            return Err(FilterError::new(
                "filter",
                format!(
                    "has {conditions} conditions, and no more than {MAX_CONDITIONS} are taken; put what is alike into one list, \
                     like {{\"tags\":{{\"any\":[\"a\",\"b\"]}}}}, or name the guests by {{\"customers\":[…]}}"
                ),
            ));
        }
        Ok(read)
    }
}

fn read(json: &Value, path: &str, depth: usize) -> Result<Segment, FilterError> {
    if depth == 0 {
        return Err(FilterError::new(
            path,
            format!("is nested deeper than {MAX_DEPTH}; flatten it"),
        ));
    }
    let Value::Object(object) = json else {
        return Err(FilterError::new(
            path,
            format!(
                "is {}; write an object with one key, like {{\"retention\":[\"lost\"]}}",
                kind(json)
            ),
        ));
    };
    let mut entries = object.iter();
    let Some((key, value)) = entries.next() else {
        return Ok(Segment::everybody());
    };
    if entries.next().is_some() {
        let keys: Vec<_> = object.keys().map(String::as_str).collect();
        return Err(FilterError::new(
            path,
            format!(
                "has {} keys ({}); write one key an object and join them: {{\"all\":[{{…}},{{…}}]}}",
                keys.len(),
                keys.join(", ")
            ),
        ));
    }
    let path = format!("{path}.{key}");
    match key.as_str() {
        "all" => Ok(Segment::All(read_list(value, &path, depth)?)),
        "any" => Ok(Segment::Any(read_list(value, &path, depth)?)),
        "not" => Ok(Segment::Not(Box::new(read(value, &path, depth - 1)?))),
        _ => match Leaf::read(key, value) {
            Some(leaf) => leaf.map(Segment::Leaf).map_err(|e| e.under(&path)),
            None => Err(FilterError::new(
                path,
                format!("is no condition; use one of all, any, not, {}", Leaf::KEYS.join(", ")),
            )),
        },
    }
}

fn read_list(json: &Value, path: &str, depth: usize) -> Result<Vec<Segment>, FilterError> {
    let Value::Array(items) = json else {
        return Err(FilterError::new(
            path,
            format!("is {}; write a list of conditions: [{{…}},{{…}}]", kind(json)),
        ));
    };
    items
        .iter()
        .enumerate()
        .map(|(i, item)| read(item, &format!("{path}[{i}]"), depth - 1))
        .collect()
}

fn kind(json: &Value) -> &'static str {
    match json {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl FromStr for Segment {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let json = serde_json::from_str(text)
            .map_err(|e| FilterError::new("filter", format!("is not JSON: {e}; quote it for the shell with '…'")))?;
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
