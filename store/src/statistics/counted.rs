//! Which messages are counted: those of some runs, within a range of the ledger's numbers.

/// Conditions in SQL. All are literals, so that PostgreSQL plans for these runs and leaves out months that are not asked about.
pub(crate) struct Counted {
    runs: String,
    from: Option<i64>,
    until: Option<i64>,
}

impl Counted {
    /// The messages of these runs whose rows count: all but those that are frozen.
    pub fn of(runs: &str, frozen_before: Option<i64>) -> Self {
        Self {
            runs: runs.to_owned(),
            from: frozen_before,
            until: None,
        }
    }

    /// The messages of one run with these numbers.
    pub fn between(run: i64, from: i64, until: i64) -> Self {
        Self {
            runs: run.to_string(),
            from: Some(from),
            until: Some(until),
        }
    }

    /// The runs, as a list.
    pub fn runs(&self) -> &str {
        &self.runs
    }

    /// The condition on a run's and a message's number, which stand in these columns.
    pub fn has(&self, run: &str, message: &str) -> String {
        let mut text = format!("{run} IN ({})", self.runs);
        text += &self.range(message);
        text
    }

    /// Only the range of a message's number, to follow other conditions.
    pub fn range(&self, message: &str) -> String {
        let from = self.from.map(|from| format!(" AND {message} >= {from}"));
        let until = self.until.map(|until| format!(" AND {message} < {until}"));
        from.unwrap_or_default() + &until.unwrap_or_default()
    }
}
