//! A Cloud number with a portfolio's ceiling: the simulator refuses what Meta would refuse, and never has to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use bellhop_test_services::{Cluster, Data, Options, free_port};
use serde_json::{Value, json};

use super::{Report, Scale};
use crate::fleet::settings::add_cloud_number;
use crate::fleet::{Fleet, Servers, Settings};
use crate::guests::Reach;
use crate::patience::eventually;
use crate::simulator::Book;

const ROLES: [&str; 5] = ["api-1", "dispatcher-1", "worker-1", "worker-2", "worker-3"];
/// The most different guests in any 24 hours, and how many of them marketing may reach.
const PEOPLE: usize = 40;
const FOR_MARKETING: usize = 36;
/// Guests who have WhatsApp.
const GUESTS: u32 = 60;
/// The least time between two messages to one guest.
const APART_MS: i64 = 6_000;

/// Adds the number to a configuration, with a simulator that allows no burst.
fn add_to(config: &mut Value) {
    let key = config["sender"][0]["settings"]["key_file"].as_str().map(str::to_owned);
    let (Some(folder), Ok(port)) = (key.as_deref().and_then(|key| Path::new(key).parent()), free_port()) else {
        return;
    };
    add_cloud_number(config, folder, ([127, 0, 0, 1], port).into());
    let simulated = &mut config["simulator"]["whatsapp"];
    (simulated["pair_burst"], simulated["unique_people_per_day"]) = (json!(0), json!(PEOPLE));
    if let Some(number) = config["sender"].as_array_mut().and_then(|senders| senders.last_mut()) {
        number["rate"] = json!("50/s");
        number["settings"]["unique_people_per_day"] = json!(PEOPLE);
    }
    // Two mailings to the same guests.
    config["marketing"] = json!({ "quiet_hours": "off", "frequency_cap": "off" });
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("starting PostgreSQL, RabbitMQ and Redis of our own");
    let cluster = Cluster::start(Options::durable()).await?;
    let servers = Servers::of(&cluster).await?;
    let settings = Settings {
        seed: scale.seed,
        page: 10,
        push_rate: "unlimited".to_owned(),
        sms_rate: "unlimited".to_owned(),
        push_faults: json!({}),
        sms_faults: json!({}),
        settlement_seconds: 60.0,
        own_calls: false,
    };
    let fleet = Fleet::prepare_with(&servers, &settings, &ROLES, add_to).await?;
    fleet.supervised(story(report, &cluster, &fleet)).await
}

/// Two mailings at a time to more guests than the portfolio may write to, while a worker dies and Redis loses its memory.
async fn story(report: &mut Report, cluster: &Cluster, fleet: &Fleet) -> Result<()> {
    fleet.import(GUESTS, |_| Reach::WhatsApp).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    report.tell(format!(
        "{GUESTS} guests, two mailings to all; {PEOPLE} guests a day, {FOR_MARKETING} of them for marketing"
    ));
    let mut mailings = Vec::new();
    for name in ["portfolio", "portfolio, once more"] {
        let id = fleet.create(&mailing(name)).await?;
        fleet.mailing("launch", id).await?;
        mailings.push(id);
    }
    let accepted = async |least: u64| {
        let enough = async || {
            let book = fleet.simulator.book("whatsapp").await?;
            Ok((book.acceptances() >= least).then_some(book))
        };
        eventually("WhatsApp messages go out", Duration::from_secs(180), enough).await
    };
    accepted(10).await?;
    let worker = fleet.roles.last().context("no worker")?;
    worker.lock().await.kill().await?;
    report.tell("a worker was killed; Redis crashes and comes back without its data");
    cluster.redis.crash(Data::Lost).await?;
    worker.lock().await.start()?;
    // It is not known whether what the dead worker had begun was sent.
    let book = accepted(2 * FOR_MARKETING as u64 - 10).await?;
    for id in mailings {
        fleet.mailing("cancel", id).await?;
    }
    let refused = fleet.simulator.refused("whatsapp").await?;
    claim(report, &book, refused);
    Ok(())
}

fn claim(report: &mut Report, book: &Book, refused: u64) {
    let people: BTreeSet<&str> = book.0.iter().map(|taken| taken.recipient.as_str()).collect();
    let mut times: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for taken in &book.0 {
        times.entry(&taken.recipient).or_default().extend(&taken.times);
    }
    let nearest = times.values_mut().filter_map(|times| {
        times.sort_unstable();
        times.windows(2).map(|pair| pair[1] - pair[0]).min()
    });
    let nearest = nearest.min();
    report.claim(
        "a portfolio's ceiling and the pair rule hold, so that Meta never has to refuse",
        refused == 0 && people.len() <= FOR_MARKETING && nearest.is_some_and(|gap| gap >= APART_MS),
        format!(
            "simulator: {} messages to {} guests of {GUESTS}, the nearest two to one guest {} ms apart; {refused} refused",
            book.acceptances(),
            people.len(),
            nearest.unwrap_or_default()
        ),
    );
    report.figure("portfolio_refused", refused);
    report.figure("portfolio_guests", people.len());
}

fn mailing(name: &str) -> Value {
    json!({
        "name": name,
        "audience": { "all": [] },
        "contents": { "whatsapp": { "template": { "name": "come_back", "language": "ru", "parameters": ["пицца"] } } },
        "waterfall": [{ "channel": "whatsapp" }],
        "expires_after_minutes": 2_000,
    })
}
