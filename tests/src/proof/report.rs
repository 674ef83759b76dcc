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
    about: Option<String>,
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
            about: None,
            claims: Vec::new(),
            figures: Map::new(),
        }
    }

    /// Prints what is being done, with the seconds since the beginning.
    pub fn tell(&self, what: impl AsRef<str>) {
        println!("[{:6.1} s] {}", self.started.elapsed().as_secs_f64(), what.as_ref());
    }

    /// A line of a table or list below what was told.
    pub fn line(&self, text: impl AsRef<str>) {
        println!("           {}", text.as_ref());
    }

    /// What the claims from now on are about.
    pub fn about(&mut self, what: &str) {
        self.about = Some(what.to_owned());
    }

    /// States what must be true, whether it is, and what was counted by whom.
    pub fn claim(&mut self, what: &str, holds: bool, counted: impl Into<String>) {
        let what = match &self.about {
            Some(about) => format!("{about}: {what}"),
            None => what.to_owned(),
        };
        self.claims.push(Claim {
            holds,
            what,
            counted: counted.into(),
        });
    }

    /// Adds a figure to the JSON object.
    pub fn figure(&mut self, name: &str, value: impl Into<Value>) {
        self.figures.insert(name.to_owned(), value.into());
    }

    /// Prints the verdict, with the JSON object last; returns whether all claims were true. A proof that claimed
    /// nothing has proved nothing.
    pub fn end(self, error: Option<String>) -> bool {
        let width = self
            .claims
            .iter()
            .map(|claim| claim.what.chars().count())
            .max()
            .unwrap_or(0);
        println!();
        for Claim { holds, what, counted } in &self.claims {
            let padding = " ".repeat(width - what.chars().count());
            println!(
                "  {}  {what}{padding}  {counted}",
                if *holds { "holds" } else { "FAILS" }
            );
        }
        let ok = error.is_none() && !self.claims.is_empty() && self.claims.iter().all(|claim| claim.holds);
        let mut figures = self.figures;
        figures.insert("seconds".to_owned(), json!(self.started.elapsed().as_secs()));
        if let Some(error) = error {
            figures.insert("error".to_owned(), json!(error));
        }
        // Written by hand, so that the name and the verdict come first.
        let figures: String = figures
            .iter()
            .map(|(name, value)| format!(",{}:{value}", json!(name)))
            .collect();
        println!("\n{{\"proof\":{},\"ok\":{ok}{figures}}}", json!(self.proof));
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
