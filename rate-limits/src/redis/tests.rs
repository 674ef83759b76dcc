//! The rule in Lua does what the rule in Rust does: on a real Redis, at instants that the test chooses.

use bellhop_domain::{OrgId, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use redis::{FromRedisValue, RedisResult, cmd};

use super::arguments;
use super::script::Script;
use crate::clock::micros;
use crate::rule::{self, Ask, Epoch, Memory, Parameters, PastGrant, RestoreAnswer, TakeAnswer};
use crate::spec::tests::any_spec;
use crate::{LimitScope, Pacing, RateSpec, Request, ScopeKey, Urgency};

const START: Timestamp = Timestamp(1_764_000_000_000);

#[derive(Debug, Clone)]
enum Step {
    Pass(i64),
    Take {
        /// The first scope, the second, both, or the first with its other spec.
        scopes: u8,
        urgency: u8,
        wanted: u32,
        jitter: u16,
    },
    Restore {
        scopes: u8,
        past: Vec<(i64, i64)>,
    },
    Hold(bool, i64),
    Forget(bool),
    /// Another server takes over, with all data.
    Restart,
}

fn any_step() -> impl Strategy<Value = Step> {
    let pass = prop_oneof![0..2_000i64, 0..10_000_000i64, -1_000_000..100_000_000_000i64];
    let wanted = prop_oneof![0..5u32, 0..40u32, 0..=u32::MAX];
    let past = prop::collection::vec((-5_000_000..200_000_000i64, 1..4i64), 0..6);
    prop_oneof![
        6 => pass.prop_map(Step::Pass),
        14 => (0..4u8, 0..3u8, wanted, 0..1000u16)
            .prop_map(|(scopes, urgency, wanted, jitter)| Step::Take { scopes, urgency, wanted, jitter }),
        6 => (0..4u8, past).prop_map(|(scopes, past)| Step::Restore { scopes, past }),
        1 => (any::<bool>(), 0..5_000_000i64).prop_map(|(first, span)| Step::Hold(first, span)),
        1 => any::<bool>().prop_map(Step::Forget),
        1 => Just(Step::Restart),
    ]
}

/// Limits that a few questions fill, and extreme ones.
fn any_rates() -> impl Strategy<Value = RateSpec> {
    let rate = (1..30u32, 1..100u32).prop_map(|(permits, span)| format!("{permits}/{span}s"));
    let tight = prop::collection::vec(rate, 1..4).prop_map(|rates| rates.join(",").parse().unwrap());
    prop_oneof![3 => tight, 1 => any_spec()]
}

fn any_scopes() -> impl Strategy<Value = [LimitScope; 3]> {
    let pacing = || {
        (0..40u8).prop_map(|reserve_percent| Pacing {
            reserve_percent,
            ..Pacing::default()
        })
    };
    (any_rates(), any_rates(), any_rates(), pacing(), any::<bool>()).prop_map(|(a, b, c, pacing, passing)| {
        let second = if passing { LimitScope::passing } else { LimitScope::new };
        [
            LimitScope::new(ScopeKey::sender(OrgId(7), "one"), a, pacing),
            second(ScopeKey::pair(OrgId(7), "one", "guest"), b, pacing),
            LimitScope::new(ScopeKey::sender(OrgId(7), "one"), c, pacing),
        ]
    })
}

/// The memories of both rules, on the same clock.
struct Twins<'a> {
    connection: &'a mut redis::Connection,
    prefix: &'a str,
    scopes: &'a [LimitScope; 3],
    memories: [Option<Memory>; 2],
    /// `None` until the next question notices the new server.
    since: Option<i64>,
    server: u32,
    now: i64,
}

impl Twins<'_> {
    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let failed = |error: redis::RedisError| TestCaseError::fail(error.to_string());
        match step {
            Step::Pass(span) => self.now += span,
            Step::Take {
                scopes,
                urgency,
                wanted,
                jitter,
            } => {
                let scopes = self.chosen(*scopes);
                let urgency = Urgency::ALL[usize::from(*urgency)];
                let request = Request {
                    scopes: &scopes,
                    urgency,
                    wanted: *wanted,
                    jitter: *jitter,
                };
                let (rust, lua) = self.take(&request).map_err(failed)?;
                prop_assert_eq!(rust, lua, "after {:?} at {}", step, self.now);
            }
            Step::Restore { scopes, past } => {
                for scope in self.chosen(*scopes) {
                    let (rust, lua) = self.restore(&scope, past).map_err(failed)?;
                    prop_assert_eq!(rust, lua, "after {:?} at {}", step, self.now);
                }
            }
            Step::Hold(first, span) => {
                let place = usize::from(!*first);
                rule::hold(&mut self.memories[place], self.now + span);
                let keys = self.keys(&self.scopes[place]);
                let _: i64 = self
                    .evaluate(include_str!("hold.lua"), &keys, &[*span])
                    .map_err(failed)?;
            }
            Step::Forget(first) => {
                let place = usize::from(!*first);
                self.memories[place] = None;
                let () = cmd("DEL")
                    .arg(self.keys(&self.scopes[place]))
                    .query(self.connection)
                    .map_err(failed)?;
            }
            Step::Restart => self.restart().map_err(failed)?,
        }
        Ok(())
    }

    fn chosen(&self, scopes: u8) -> Vec<LimitScope> {
        let places: &[usize] = [&[0][..], &[1], &[0, 1], &[2]][usize::from(scopes)];
        places.iter().map(|place| self.scopes[*place].clone()).collect()
    }

    /// The first and the third scope are one key.
    fn place(&self, scope: &LimitScope) -> usize {
        usize::from(scope.key() == self.scopes[1].key())
    }

    fn keys(&self, scope: &LimitScope) -> Vec<String> {
        let key = format!("{}{}", self.prefix, scope.key());
        let log = format!("{key}:log");
        vec![key, log]
    }

    fn epoch(&mut self) -> (Epoch, String) {
        let since = *self.since.get_or_insert(self.now);
        (Epoch { since, shared: true }, format!("{}epoch", self.prefix))
    }

    fn take(&mut self, request: &Request<'_>) -> RedisResult<(Vec<i64>, Vec<i64>)> {
        let (epoch, key) = self.epoch();
        let places: Vec<usize> = request.scopes.iter().map(|scope| self.place(scope)).collect();
        let mut memories: Vec<_> = places.iter().map(|place| self.memories[*place].take()).collect();
        let all_parameters: Vec<&Parameters> = request.scopes.iter().map(LimitScope::parameters).collect();
        let ask = Ask {
            rank: request.urgency.rank(),
            wanted: request.wanted.into(),
            jitter: request.jitter.into(),
        };
        let rust = match rule::take(&all_parameters, &mut memories, ask, self.now, epoch) {
            TakeAnswer::Granted { permits, wait, life } => vec![permits, wait, life],
            TakeAnswer::Lost { scopes, wait } => {
                let scopes = scopes.into_iter().map(|place| place as i64);
                [-1, wait].into_iter().chain(scopes).collect()
            }
        };
        places
            .iter()
            .zip(memories)
            .for_each(|(place, memory)| self.memories[*place] = memory);
        let scopes = request.scopes.iter().flat_map(|scope| self.keys(scope));
        let keys: Vec<String> = [key].into_iter().chain(scopes).collect();
        let lua = self.evaluate(include_str!("take.lua"), &keys, &arguments::take(request))?;
        Ok((rust, lua))
    }

    fn restore(&mut self, scope: &LimitScope, past: &[(i64, i64)]) -> RedisResult<(i64, i64)> {
        if scope.parameters().look_back().is_none() {
            // Nothing was asked for yet in this case. Lua is not called, because it must not be the first to see the
            // server.
            return Ok((0, 0));
        }
        let (epoch, key) = self.epoch();
        let mut past: Vec<_> = past
            .iter()
            .map(|(age, permits)| PastGrant {
                age: *age,
                permits: *permits,
            })
            .collect();
        past.sort_by_key(|grant| std::cmp::Reverse(grant.age));
        let place = self.place(scope);
        let rust = match rule::restore(&mut self.memories[place], scope.parameters(), &past, self.now, epoch) {
            RestoreAnswer::Open => 0,
            RestoreAnswer::TooEarly(wait) => wait,
        };
        let keys: Vec<String> = [key].into_iter().chain(self.keys(scope)).collect();
        let lua = self.evaluate(
            include_str!("restore.lua"),
            &keys,
            &arguments::restore(scope.parameters(), &past),
        )?;
        Ok((rust, lua))
    }

    /// Another server takes over. The scripts ask who it is only every 10 ms, so let them pass.
    fn restart(&mut self) -> RedisResult<()> {
        self.server += 1;
        self.since = None;
        let key = format!("{}epoch", self.prefix);
        let text: Option<String> = cmd("GET").arg(&key).query(self.connection)?;
        if let Some((unchecked, _)) = text.as_deref().and_then(|text| text.rsplit_once(' ')) {
            let () = cmd("SET")
                .arg(&key)
                .arg(format!("{unchecked} 0"))
                .query(self.connection)?;
        }
        Ok(())
    }

    fn evaluate<T: FromRedisValue>(&mut self, rule: &str, keys: &[String], arguments: &[i64]) -> RedisResult<T> {
        let clock = format!(
            "local now = {}\nlocal function server() return '{:x}' end\n",
            self.now, self.server
        );
        cmd("EVAL")
            .arg(Script::new(&clock, rule).text)
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
    let steps = prop::collection::vec(any_step(), 1..80);
    let mut runner = TestRunner::new(Config::with_cases(200));
    let (decisions, grants) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let case = std::cell::Cell::new(0);
    let outcome = runner.run(&(any_scopes(), steps), |(scopes, steps)| {
        case.set(case.get() + 1);
        let prefix = format!("{prefix}{}:", case.get());
        let mut twins = Twins {
            connection: &mut connection.borrow_mut(),
            prefix: &prefix,
            scopes: &scopes,
            memories: [None, None],
            since: None,
            server: 1,
            now: micros(START),
        };
        for step in &steps {
            twins.step(step)?;
            if let Step::Take { .. } = step {
                decisions.set(decisions.get() + 1);
            }
        }
        let logged: usize = twins.memories.iter().flatten().map(|memory| memory.log.len()).sum();
        grants.set(grants.get() + logged);
        Ok(())
    });
    println!(
        "{} decisions alike, {} grants remembered at the ends",
        decisions.get(),
        grants.get()
    );
    outcome.map_err(|failure| anyhow::anyhow!("{failure}"))?;
    anyhow::ensure!(grants.get() > 50, "hardly anything was granted");
    Ok(())
}
