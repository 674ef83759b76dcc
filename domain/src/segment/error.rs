//! What is wrong with a filter.

use crate::fault::{Fault, Why};

/// What serde is told of a text that is no moment, after the text in quotes.
pub(super) const NO_MOMENT: &str = " is not a date or an instant; write it like 2026-05-01 or 2026-05-01T09:00:00Z";
/// What serde is told of a condition with two periods.
pub(super) const TWO_PERIODS: &str = "has a period both in between and next to it; write only one";

/// An error that names the place as a JSON path: `filter.all[1].orders.count: min 5 is above max 3; …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct FilterError {
    pub path: String,
    pub why: Why,
}

impl From<FilterError> for Fault {
    fn from(FilterError { path, why }: FilterError) -> Self {
        why.at(path)
    }
}

impl FilterError {
    pub(super) fn new(path: impl Into<String>, why: Why) -> Self {
        let path = path.into();
        Self { path, why }
    }

    /// The value of a condition cannot be read; `said` is what serde says.
    pub(super) fn of_value(path: impl Into<String>, said: &str) -> Self {
        Self::new(path, why(said))
    }

    /// The same problem, with its path extended by the enclosing object.
    pub(super) fn under(self, path: &str) -> Self {
        let path = match self.path.as_str() {
            "" | "." => path.to_owned(),
            inner if inner.starts_with('[') => format!("{path}{inner}"),
            inner => format!("{path}.{inner}"),
        };
        Self { path, ..self }
    }
}

/// How [`crate::money::MoneyError`] ends, after the text in quotes.
const NO_AMOUNT: &str = " is not an amount; write it like 1250 or 1250.50";

/// What serde says as a code; what is rare keeps its words.
fn why(said: &str) -> Why {
    if let Some((key, known)) = unknown(said, "unknown field `") {
        return Why::ConditionKeyUnknown { key, known };
    }
    if let Some((value, known)) = unknown(said, "unknown variant `") {
        return Why::ConditionValueUnknown { value, known };
    }
    if let Some(key) = said.strip_prefix("missing field `").and_then(|it| it.strip_suffix('`')) {
        return Why::BodyKeyAbsent { key: key.to_owned() };
    }
    let quoted = |end: &str| {
        let text = said.strip_suffix(end)?.strip_prefix('"')?.strip_suffix('"')?;
        Some(text.to_owned())
    };
    if let Some(text) = quoted(NO_MOMENT) {
        return Why::MomentUnfit { text };
    }
    if let Some(text) = quoted(NO_AMOUNT) {
        return Why::AmountUnfit { text };
    }
    if let Some(types) = Why::of_types(said) {
        return types;
    }
    match said {
        TWO_PERIODS => Why::PeriodBesideBetween,
        said => Why::ConditionValueUnfit { said: said.to_owned() },
    }
}

/// What is not known, and a list of what is: ``unknown field `x`, expected one of `a`, `b` ``.
fn unknown(said: &str, begins: &str) -> Option<(String, String)> {
    let (it, known) = said.strip_prefix(begins)?.split_once("`, expected ")?;
    let known = known.strip_prefix("one of ").unwrap_or(known);
    Some((it.to_owned(), known.replace(" or ", ", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Segment;

    #[test]
    fn what_serde_says_of_a_condition_becomes_a_code() {
        for (filter, code, place) in [
            (r#"{"tags":{"some":[]}}"#, "condition_key_unknown", "filter.tags.some"),
            (
                r#"{"any":[{"retention":["gone"]}]}"#,
                "condition_value_unknown",
                "filter.any[0].retention[0]",
            ),
            (r#"{"has":["pigeon"]}"#, "condition_value_unknown", "filter.has[0]"),
            (r#"{"birthday":{}}"#, "body_key_absent", "filter.birthday"),
            (
                r#"{"orders":{"total":{"min":"12 000"}}}"#,
                "amount_unfit",
                "filter.orders.total.min",
            ),
            (
                r#"{"orders":{"between":{"from":"01.06.2026"}}}"#,
                "moment_unfit",
                "filter.orders.between.from",
            ),
            (
                r#"{"last_order":{"last_days":3,"between":{"last_days":3}}}"#,
                "period_beside_between",
                "filter.last_order",
            ),
            (
                r#"{"orders":{"dish":["soup",1]}}"#,
                "body_type_unfit",
                "filter.orders.dish[1]",
            ),
        ] {
            let fault: Fault = filter.parse::<Segment>().unwrap_err().into();
            assert_eq!((fault.why.code().as_str(), fault.place.as_str()), (code, place));
        }
    }
}
