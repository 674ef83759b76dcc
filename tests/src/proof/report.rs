//! What a proof says: its story as it goes, then what was claimed and counted, then one JSON object.
#![allow(clippy::print_stdout, reason = "a proof is read on standard output")]

use std::time::Instant;

use bellhop_domain::Timestamp;
use serde_json::{Map, Value, json};

/// The account of one proof.
#[derive(Debug)]
pub struct Report {
    proof: String,
    started: Instant,
    claims: Vec<Claim>,
    figures: Map<String, Value>,
}

#[derive(Debug)]
struct Claim {
    holds: bool,
    what: String,
    counted: String,
}

impl Report {
    /// Begins the account.
    pub fn begin(proof: &str) -> Self {
        println!("proof {proof}, begun {}", Timestamp::now().to_rfc3339());
        Self {
            proof: proof.to_owned(),
            started: Instant::now(),
            claims: Vec::new(),
            figures: Map::new(),
        }
    }

    /// Tells what is being done, with the seconds since the beginning.
    pub fn tell(&self, what: impl AsRef<str>) {
        println!("[{:6.1} s] {}", self.started.elapsed().as_secs_f64(), what.as_ref());
    }

    /// A line of a table or list below what was told.
    pub fn line(&self, text: impl AsRef<str>) {
        println!("           {}", text.as_ref());
    }

    /// States what must be true, whether it is, and what was counted by whom.
    pub fn claim(&mut self, what: &str, holds: bool, counted: impl Into<String>) {
        self.claims.push(Claim {
            holds,
            what: what.to_owned(),
            counted: counted.into(),
        });
    }

    /// Adds a figure to the JSON object.
    pub fn figure(&mut self, name: &str, value: impl Into<Value>) {
        self.figures.insert(name.to_owned(), value.into());
    }

    /// Prints the verdict, the JSON object last; whether everything held. A proof that claimed nothing proved nothing.
    pub fn end(self, error: Option<String>) -> bool {
        let width = self.claims.iter().map(|claim| claim.what.chars().count()).max().unwrap_or(0);
        println!();
        for Claim { holds, what, counted } in &self.claims {
            let padding = " ".repeat(width - what.chars().count());
            println!("  {}  {what}{padding}  {counted}", if *holds { "holds" } else { "FAILS" });
        }
        let ok = error.is_none() && !self.claims.is_empty() && self.claims.iter().all(|claim| claim.holds);
        let mut object = Map::from_iter([("proof".to_owned(), json!(self.proof)), ("ok".to_owned(), json!(ok))]);
        object.extend(self.figures);
        object.insert("seconds".to_owned(), json!(self.started.elapsed().as_secs()));
        if let Some(error) = error {
            object.insert("error".to_owned(), json!(error));
        }
        println!("\n{}", Value::from(object));
        ok
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn one_claim_that_fails_or_none_at_all_is_no_proof() {
        assert!(!Report::begin("t").end(None));
        let with = |claims: &[bool]| {
            let mut report = Report::begin("t");
            claims.iter().for_each(|holds| report.claim("c", *holds, ""));
            report
        };
        assert!(with(&[true, true]).end(None));
        assert!(!with(&[true, false]).end(None));
        assert!(!with(&[true]).end(Some("broke".to_owned())));
    }
}
