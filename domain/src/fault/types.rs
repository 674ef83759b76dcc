//! What serde says of values of the wrong type, as codes: its words are English.

use super::{Term, Why};

impl Why {
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
}
