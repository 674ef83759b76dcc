//! A number is banned in the middle of a mailing. The others serve its guests, nobody gets two messages, and no
//! number exceeds its limits.

mod numbers;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use bellhop_domain::Timestamp;
use bellhop_domain::message::MessageState;
use serde_json::{Value, json};

use super::pool::{self, NUMBERS, RATE};
use super::{Report, Scale};
use crate::fleet::Fleet;
use crate::guests::Reach;
use crate::patience::eventually;
use numbers::{Addresses, Numbers, Taken};

const ROLES: [&str; 4] = ["api-1", "dispatcher-1", "worker-1", "worker-2"];
/// Which number is banned.
const BANNED: usize = 1;
const SERVING: Duration = Duration::from_secs(60);

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("waiting for PostgreSQL, RabbitMQ and Redis");
    let (_cluster, servers) = scale.servers().await?;
    let addresses = Addresses::free()?;
    let secrets = tempfile::Builder::new().prefix("bellhop-proof-").tempdir()?;
    for secret in ["waha-key", "waha-calls"] {
        std::fs::write(secrets.path().join(secret), "secret")?;
    }
    let edit = |config: &mut Value| addresses.add_senders(config, secrets.path());
    let fleet = Fleet::prepare_with(&servers, &pool::settings(scale), &ROLES, edit).await?;
    let numbers = Numbers::start(&addresses, &fleet.bellhop, fleet.folder(), &fleet.api)?;
    fleet.supervised(story(scale, report, &fleet, &numbers)).await
}

async fn story(scale: Scale, report: &mut Report, fleet: &Fleet, numbers: &Numbers) -> Result<()> {
    let guests = scale.pick(600, 60);
    fleet.import(guests, |_| Reach::WhatsApp).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    eventually("the numbers serve", SERVING, async || numbers.count().await.map(Some)).await?;
    report.tell(format!(
        "{guests} guests imported; two workers, one pool of connected WhatsApp numbers: {}, each {RATE}",
        NUMBERS.join(", ")
    ));
    let id = fleet.create(&mailing()).await?;
    fleet.mailing("launch", id).await?;
    let third = guests as usize / 3;
    let busy = async || {
        let taken = numbers.taken().await?;
        let all = taken.values().map(Vec::len).sum::<usize>() >= third;
        Ok((all && !taken[NUMBERS[BANNED]].is_empty()).then_some(()))
    };
    eventually("a third has gone out", scale.patience(), busy).await?;
    numbers.ban(BANNED).await?;
    let banned_at = Timestamp::now();
    let before = numbers.taken().await?;
    report.tell(format!(
        "{} messages are out; WhatsApp bans {}, which has sent {}",
        before.values().map(Vec::len).sum::<usize>(),
        NUMBERS[BANNED],
        before[NUMBERS[BANNED]].len()
    ));
    let why = eventually("Bellhop knows", SERVING, async || known_reason(fleet).await).await?;
    report.tell(format!("bellhop sender list says of {}: {why}", NUMBERS[BANNED]));
    fleet.finished(id, scale.patience()).await?;
    report.tell("the mailing has finished");
    verdict(report, fleet, id, guests, banned_at, &numbers.taken().await?).await
}

/// A text to everybody, by WhatsApp alone.
fn mailing() -> Value {
    json!({
        "name": "ban",
        "audience": { "all": [] },
        "contents": { "whatsapp": { "text": "Two pizzas for the price of one until Sunday" } },
        "waterfall": [{ "channel": "whatsapp" }],
        "expires_after_minutes": 600,
    })
}

/// What an operator reads about the banned number, once it is no longer shown as working.
async fn known_reason(fleet: &Fleet) -> Result<Option<String>> {
    let senders = fleet.bellhop.json(&["sender", "list"]).await?;
    let list = senders.as_array().context("no list of senders")?;
    let banned = list.iter().find(|sender| sender["name"] == NUMBERS[BANNED]);
    let banned = banned.context("the number is not in the list")?;
    let paused = banned["paused"]["reason"].as_str();
    let told = banned["health"]["why"]
        .as_str()
        .filter(|_| banned["health"]["state"] == "stopped");
    Ok(paused.or(told).map(str::to_owned))
}

async fn verdict(
    report: &mut Report,
    fleet: &Fleet,
    mailing: i64,
    guests: u32,
    banned_at: Timestamp,
    taken: &Taken,
) -> Result<()> {
    let states = fleet.ledger.states(mailing).await?;
    let reached: u64 = [MessageState::Sent, MessageState::Delivered]
        .iter()
        .filter_map(|state| states.get(state.name()))
        .sum();
    report.claim(
        "every guest got the message",
        reached == u64::from(guests),
        format!("Bellhop: {states:?} of {guests}"),
    );
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (guest, _) in taken.values().flatten() {
        *times.entry(guest).or_default() += 1;
    }
    let twice = times.values().filter(|times| **times > 1).count();
    report.claim(
        "nobody got it twice, from whatever number",
        twice == 0 && times.len() == guests as usize,
        format!("simulators: {} guests, {twice} of them twice", times.len()),
    );
    let late = taken[NUMBERS[BANNED]]
        .iter()
        .filter(|(_, at)| *at > banned_at.0)
        .count();
    report.claim(
        "the banned number sent nothing more",
        late == 0,
        format!("simulator: {late} messages after the ban"),
    );
    let mut violations = 0;
    for (number, messages) in taken {
        let at: Vec<i64> = messages.iter().map(|(_, at)| *at).collect();
        violations += pool::tell_windows(report, number, &at);
    }
    report.claim(
        "the others stayed within their limits",
        violations == 0,
        format!("simulators: {violations} limits broken"),
    );
    report.figure("guests", guests);
    report.figure("twice", twice);
    report.figure("violations", violations);
    Ok(())
}
