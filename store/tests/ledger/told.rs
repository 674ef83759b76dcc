//! Plans as `auto_explain` tells them in notices, which `sqlx` hands to whoever listens.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Each with who was told: a test has a thread of its own.
static NOTICES: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

/// The plans that this thread is told while it lives.
pub struct Told(usize);

impl Told {
    pub fn from_now_on() -> Self {
        // Only the first listener is let in, and it hears everything.
        let _ = tracing::subscriber::set_global_default(Listener);
        Self(NOTICES.lock().unwrap_or_else(PoisonError::into_inner).len())
    }

    pub fn until_now(&self) -> Vec<Value> {
        let notices = NOTICES.lock().unwrap_or_else(PoisonError::into_inner);
        let own = std::thread::current().id();
        let plans = notices[self.0..]
            .iter()
            .filter(|(who, _)| *who == own)
            .filter_map(|(_, notice)| notice.split_once("plan:\n"));
        plans.map(|(_, plan)| serde_json::from_str(plan).unwrap()).collect()
    }
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::postgres::notice"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Words);
    }
}

struct Words;

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            NOTICES
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((std::thread::current().id(), value.to_owned()));
        }
    }
}

/// One step of a plan, and the statement it is of.
pub struct Plan<'a> {
    statement: &'a str,
    step: &'a Value,
}

/// All steps of a plan.
pub fn plans_of(told: &Value) -> Vec<Plan<'_>> {
    let statement = told["Query Text"].as_str().unwrap_or_default();
    let mut steps = vec![&told["Plan"]];
    let mut all = Vec::new();
    while let Some(step) = steps.pop() {
        all.push(Plan { statement, step });
        steps.extend(step["Plans"].as_array().into_iter().flatten());
    }
    all
}

impl<'a> Plan<'a> {
    pub fn statement(&self) -> &'a str {
        self.statement
    }

    /// Why the step would take long where there is more: it reads a large table from end to end, or more than `few` rows.
    pub fn reads_too_much(&self, large: &[&str], few: f64) -> Option<String> {
        let node = self.step["Node Type"].as_str().unwrap_or_default();
        let table = self.step["Relation Name"].as_str();
        let number = |name: &str| self.step[name].as_f64().unwrap_or(0.0);
        let is_large = |table: &str| large.contains(&table) || large.contains(&whole(table));
        let each = number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
        let rows = each * number("Actual Loops");
        // A month in which nothing was sent has no rows, and no way to read it is shorter than another.
        let has_rows = |table: &str| rows > 0.0 || table == whole(table);
        if let Some(table) = table.filter(|table| node == "Seq Scan" && is_large(table) && has_rows(table))
            && number("Actual Loops") > 0.0
        {
            return Some(format!("reads {table} from end to end"));
        }
        let of = table.or(self.step["Index Name"].as_str())?;
        (rows > few).then(|| format!("{node} reads {rows} rows of {of}"))
    }
}

/// `messages` of `messages_2026_11`.
fn whole(part: &str) -> &str {
    part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_')
}

/// The parts of these tables that a plan names, whether they were read or not.
pub fn parts_of(told: &Value) -> BTreeSet<String> {
    let tables = plans_of(told);
    let tables = tables.iter().filter_map(|plan| plan.step["Relation Name"].as_str());
    let parts = tables.filter(|table| ["messages", "attempts"].contains(&whole(table)) && *table != whole(table));
    parts.map(str::to_owned).collect()
}
