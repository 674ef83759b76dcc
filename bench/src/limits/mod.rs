//! `bellhop-bench limits`: what permits cost.
//!
//! Through Redis: permits a second as a ratio to bare `EVALSHA` of an empty script, by the same client on the same
//! server, with as many callers at once. It measures permits one by one (a call for each), in batches of a hundred as
//! workers take them, and for numbers with exact windows in two scopes, where most answers are refusals. In process:
//! the local limiter as a ratio to bare `governor`. Rounds alternate, and medians count.

mod in_process;
mod through_redis;

use super::figures::{median, rounded};
use super::machine::Machine;
use super::progress;
use crate::print::{print_json, table};
use anyhow::Result;
use bellhop_domain::OrgId;
use bellhop_rate_limits::{LimitScope, Pacing, ScopeKey};
use bellhop_test_services::{Cluster, Options};
use serde_json::{Value, json};
use std::time::Duration;

/// What a worker asks for at once.
const BATCH: u32 = 100;

/// A measured thing and what it is measured against, both per second, one figure per round.
struct Pair {
    name: &'static str,
    unit: &'static str,
    ours: Vec<f64>,
    against: &'static str,
    theirs: Vec<f64>,
}

impl Pair {
    fn ratio(&self) -> f64 {
        median(&self.ours) / median(&self.theirs)
    }

    fn object(&self) -> Value {
        json!({
            "name": self.name,
            "unit": self.unit,
            "a_second": rounded(median(&self.ours)),
            "against": self.against,
            "their_a_second": rounded(median(&self.theirs)),
            "ratio": rounded(self.ratio()),
        })
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.name.to_owned(),
            format!("{:.0} {}", median(&self.ours), self.unit),
            format!("{:.0} {}", median(&self.theirs), self.against),
            format!("{:.2}", self.ratio()),
        ]
    }
}

pub async fn run(seconds: f64, rounds: u32, callers: u32, json: bool) -> Result<()> {
    let cluster = Cluster::start(Options::fast()).await?;
    let machine = Machine::describe(&cluster).await?;
    let span = Duration::from_secs_f64(seconds.clamp(0.05, 600.0));
    let (rounds, callers) = (rounds.max(1), callers.max(1));
    progress(&format!("bench limits: {rounds} rounds, {callers} callers at once"));
    let mut pairs = through_redis::measure(cluster.redis.url(), span, rounds, callers).await?;
    pairs.extend(in_process::measure(span, rounds).await?);
    if json {
        return print_json(&json!({
            "bench": "limits",
            "ratio": rounded(pairs[0].ratio()),
            "against": "bare EVALSHA of an empty script, one by one; the other pairs name theirs",
            "measured": pairs.iter().map(Pair::object).collect::<Vec<_>>(),
            "rounds": rounds,
            "callers": callers,
            "seconds_each": span.as_secs_f64(),
            "machine": machine,
        }));
    }
    println!(
        "{rounds} rounds of {:.1} s, {callers} callers at once. {}\n",
        span.as_secs_f64(),
        machine.line()
    );
    let rows: Vec<Vec<String>> = pairs.iter().map(Pair::row).collect();
    println!("{}", table(&["what", "a second", "against", "ratio"], &rows));
    Ok(())
}

/// A scope whose quota is never used up here.
fn quota() -> Result<LimitScope> {
    scope("push", "4000000000/min")
}

fn scope(name: &str, rates: &str) -> Result<LimitScope> {
    let key = ScopeKey::sender(OrgId(1), name);
    Ok(LimitScope::new(key, rates.parse()?, Pacing::default()))
}
