//! The rule in Lua does what the rule in Rust does: on a real Redis, at instants that the test chooses.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use redis::{RedisResult, cmd};

use super::script::{HOLD, RULE};
use crate::RateSpec;
use crate::rule::{self, Decision, Memory};
use crate::spec::tests::any_spec;

const START: i64 = 1_764_000_000_000_000;

#[derive(Debug, Clone)]
enum Step {
    Pass(i64),
    /// Of the first spec, rarely of the second.
    Take(bool, u32),
    Hold(i64),
    Forget,
    Begin,
    ForgetBegin,
}

fn any_step() -> impl Strategy<Value = Step> {
    let pass = prop_oneof![0..2_000i64, 0..3_000_000i64, -1_000_000..100_000_000_000i64];
    let wanted = prop_oneof![0..5u32, 0..=u32::MAX];
    prop_oneof![
        6 => pass.prop_map(Step::Pass),
        12 => (prop::bool::weighted(0.9), wanted).prop_map(|(first, wanted)| Step::Take(first, wanted)),
        1 => (0..5_000_000i64).prop_map(Step::Hold),
        1 => Just(Step::Forget),
        1 => Just(Step::Begin),
        1 => Just(Step::ForgetBegin),
    ]
}

/// Both rules' memories of one sender, at one clock.
struct Twins<'a> {
    connection: &'a mut redis::Connection,
    sender: String,
    complete_since: String,
    memory: Option<Memory>,
    since: Option<i64>,
    now: i64,
}

impl Twins<'_> {
    fn step(&mut self, step: &Step, specs: &(RateSpec, RateSpec)) -> RedisResult<Option<(Decision, Decision)>> {
        match step {
            Step::Pass(span) => self.now += span,
            Step::Take(first, wanted) => return self.take(if *first { &specs.0 } else { &specs.1 }, *wanted).map(Some),
            Step::Hold(span) => {
                rule::hold(&mut self.memory, self.now + span);
                let () = self.evaluate(HOLD, &[&self.sender.clone()], &[span.to_string()])?;
            }
            Step::Forget => {
                self.memory = None;
                let () = cmd("DEL").arg(&self.sender).query(self.connection)?;
            }
            Step::Begin => self.begin()?,
            Step::ForgetBegin => {
                self.since = None;
                let () = cmd("DEL").arg(&self.complete_since).query(self.connection)?;
            }
        }
        Ok(None)
    }

    fn take(&mut self, spec: &RateSpec, wanted: u32) -> RedisResult<(Decision, Decision)> {
        let since = *self.since.get_or_insert(self.now);
        let rust = rule::take(&mut self.memory, spec, wanted, self.now, since);
        let keys = [&*self.sender.clone(), &*self.complete_since.clone()];
        let (permits, wait_us) = self.evaluate(RULE, &keys, &super::arguments(spec, wanted))?;
        Ok((rust, Decision { permits, wait_us }))
    }

    fn begin(&mut self) -> RedisResult<()> {
        self.since = Some(self.now);
        cmd("SET")
            .arg(&self.complete_since)
            .arg(self.now)
            .query(self.connection)
    }

    fn evaluate<T: redis::FromRedisValue>(&mut self, lua: &str, keys: &[&str], arguments: &[String]) -> RedisResult<T> {
        let text = format!("local now = {}\n{lua}", self.now);
        cmd("EVAL")
            .arg(text)
            .arg(keys.len())
            .arg(keys)
            .arg(arguments)
            .query(self.connection)
    }
}

#[tokio::test]
async fn lua_and_rust_decide_the_same() -> anyhow::Result<()> {
    let space = bellhop_test_services::redis_space().await?;
    let compare = move || compare_in(&space.url, &space.prefix);
    tokio::task::spawn_blocking(compare).await?
}

fn compare_in(url: &str, prefix: &str) -> anyhow::Result<()> {
    let connection = std::cell::RefCell::new(redis::Client::open(url)?.get_connection()?);
    let steps = prop::collection::vec(any_step(), 1..60);
    let mut runner = TestRunner::new(Config::with_cases(100));
    let outcome = runner.run(&((any_spec(), any_spec()), steps), |(specs, steps)| {
        let mut twins = Twins {
            connection: &mut connection.borrow_mut(),
            sender: format!("{prefix}sender"),
            complete_since: format!("{prefix}complete_since"),
            memory: None,
            since: None,
            now: START,
        };
        let fresh = [Step::Forget, Step::Begin];
        for step in fresh.iter().chain(&steps) {
            let decisions = twins
                .step(step, &specs)
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            if let Some((rust, lua)) = decisions {
                prop_assert_eq!(rust, lua, "after {:?} at {}", step, twins.now);
            }
        }
        Ok(())
    });
    outcome.map_err(|failure| anyhow::anyhow!("{failure}"))
}
