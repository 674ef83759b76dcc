//! What a client, a marketer or an operator did wrong, independent of any language: a code, a place, and the
//! parameters of the sentence. The sentence is made where somebody reads it ([`crate::words`]).

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// One thing that is wrong with one place of what somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Like `orders[3].total`.
    pub place: String,
    pub why: Why,
}

/// A parameter of the sentence: a number, a text that somebody wrote, a single character, which is shown by its
/// name, a word of ours, or several texts or characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Param {
    Number(u64),
    Text(String),
    Character(char),
    Term(Term),
    /// One of these may be meant.
    Either(Vec<String>),
    Characters(Vec<char>),
    Instead(Vec<Instead>),
    /// What is wrong inside, with words of its own.
    Inner(Inner),
}

/// What to write for a character; `None` if that is not clear, an empty text if nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instead {
    pub character: char,
    pub write: Option<String>,
}

/// A code inside a code; only samples have none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inner(pub Option<Box<Why>>);

impl From<Why> for Inner {
    fn from(why: Why) -> Self {
        Inner(Some(Box::new(why)))
    }
}

impl Serialize for Inner {
    /// A code with its parameters.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(why) = &self.0 else {
            return serializer.serialize_none();
        };
        let mut it = serializer.serialize_struct("Inner", 2)?;
        it.serialize_field("code", &why.code())?;
        it.serialize_field("params", &why.params())?;
        it.end()
    }
}

/// A word of ours, like the state of a run. Programs read it in English, people in their language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Term(pub &'static str);

impl From<usize> for Param {
    fn from(number: usize) -> Self {
        Param::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl From<Vec<Instead>> for Param {
    fn from(all: Vec<Instead>) -> Self {
        Param::Instead(all)
    }
}

impl From<Inner> for Param {
    fn from(inner: Inner) -> Self {
        Param::Inner(inner)
    }
}

impl From<u64> for Param {
    fn from(number: u64) -> Self {
        Param::Number(number)
    }
}

impl From<Vec<String>> for Param {
    fn from(texts: Vec<String>) -> Self {
        Param::Either(texts)
    }
}

impl From<Vec<char>> for Param {
    fn from(characters: Vec<char>) -> Self {
        Param::Characters(characters)
    }
}

impl From<i64> for Param {
    /// A number of ours, which is never negative.
    fn from(number: i64) -> Self {
        Param::Number(u64::try_from(number).unwrap_or_default())
    }
}

impl From<Term> for Param {
    fn from(term: Term) -> Self {
        Param::Term(term)
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Param::Text(text)
    }
}

impl From<char> for Param {
    fn from(character: char) -> Self {
        Param::Character(character)
    }
}

/// Defines the enum with its codes and parameters, from one line per code.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $({ $($param:ident: $kind:ty),+ })?,)+) => {
        /// Why something is refused. The code is the variant's name in snake case. It never changes, though
        /// parameters may be added.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Why {
            $($(#[$doc])* $variant $({ $($param: $kind),+ })?,)+
        }

        impl Why {
            /// The variant's name.
            pub(super) fn variant(&self) -> &'static str {
                match self {
                    $(Why::$variant $({ $($param: _),+ })? => stringify!($variant),)+
                }
            }

            /// The parameters of the sentence, by name.
            pub fn params(&self) -> BTreeMap<&'static str, Param> {
                match self {
                    $(Why::$variant $({ $($param),+ })? => {
                        BTreeMap::from([$($((stringify!($param), Param::from($param.to_owned()))),+)?])
                    })+
                }
            }

            /// One of each, with empty parameters: what lists and tests of all codes walk over.
            pub fn samples() -> Vec<Why> {
                vec![$(Why::$variant $({ $($param: <$kind>::default()),+ })?),+]
            }
        }
    };
}

#[macro_use]
mod codes_of_people;
#[macro_use]
mod codes_of_programs;
#[macro_use]
mod codes_of_files;
mod codes;
mod found;
mod types;

pub use codes::Why;
pub use found::{Found, Severity};

impl Why {
    /// The code's stable name, like `amount_negative`.
    pub fn code(&self) -> String {
        let mut code = String::new();
        for (i, c) in self.variant().char_indices() {
            if c.is_ascii_uppercase() && i > 0 {
                code.push('_');
            }
            code.push(c.to_ascii_lowercase());
        }
        code
    }

    /// The same with the place where it was found.
    pub fn at(self, place: impl Into<String>) -> Fault {
        let place = place.into();
        Fault { place, why: self }
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("Fault", 3)?;
        it.serialize_field("code", &self.why.code())?;
        it.serialize_field("place", &self.place)?;
        it.serialize_field("params", &self.why.params())?;
        it.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_fault_is_a_code_a_place_and_parameters() {
        let fault = Why::PhoneLetterLikeDigit {
            letter: 'O',
            digit: '0',
        }
        .at("orders[1].phone");
        assert_eq!(
            serde_json::to_value(&fault).unwrap(),
            serde_json::json!({"code": "phone_letter_like_digit", "place": "orders[1].phone",
                               "params": {"letter": "O", "digit": "0"}})
        );
    }

    #[test]
    fn codes_are_told_apart() {
        let samples = Why::samples();
        let codes: BTreeSet<_> = samples.iter().map(Why::code).collect();
        assert_eq!(codes.len(), samples.len());
        let plain = |code: &String| code.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
        assert!(codes.iter().all(plain), "{codes:?}");
    }
}
