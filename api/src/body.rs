//! A body as JSON: read into a type, or refused with the place and a code.

use crate::problem::Problem;
use axum::http::StatusCode;
use bellhop_domain::fault::Why;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

pub(crate) fn read<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().to_string();
        let place = if place == "." { String::new() } else { place };
        refused(place, &error.into_inner())
    })?;
    json.end().map_err(|error| refused(String::new(), &error))?;
    Ok(read)
}

fn refused(place: String, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => Problem::unreadable(why(&error.to_string()).at(place)),
        Category::Syntax | Category::Eof | Category::Io => {
            let (line, column) = (error.line(), error.column());
            Problem::new(StatusCode::BAD_REQUEST, Why::BodyNotJson { line, column })
        }
    }
}

/// The commonest of serde's complaints have codes of their own; the others keep its words.
pub(crate) fn why(said: &str) -> Why {
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let quoted = |text: &str| text.split('`').next().unwrap_or_default().to_owned();
    if let Some(rest) = said.strip_prefix("missing field `") {
        return Why::BodyKeyAbsent { key: quoted(rest) };
    }
    if let Some(rest) = said.strip_prefix("unknown field `") {
        return Why::BodyKeyUnknown { key: quoted(rest) };
    }
    if let Some((value, known)) = said
        .strip_prefix("unknown variant `")
        .and_then(|rest| rest.split_once("`, expected "))
    {
        let known = known.strip_prefix("one of ").unwrap_or(known);
        return Why::BodyValueUnknown {
            value: value.to_owned(),
            known: known.replace(" or ", ", "),
        };
    }
    Why::of_types(said).unwrap_or_else(|| Why::BodyValueUnfit { said: said.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::fault::Term;

    #[test]
    fn what_serde_says_becomes_a_code() {
        for (said, expected) in [
            (
                "missing field `order_id` at line 1 column 20",
                Why::BodyKeyAbsent { key: "order_id".into() },
            ),
            (
                "unknown field `sum`, expected one of `order_id`, `total` at line 1 column 9",
                Why::BodyKeyUnknown { key: "sum".into() },
            ),
            (
                "invalid type: integer `1`, expected a string at line 1 column 9",
                Why::BodyTypeUnfit {
                    found: Term("a number"),
                    expected: Term("a string"),
                },
            ),
            (
                "unknown variant `fax`, expected one of `fcm`, `apns` at line 1 column 9",
                Why::BodyValueUnknown {
                    value: "fax".into(),
                    known: "`fcm`, `apns`".into(),
                },
            ),
            (
                "a code is 6 digits at line 1 column 9",
                Why::BodyValueUnfit {
                    said: "a code is 6 digits".into(),
                },
            ),
        ] {
            assert_eq!(why(said), expected);
        }
    }
}
