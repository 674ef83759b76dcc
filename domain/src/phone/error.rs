//! Why a text is no phone. The words follow the name of a field or column, and never repeat the number.

use crate::visible::named;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("is no phone number; write it with its country code, like +7 999 123-45-67")]
    Unreadable,
    #[error("holds {}, which no phone number has{}; write its digits", named(*.0), look(*.0))]
    Letter(char),
    #[error(
        "holds a word beside the number, and letters are never read as digits; leave the number alone in the field"
    )]
    Word,
    #[error("holds {}, which no phone number has; write it like +7 999 123-45-67", named(*.0))]
    Character(char),
    #[error(
        "is no phone any more: the spreadsheet turned the phone into a number; format the column as text and export again"
    )]
    Spreadsheet,
    #[error("has an extension, and an extension cannot get an SMS; write the person's own number")]
    Extension,
    #[error("holds more than one number; where a field may hold several, put ; between them, else write one")]
    Several,
    #[error(
        "has {0} digits, more than any number; if these are two, put ; between them where a field may hold several"
    )]
    Long(usize),
    #[error("has only {0} digits; write the whole number with its country code, like +7 999 123-45-67")]
    Short(usize),
    #[error("has + in a wrong place; it stands once, before the country code, like +7 999 123-45-67")]
    Plus,
    #[error("begins with no country's code; after + comes that code, like +7 999 123-45-67")]
    Country,
    #[error("is no possible number of its country; check its digits")]
    Invalid,
    #[error("is no possible number of {0}; check its digits, or begin with + and the code of its country")]
    InvalidIn(String),
    #[error("can be read as two numbers; begin it with + and the code of its country")]
    Ambiguous,
    #[error("is a number at the caller's own expense, which gets no SMS; write the person's own number")]
    Premium,
    #[error("{0:?} is no country; write two letters, like RU")]
    UnknownRegion(String),
}

fn look(c: char) -> String {
    match super::words::looks_like(c) {
        Some(digit) => format!(", though it looks like {digit}"),
        None => String::new(),
    }
}
