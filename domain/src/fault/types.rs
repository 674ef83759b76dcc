//! What serde says of values of the wrong type, as codes: its words are English.

use super::{Term, Why};

impl Why {
    /// What serde says of JSON: the commonest of its complaints have codes of their own, the others keep its words.
    pub fn of_json(said: &str) -> Why {
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

    /// `invalid type: integer `1`, expected a string` and the like; `None` of all else, and of types that have no word.
    pub fn of_types(said: &str) -> Option<Why> {
        let (found, expected) = said.strip_prefix("invalid type: ")?.rsplit_once(", expected ")?;
        Some(Why::BodyTypeUnfit {
            found: found_type(found)?,
            expected: expected_type(expected)?,
        })
    }
}

fn found_type(said: &str) -> Option<Term> {
    let kind = said.split('`').next().unwrap_or_default().trim();
    let kind = kind.split('"').next().unwrap_or_default().trim();
    Some(Term(match kind {
        "null" | "unit value" | "Option value" => "null",
        "boolean" => "a boolean",
        "integer" | "floating point" => "a number",
        "string" | "character" => "a string",
        "sequence" => "a list",
        "map" => "an object",
        _ => return None,
    }))
}

fn expected_type(said: &str) -> Option<Term> {
    Some(Term(match said {
        "a boolean" => "a boolean",
        "a string" | "string or map" | "a borrowed string" => "a string",
        "a sequence" => "a list",
        "a map" => "an object",
        "f32" | "f64" | "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a number",
        said if said.starts_with("struct ") => "an object",
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_our_own_words() {
        for (said, found, expected) in [
            ("invalid type: integer `1`, expected a string", "a number", "a string"),
            (
                "invalid type: string \"a, expected b\", expected i64",
                "a string",
                "a number",
            ),
            ("invalid type: null, expected struct Order", "null", "an object"),
            ("invalid type: map, expected a sequence", "an object", "a list"),
        ] {
            let (found, expected) = (Term(found), Term(expected));
            assert_eq!(
                Why::of_types(said),
                Some(Why::BodyTypeUnfit { found, expected }),
                "{said}"
            );
        }
        assert_eq!(Why::of_types("invalid type: integer `1`, expected an amount"), None);
        assert_eq!(Why::of_types("missing field `x`"), None);
    }

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
            assert_eq!(Why::of_json(said), expected);
        }
    }
}
