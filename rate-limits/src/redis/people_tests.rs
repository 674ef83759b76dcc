//! The rule of rolls in Lua does what the rule in Rust does: on a real Redis, at instants that the test chooses.

use std::num::NonZeroU32;
use std::time::Duration;

use bellhop_domain::{OrgId, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use redis::{RedisResult, cmd};

use super::people;
use super::script::{Script, rolls};
use crate::Urgency;
use crate::clock::micros;
use crate::people::{
    AdmitAnswer, PastVisit, PeopleRequest, PeopleRules, Person, PersonId, Portfolio, RestoreAnswer, RollMemory,
    RollParameters, admit, restore,
};
use crate::rule::Epoch;

const START: Timestamp = Timestamp(1_764_000_000_000);

#[derive(Debug, Clone)]
enum Step {
    Pass(i64),
    Admit(u8, Vec<(i64, bool)>),
    Restore(usize, Vec<(i64, i64)>),
    Forget(usize),
    Restart,
}

fn any_person() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0..12i64, 1 => any::<i64>()]
}

fn any_step() -> impl Strategy<Value = Step> {
    let pass = prop_oneof![0..3_000_000i64, 0..20_000_000i64, -1_000_000..100_000_000_000i64];
    let people = prop::collection::vec((any_person(), any::<bool>()), 0..6);
    let past = prop::collection::vec((any_person(), -5_000_000..200_000_000i64), 0..8);
    prop_oneof![
        6 => pass.prop_map(Step::Pass),
        14 => (0..3u8, people).prop_map(|(rank, people)| Step::Admit(rank, people)),
        6 => (0..2usize, past).prop_map(|(place, past)| Step::Restore(place, past)),
        1 => (0..2usize).prop_map(Step::Forget),
        1 => Just(Step::Restart),
    ]
}

/// The memories of both rules, on the same clock.
struct Twins<'a> {
    connection: &'a mut redis::Connection,
    prefix: &'a str,
    rules: &'a PeopleRules,
    memories: [Option<RollMemory>; 2],
    since: Option<i64>,
    server: u32,
    now: i64,
}

impl Twins<'_> {
    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let failed = |error: redis::RedisError| TestCaseError::fail(error.to_string());
        match step {
            Step::Pass(span) => self.now += span,
            Step::Admit(rank, visits) => {
                let (rust, lua) = self.admit(Urgency::ALL[usize::from(*rank)], visits).map_err(failed)?;
                prop_assert_eq!(rust, lua, "after {:?} at {}", step, self.now);
            }
            Step::Restore(place, past) => {
                let (rust, lua) = self.restore(*place, past).map_err(failed)?;
                prop_assert_eq!(rust, lua, "after {:?} at {}", step, self.now);
            }
            Step::Forget(place) => {
                self.memories[*place] = None;
                let keys = self.keys(*place);
                let () = cmd("DEL").arg(&keys[..2]).query(self.connection).map_err(failed)?;
            }
            Step::Restart => {
                self.server += 1;
                self.since = None;
                // The scripts ask the server who it is only every 10 ms, so let them pass.
                let key = format!("{}epoch", self.prefix);
                let text: Option<String> = cmd("GET").arg(&key).query(self.connection).map_err(failed)?;
                if let Some((unchecked, _)) = text.as_deref().and_then(|text| text.rsplit_once(' ')) {
                    let unchecked = format!("{unchecked} 0");
                    let () = cmd("SET")
                        .arg(&key)
                        .arg(unchecked)
                        .query(self.connection)
                        .map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    fn keys(&self, place: usize) -> [String; 4] {
        people::keys(self.prefix, self.rules.rolls()[place].key())
    }

    fn epoch(&mut self) -> (Epoch, String) {
        let since = *self.since.get_or_insert(self.now);
        (Epoch { since, shared: true }, format!("{}epoch", self.prefix))
    }

    fn admit(&mut self, urgency: Urgency, visits: &[(i64, bool)]) -> RedisResult<(Vec<i64>, Vec<i64>)> {
        let (epoch, key) = self.epoch();
        let person = |&(id, counts): &(i64, bool)| Person {
            id: PersonId(id),
            counts,
        };
        let people: Vec<Person> = visits.iter().map(person).collect();
        let visits: Vec<_> = people.iter().map(Person::visit).collect();
        let all_parameters: Vec<RollParameters> = self.rules.rolls().iter().map(|roll| *roll.parameters()).collect();
        let rust = match admit(
            &all_parameters,
            &mut self.memories,
            &visits,
            urgency as usize,
            self.now,
            epoch,
        ) {
            AdmitAnswer::Told { waits, room } => {
                let room = room.unwrap_or((-1, 0));
                let waits = waits
                    .iter()
                    .flat_map(|wait| wait.map_or([0, -1], |(wait, by)| [wait, by as i64]));
                [0, room.0, room.1].into_iter().chain(waits).collect()
            }
            AdmitAnswer::Lost { rolls, wait } => {
                let rolls = rolls.into_iter().map(|place| place as i64);
                [1, wait].into_iter().chain(rolls).collect()
            }
        };
        let request = PeopleRequest {
            rules: self.rules,
            people: &people,
            urgency,
        };
        let keys: Vec<String> = [vec![key], self.keys(0).to_vec(), self.keys(1).to_vec()].concat();
        let lua = self.evaluate(include_str!("admit.lua"), &keys, &people::admit(&request))?;
        Ok((rust, lua))
    }

    fn restore(&mut self, place: usize, past: &[(i64, i64)]) -> RedisResult<(i64, i64)> {
        let (epoch, key) = self.epoch();
        let past: Vec<_> = past.iter().map(|&(person, age)| PastVisit { person, age }).collect();
        let parameters = *self.rules.rolls()[place].parameters();
        let rust = match restore(&mut self.memories[place], &parameters, &past, self.now, epoch) {
            RestoreAnswer::Open => 0,
            RestoreAnswer::TooEarly(wait) => wait,
        };
        let keys: Vec<String> = [vec![key], self.keys(place).to_vec()].concat();
        let lua = self.evaluate(
            include_str!("restore_roll.lua"),
            &keys,
            &people::restore(&parameters, &past),
        )?;
        Ok((rust, lua))
    }

    fn evaluate<T: redis::FromRedisValue>(&mut self, rule: &str, keys: &[String], arguments: &[i64]) -> RedisResult<T> {
        let clock = format!(
            "local now = {}\nlocal function server() return '{:x}' end\n",
            self.now, self.server
        );
        cmd("EVAL")
            .arg(Script::new(&clock, &rolls(rule)).text)
            .arg(keys.len())
            .arg(keys)
            .arg(arguments)
            .query(self.connection)
    }
}

#[tokio::test]
async fn lua_and_rust_admit_the_same() -> anyhow::Result<()> {
    let space = bellhop_test_services::redis_space().await?;
    let compare = move || compare_in(&space.url, &space.prefix);
    tokio::task::spawn_blocking(compare).await?
}

fn compare_in(url: &str, prefix: &str) -> anyhow::Result<()> {
    let connection = std::cell::RefCell::new(redis::Client::open(url)?.get_connection()?);
    let steps = prop::collection::vec(any_step(), 1..80);
    let mut runner = TestRunner::new(Config::with_cases(200));
    let (case, remembered) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let outcome = runner.run(
        &(1..9u32, 0..60u8, 10..100u64, steps),
        |(people, reserve_percent, span, steps)| {
            case.set(case.get() + 1);
            let prefix = format!("{prefix}people{}:", case.get());
            let portfolio = Portfolio {
                name: "p".to_owned(),
                people: NonZeroU32::new(people).unwrap(),
                reserve_percent,
            };
            let apart = Some(Duration::from_secs(6));
            let rules = PeopleRules::new(OrgId(7), "one", apart, Some(&portfolio)).within(Duration::from_secs(span));
            let mut twins = Twins {
                connection: &mut connection.borrow_mut(),
                prefix: &prefix,
                rules: &rules,
                memories: [None, None],
                since: None,
                server: 1,
                now: micros(START),
            };
            for step in &steps {
                twins.step(step)?;
            }
            let left: usize = twins.memories.iter().flatten().map(RollMemory::len).sum();
            remembered.set(remembered.get() + left);
            Ok(())
        },
    );
    outcome.map_err(|failure| anyhow::anyhow!("{failure}"))?;
    println!(
        "200 sequences alike, {} guests remembered at the ends",
        remembered.get()
    );
    anyhow::ensure!(remembered.get() > 200, "hardly anybody was admitted");
    Ok(())
}
