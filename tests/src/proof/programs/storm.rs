//! Events are told twice and more while dispatchers and the API are killed: each guest gets from each program what they
//! should, once, and the journal says why the others got nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_domain::Timestamp;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{DEAD, KILLED, ROLES, send};
use crate::fleet::{Fleet, Settings};
use crate::guests::{Reach, phone};
use crate::patience::eventually;
use crate::proof::{Report, Scale};

const PATIENCE: Duration = Duration::from_secs(300);
/// Events of one request.
const AT_ONCE: usize = 20;

struct Plan {
    guests: u32,
    kills: u32,
    between: Duration,
}

impl Plan {
    fn of(scale: Scale) -> Self {
        Self {
            guests: scale.pick(3_000, 150),
            kills: scale.pick(40, 6),
            between: scale.pick(Duration::from_secs(1), Duration::from_millis(700)),
        }
    }
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    let (_own, servers) = scale.servers().await?;
    let settings = Settings {
        seed: scale.seed,
        page: 50,
        push_rate: "1000/s".to_owned(),
        sms_rate: "1000/s".to_owned(),
        push_faults: json!({}),
        sms_faults: json!({}),
        settlement_seconds: 30.0,
        own_calls: false,
    };
    let fleet = Fleet::prepare(&servers, &settings, &ROLES).await?;
    fleet.supervised(story(scale, report, &fleet)).await
}

/// What is the case for a guest.
fn orders_instead(guest: u32) -> bool {
    guest.is_multiple_of(5)
}

fn is_delivered_to(guest: u32) -> bool {
    guest.is_multiple_of(3)
}

fn is_blacklisted(guest: u32) -> bool {
    guest % 50 == 7
}

async fn story(scale: Scale, report: &mut Report, fleet: &Fleet) -> Result<()> {
    let plan = Plan::of(scale);
    let mut random = StdRng::seed_from_u64(scale.seed);
    fleet.import(plan.guests, |_| Reach::Phone).await?;
    let blacklisted: Vec<u32> = (1..=plan.guests).filter(|guest| is_blacklisted(*guest)).collect();
    for guest in &blacklisted {
        let words = ["guest", "blacklist", &format!("guest-{guest}"), "--reason", "asked"];
        ensure!(
            fleet.bellhop.run(&words).await?.status.success(),
            "guest {guest} is not blacklisted"
        );
    }
    fleet.start_roles().await?;
    fleet.serves().await?;
    let cart = switched_on(fleet, &json!({
        "name": "cart", "trigger": { "event": { "kind": "cart.changed" } }, "delay": { "minutes": 0.2 }, "restarts": true,
        "again": { "rest": { "days": 1 } }, "cancel_on": [{ "kind": "order.placed" }],
        "contents": { "sms": { "text": "Your cart waits" } }, "waterfall": [{ "channel": "sms" }],
    }))
    .await?;
    let delivered = switched_on(fleet, &json!({
        "name": "delivered", "trigger": { "event": { "kind": "order.delivered" } }, "again": { "once_per": "order" },
        "purpose": "notification", "contents": { "sms": { "text": "Enjoy your meal" } }, "waterfall": [{ "channel": "sms" }],
    }))
    .await?;
    let bodies = bodies(plan.guests, &mut random);
    report.tell(format!(
        "{} guests, two programs that are on; {} requests are sent, each twice, while {} SIGKILLs fall",
        plan.guests,
        bodies.len(),
        plan.kills
    ));
    let key = fleet.bellhop.json(&["api-key", "create", "till"]).await?;
    let key = key["key"].as_str().context("a key")?.to_owned();
    let (told, killed) = tokio::join!(tell(fleet, &key, &bodies), kill(report, fleet, &plan, &mut random));
    let (again, killed) = (told?, killed?);
    report.tell(format!(
        "all is told; the API answered {again} requests only when they were sent again"
    ));
    let delivered_to = (1..=plan.guests).filter(|guest| is_delivered_to(*guest)).count() as u64;
    let least = [
        (cart.as_str(), u64::from(plan.guests)),
        (delivered.as_str(), delivered_to),
    ];
    all_decided(fleet, least).await?;
    verdict(report, fleet, &plan, [&cart, &delivered], killed).await
}

async fn switched_on(fleet: &Fleet, file: &Value) -> Result<String> {
    let created = fleet.bellhop.json(&["program", "create", &file.to_string()]).await?;
    let id = created["id"].as_i64().context("no id")?.to_string();
    fleet.bellhop.json(&["program", "on", &id]).await?;
    Ok(id)
}

/// Requests that tell of carts, of orders right after them, and of deliveries; the guests' in any order, one guest's in theirs.
fn bodies(guests: u32, random: &mut StdRng) -> Vec<Value> {
    // An order that nobody told of for a day would be history.
    let placed_at = Timestamp::now().to_rfc3339();
    let mut first: Vec<Vec<Value>> = Vec::new();
    let mut then: Vec<Vec<Value>> = Vec::new();
    for guest in 1..=guests {
        let customer = format!("guest-{guest}");
        let event = |id: &str, kind: &str, more: Value| {
            let mut event = json!({ "id": format!("{id}-{guest}"), "type": kind, "customer_id": customer });
            if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
                event.extend(more);
            }
            event
        };
        let cart = |id: &str, total: u32| {
            let items = json!([{ "dish": "Margherita", "quantity": 1, "price": total }]);
            event(
                id,
                "cart.changed",
                json!({ "cart": { "total": total, "items": items } }),
            )
        };
        let order = |id: &str, kind: &str, number: String| {
            event(
                id,
                kind,
                json!({ "order": { "number": number, "placed_at": placed_at, "total": 500 } }),
            )
        };
        let mut one = vec![cart("cart-a", 900)];
        if orders_instead(guest) {
            one.push(order("placed", "order.placed", format!("P-{guest}")));
        }
        first.push(one);
        let mut two = Vec::new();
        if !orders_instead(guest) {
            two.push(cart("cart-b", 1_250));
        }
        if is_delivered_to(guest) {
            two.push(order("delivered-a", "order.delivered", format!("D-{guest}")));
            two.push(order("delivered-b", "order.delivered", format!("D-{guest}")));
        }
        then.push(two);
    }
    first.shuffle(random);
    then.shuffle(random);
    let chunks = first
        .chunks(AT_ONCE)
        .chain(then.chunks(AT_ONCE))
        .map(|some| some.concat());
    chunks
        .filter(|events| !events.is_empty())
        .map(|events| json!({ "events": events }))
        .collect()
}

/// Sends every request twice, and again until it is answered; how many had to be.
async fn tell(fleet: &Fleet, key: &str, bodies: &[Value]) -> Result<u32> {
    let mut again = 0;
    for body in bodies.iter().flat_map(|body| [body, body]) {
        again += u32::from(send(fleet, key, "/v1/events", body).await? > 1);
    }
    Ok(again)
}

/// Kills one of those that may be killed, now and then; how many were alive.
async fn kill(report: &Report, fleet: &Fleet, plan: &Plan, random: &mut StdRng) -> Result<u32> {
    let mut killed = 0;
    for _ in 0..plan.kills {
        tokio::time::sleep(plan.between).await;
        let mut role = fleet.roles[random.random_range(0..KILLED)].lock().await;
        if role.kill().await? {
            killed += 1;
            report.tell(format!("SIGKILL {}", role.name));
        }
        tokio::time::sleep(DEAD).await;
        role.start()?;
    }
    Ok(killed)
}

/// Waits until so many firings of each program have come to something, nothing waits any more, and what was admitted has left.
async fn all_decided(fleet: &Fleet, programs: [(&str, u64); 2]) -> Result<()> {
    eventually("all firings are decided", PATIENCE, async || {
        for (id, least) in programs {
            let stats = fleet.bellhop.json(&["program", "stats", id]).await?;
            let by_state = &stats["versions"][0]["statistics"]["by_state"];
            let open = ["pending", "in_flight", "waiting"].map(|state| by_state[state].as_u64().unwrap_or(0));
            let decided = ["sent", "skipped", "cancelled"].map(|state| stats[state].as_u64().unwrap_or(0));
            let is_over = stats["waiting"] == 0 && open.iter().sum::<u64>() == 0;
            ensure!(is_over && decided.iter().sum::<u64>() >= least, "{stats}");
        }
        Ok(Some(()))
    })
    .await
}

async fn verdict(report: &mut Report, fleet: &Fleet, plan: &Plan, programs: [&str; 2], killed: u32) -> Result<()> {
    let guests = || (1..=plan.guests).filter(|guest| !is_blacklisted(*guest));
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for guest in guests().filter(|guest| !orders_instead(*guest)) {
        *expected.entry(phone(guest)).or_default() += 1;
    }
    for guest in guests().filter(|guest| is_delivered_to(*guest)) {
        *expected.entry(phone(guest)).or_default() += 1;
    }
    let book = fleet.simulator.book("sms").await?;
    let got: BTreeMap<String, u64> = book.by_recipient().into_iter().collect();
    let wrong: BTreeSet<_> = expected
        .keys()
        .chain(got.keys())
        .filter(|it| expected.get(*it) != got.get(*it))
        .collect();
    report.claim(
        "each guest got what they should, once",
        wrong.is_empty(),
        format!(
            "simulator: {} messages to {} guests; {} are wrong",
            book.acceptances(),
            got.len(),
            wrong.len()
        ),
    );
    let mut sent = 0;
    for (id, what) in programs.into_iter().zip(["cart", "delivered"]) {
        let stats = fleet.bellhop.json(&["program", "stats", id]).await?;
        let (planned, of) = (
            &stats["versions"][0]["statistics"]["planned"],
            stats["sent"].as_u64().unwrap_or(0),
        );
        sent += of;
        report.claim(
            &format!("{what}: a message exists if, and only if, its firing says so"),
            planned.as_u64() == Some(of),
            format!("Bellhop: {of} firings sent, {planned} messages"),
        );
        report.figure(&format!("{what}_reasons"), stats["reasons"].clone());
    }
    let stats = fleet.bellhop.json(&["program", "stats", programs[0]]).await?;
    let cancelled = (1..=plan.guests).filter(|guest| orders_instead(*guest)).count();
    report.claim(
        "what an order cancelled says so",
        stats["cancelled"].as_u64() == u64::try_from(cancelled).ok(),
        format!("Bellhop: {} of {cancelled}", stats["cancelled"]),
    );
    report.claim(
        "who is blacklisted is named as that",
        stats["reasons"]["blacklisted"].as_u64() > Some(0),
        format!("Bellhop: {}", stats["reasons"]),
    );
    report.claim(
        "it was hit as often as promised",
        killed >= plan.kills / 2,
        format!("{killed} SIGKILLs"),
    );
    report.figure("messages", sent);
    report.figure("kills", killed);
    report.figure("wrong", wrong.len());
    Ok(())
}
