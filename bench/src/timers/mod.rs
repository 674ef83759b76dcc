//! `bellhop-bench timers` (`make proof-timers`): a million carts that wait, thousands of which change every second.
//!
//! Every guest has a cart that waits to be reminded of, and any guest's may change: the API is told of it, which restarts its
//! clock. What comes due meanwhile goes out as a push. Two dispatchers, one of which is killed, as the API is. Afterwards each
//! firing and each message is looked at: nothing is lost, early or doubled. Then the same timers in graphile-worker, a queue in
//! PostgreSQL that others wrote, on the same server. And before both, a wave: as many birthdays at one minute of a zone.

mod base;
mod peer;
mod report;
mod verdict;
mod wave;

use super::crew::{self, Crew, Member};
use super::machine::Machine;
use super::progress;
use super::stage::Stage;
use super::statements;
use super::traffic::{self, Pace};
use anyhow::{Context, Result};
use bellhop_domain::{EndpointKind, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use report::{Ours, TimersReport};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::time::Duration;

const KIND: EndpointKind = EndpointKind::Fcm;
/// How long a cart waits.
const DELAY_MINUTES: u32 = 60;
/// Events of one request.
const OF_A_REQUEST: u32 = 100;
/// How the random guests are drawn.
const SEED: u64 = 1;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub timers: u32,
    /// A second.
    pub changes: u32,
    pub seconds: u64,
    /// Birthdays of the wave.
    pub wave: u32,
    /// Whether the peer does the same.
    pub peer: bool,
}

pub async fn run(size: Size, json: bool) -> Result<()> {
    let guests = size.timers.max(size.wave);
    progress(&format!("bench timers: {guests} guests"));
    let stage = Stage::set(&[KIND], guests).await?;
    let machine = Machine::describe(&stage.cluster).await?;
    let wave = match size.wave {
        0 => None,
        birthdays => Some(wave::run(&stage, birthdays).await?),
    };
    let ours = ours(&stage, size).await?;
    let peer = match size.peer {
        true => Some(peer::run(&stage, size).await?),
        false => None,
    };
    stage.strike().await?;
    report::print(
        &TimersReport {
            machine,
            size,
            wave,
            ours,
            peer,
        },
        json,
    )
}

async fn ours(stage: &Stage, size: Size) -> Result<Ours> {
    let program = crew::switch_on(stage, &cart()).await?;
    let begins = base::arm(stage, program, size.timers).await?;
    let before = base::sizes(stage).await?;
    stage.providers.forget().await?;
    let mut crew = Crew::start(stage).await?;
    tokio::time::sleep(begins.since(Timestamp::now())).await;
    progress(&format!(
        "{} carts wait; {} change a second for {} s",
        size.timers, size.changes, size.seconds
    ));
    let pace = Pace {
        events_a_second: size.changes,
        of_a_request: OF_A_REQUEST.min(size.changes),
        span: Duration::from_secs(size.seconds),
    };
    let (api, key) = (crew.api.clone(), crew.key.clone());
    let random = RefCell::new(StdRng::seed_from_u64(SEED));
    let event = |n, at| change(n, random.borrow_mut().random_range(1..=size.timers), at);
    statements::forget(&stage.database_url).await?;
    let spent = crew.spent()?;
    let (told, killed) = tokio::join!(traffic::tell(&api, &key, pace, event), kill(&mut crew, pace.span));
    let told = told?;
    killed?;
    let ends = Timestamp::now();
    progress("all is told; what is due goes out");
    verdict::all_gone(stage, program, ends).await?;
    let spent = crew::between(&spent, &crew.spent()?);
    let statements = statements::over([statements::counted(&stage.database_url).await?.as_slice()]);
    let kills = crew.kills;
    crew.stop().await?;
    let after = base::sizes(stage).await?;
    let verdict = verdict::judge(stage, program, told.events, (begins, ends)).await?;
    Ok(Ours {
        told,
        spent,
        statements,
        kills,
        postgres_memory: base::memory_of(stage.cluster.postgres.pid().context("PostgreSQL does not run")?)?,
        before,
        after,
        verdict,
    })
}

/// In the middle of it each of those that events and timers need is killed once, one after the other.
async fn kill(crew: &mut Crew<'_>, span: Duration) -> Result<()> {
    for member in [Member::Dispatcher, Member::Api, Member::SecondDispatcher] {
        tokio::time::sleep(span / 4).await;
        progress(&format!("SIGKILL {}", member.name()));
        crew.kill(member).await?;
    }
    Ok(())
}

/// A program as the preset `abandoned-cart`, by push alone.
fn cart() -> Value {
    json!({
        "name": "cart", "trigger": { "event": { "kind": "cart.changed", "where": { "cart.total": { "min": 1 } } } },
        "delay": { "minutes": DELAY_MINUTES }, "restarts": true, "again": { "rest": { "days": 1 } },
        "cancel_on": [{ "kind": "order.placed" }, { "kind": "cart.changed", "where": { "cart.total": { "max": 0 } } }],
        "contents": { "push": { "title": "Your cart waits", "body": "{{ cart.total | money }}" } },
        "waterfall": [{ "channel": "push" }],
    })
}

/// A guest's cart has changed.
fn change(number: u64, guest: u32, at: Timestamp) -> Value {
    json!({
        "id": format!("change-{number}"), "type": "cart.changed", "customer_id": super::guests::external_id(guest), "at": at,
        "cart": { "total": 300 + number % 900, "url": "https://brand.example/cart",
                  "items": [{ "dish": "Margherita", "quantity": 1 + number % 3, "price": 300 }] },
    })
}
