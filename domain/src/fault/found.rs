//! What a check finds: a fault, and whether it stops the launch.

use super::{Fault, Param};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Whether a finding stops the launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The mailing cannot be launched.
    Error,
    /// The mailing can be launched, but the author should look.
    Warning,
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub severity: Severity,
    pub fault: Fault,
}

impl Found {
    pub fn error(fault: Fault) -> Self {
        let severity = Severity::Error;
        Self { severity, fault }
    }

    pub fn warning(fault: Fault) -> Self {
        let severity = Severity::Warning;
        Self { severity, fault }
    }
}

/// A finding as the command line's JSON has it.
#[derive(Serialize)]
struct Written<'a> {
    severity: Severity,
    place: &'a str,
    code: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<&'static str, Param>,
    problem: String,
}

impl Serialize for Found {
    /// With its English words as `problem`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Fault { place, why } = &self.fault;
        let written = Written {
            severity: self.severity,
            place,
            code: why.code(),
            params: why.params(),
            problem: why.to_string(),
        };
        written.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Term, Why};
    use serde_json::json;

    #[test]
    fn a_finding_is_written_with_its_code_and_its_words() {
        let near = vec!["Борщ".to_owned(), "Борщок".to_owned()];
        let (what, name) = (Term("dish"), "Борщь".to_owned());
        let found = Found::warning(Why::NameMistyped { what, name, near }.at("audience"));
        let problem = "there is no dish \"Борщь\", so nobody is found by it; is it \"Борщ\" or \"Борщок\"?";
        assert_eq!(
            serde_json::to_value(&found).unwrap(),
            json!({"severity": "warning", "place": "audience", "code": "name_mistyped",
                   "params": {"what": "dish", "name": "Борщь", "near": ["Борщ", "Борщок"]}, "problem": problem})
        );
        let found = Found::error(Why::NobodyReached.at("audience"));
        let problem = "nobody would get a message; see why under excluded and not sent";
        assert_eq!(
            serde_json::to_value(&found).unwrap(),
            json!({"severity": "error", "place": "audience", "code": "nobody_reached", "problem": problem})
        );
    }
}
