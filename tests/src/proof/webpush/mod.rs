//! A real Firefox subscribes on a site with the product's snippet, decrypts what Bellhop encrypts for it, shows it,
//! opens its link, and is given up when it has unsubscribed; beside it stand simulated browsers that fail.

mod firefox;
mod site;
mod stage;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Report, Scale};
use crate::guests::{self, Reach};
use crate::patience::eventually;
use firefox::Firefox;
use site::{GUEST, Site};
use stage::Stage;

/// Enough for a browser to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How the simulated browser of guest `number` fails; guest 1 has the Firefox.
fn magic(number: u32) -> &'static str {
    match number % 10 {
        3 => "sim:410",
        4 => "sim:429-once",
        5 => "sim:503-once",
        6 => "sim:reset-after-once",
        7 => "sim:404",
        _ => "",
    }
}

fn is_gone(number: &u32) -> bool {
    ["sim:410", "sim:404"].contains(&magic(*number))
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("bellhop-proof-").tempdir()?;
    report.tell("starting Bellhop with a new VAPID key, and the simulator as push service");
    let stage = Stage::set(folder.path(), scale.seed).await?;
    let site = Site::open(stage.brand.clone()).await?;
    let told = story(scale, report, folder.path(), &stage, &site).await;
    if told.is_err() {
        let log = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        eprintln!("the browser said:\n{}\nbellhop:\n{}", site.transcript(), log("up.log"));
    }
    told
}

async fn story(scale: Scale, report: &mut Report, folder: &Path, stage: &Stage, site: &Site) -> Result<()> {
    let guests = scale.pick(1_000, 60);
    let file = folder.join("customers.csv");
    guests::write(&file, guests, |_| Reach::Phone)?;
    stage
        .bellhop
        .json(&["import", "customers", &file.to_string_lossy()])
        .await?;
    for number in 2..=guests {
        let subscription = stage.subscription(number, magic(number)).await?;
        stage.brand.register(&format!("guest-{number}"), &subscription).await?;
    }
    report.tell(format!(
        "{guests} guests; all but one have a simulated browser, every second of ten fails somehow"
    ));
    let page = format!("http://{}/", site.addr);
    let firefox = Firefox::open(folder, stage.browsers, &page).await?;
    claim_subscribed(report, site, &firefox).await?;
    let (mailing, statistics) = stage.send(folder, &mailing(site), Duration::from_secs(300)).await?;
    report.tell(format!("the mailing has ended: {}", statistics["by_state"]));
    claim_shown(report, site).await?;
    claim_simulated(report, stage, guests, &statistics).await?;
    claim_clicked(report, stage, site, mailing).await?;
    claim_renewed(report, site).await?;
    claim_unsubscribed(report, stage, site, folder, guests).await
}

fn mailing(site: &Site) -> Value {
    let link = |path: &str| format!("http://{}{path}", site.addr);
    json!({
        "name": "web push",
        "audience": { "all": [] },
        "contents": { "web_push": {
            "title": "{name}, pizza?",
            "body": "Две по цене одной 🍕",
            "icon": link("/icon.png"),
            "actions": [{ "title": "Order", "link": link("/menu?action=order") }],
        } },
        "link": link("/menu"),
        "waterfall": [{ "channel": "web_push" }],
        "expires_after_minutes": 600,
    })
}

/// The first thing that the browser reports under a name after `before` others.
async fn hears(site: &Site, what: &str, before: usize) -> Result<Value> {
    eventually(&format!("the browser says {what:?}"), PATIENCE, async || {
        Ok(site.said(what).get(before).cloned())
    })
    .await
}

async fn claim_subscribed(report: &mut Report, site: &Site, firefox: &Firefox) -> Result<()> {
    let said = hears(site, "subscribed", 0).await?;
    let registered = hears(site, "registered", 0).await?;
    report.tell(format!("{} has subscribed", firefox.version));
    report.figure("browser", firefox.version.clone());
    let endpoint = registered["subscription"]["endpoint"].as_str().unwrap_or_default();
    report.claim(
        "a real browser subscribes with the site's snippet and the backend registers it",
        said["state"] == "subscribed" && registered["why"].is_null() && endpoint.contains("/wpush/"),
        format!("{}: {}", firefox.version, said["state"]),
    );
    Ok(())
}

async fn claim_shown(report: &mut Report, site: &Site) -> Result<()> {
    let payload = hears(site, "decrypted", 0).await?["payload"].clone();
    let note = &payload["notification"];
    let expected =
        payload["web_push"] == 8030 && note["title"] == "Guest 1, pizza?" && note["body"] == "Две по цене одной 🍕";
    report.claim(
        "its own cryptography reads what Bellhop encrypted for it",
        expected,
        format!("Firefox decrypted: {} / {}", note["title"], note["body"]),
    );
    let shown = hears(site, "shown", 0).await?["shown"].clone();
    let first = &shown[0];
    let same = ["title", "body", "tag", "icon"]
        .iter()
        .all(|key| first[key] == note[key]);
    report.claim(
        "it shows the notification",
        same && first["data"]["navigate"] == note["navigate"],
        format!("getNotifications(): {}, tag {}", first["title"], first["tag"]),
    );
    Ok(())
}

async fn claim_simulated(report: &mut Report, stage: &Stage, guests: u32, statistics: &Value) -> Result<()> {
    let read = stage.read().await?;
    let alive = (2..=guests).filter(|number| !is_gone(number));
    let (mut wrong, mut expected, mut repeated) = (0, 0_u64, 0);
    for number in alive {
        expected += 1;
        let (dash, magic) = (if magic(number).is_empty() { "" } else { "-" }, magic(number));
        let name = format!("{number}{dash}{magic}");
        let own: Vec<_> = read.iter().filter(|one| one["recipient"] == name).collect();
        let right = own.len() == 1 && own[0]["title"] == format!("Guest {number}, pizza?");
        wrong += u64::from(!right);
        let times = own.first().and_then(|one| one["times"].as_array()).map_or(0, Vec::len);
        repeated += u64::from(times > 1);
    }
    report.claim(
        "every living simulated browser reads its own guest's message",
        wrong == 0,
        format!("simulator: {expected} read with {expected} different keys, {wrong} wrong; {repeated} sent again after a lost reply"),
    );
    report.figure("simulated_browsers", guests - 1);
    report.figure("read", expected);
    report.figure("repeated", repeated);
    let gone = u64::from((2..=guests).filter(is_gone).map(|_| 1_u32).sum::<u32>());
    let channel = &statistics["channels"]["web_push"];
    report.claim(
        "404 and 410 end in a failure, all else is sent in the end",
        failed(&channel["failed"]) == gone && channel["sent"] == u64::from(guests) - gone,
        format!(
            "Bellhop: {} sent, {} failed; simulator: {gone} dead",
            channel["sent"], channel["failed"]
        ),
    );
    Ok(())
}

async fn claim_clicked(report: &mut Report, stage: &Stage, site: &Site, mailing: i64) -> Result<()> {
    for (nth, action) in ["", "0"].into_iter().enumerate() {
        site.order(json!({ "verb": "click", "action": action }));
        hears(site, "opened", nth).await?;
        hears(site, "arrived", nth).await?;
    }
    let opened = eventually("the click is counted", PATIENCE, async || {
        let opened = stage.statistics(mailing).await?["channels"]["web_push"]["opened"].clone();
        Ok((opened != 0).then_some(opened))
    })
    .await?;
    let urls: Vec<_> = site.said("opened").iter().map(|one| one["url"].clone()).collect();
    let personal = urls
        .iter()
        .all(|url| url.as_str().is_some_and(|url| url.starts_with(&stage.brand.api)));
    report.claim(
        "a click leads over the personal link to the site, and counts once",
        personal && opened == 1,
        format!(
            "site: {} arrivals; Bellhop: {opened} opened",
            site.said("arrived").len()
        ),
    );
    Ok(())
}

async fn claim_renewed(report: &mut Report, site: &Site) -> Result<()> {
    let before = site.said("registered").len();
    site.order(json!({ "verb": "renew" }));
    let registered = hears(site, "registered", before).await?;
    report.claim(
        "a subscription that the browser changes is registered again by the worker",
        registered["why"].is_null() && registered["subscription"]["keys"]["auth"].is_string(),
        format!("{GUEST}: {} registrations", before + 1),
    );
    Ok(())
}

async fn claim_unsubscribed(report: &mut Report, stage: &Stage, site: &Site, folder: &Path, guests: u32) -> Result<()> {
    site.order(json!({ "verb": "unsubscribe" }));
    hears(site, "unsubscribed", 0).await?;
    let (_, second) = stage.send(folder, &mailing(site), Duration::from_secs(300)).await?;
    let gone = u64::from((2..=guests).filter(is_gone).map(|_| 1_u32).sum::<u32>());
    let living = u64::from(guests) - gone;
    let channel = &second["channels"]["web_push"];
    let planned = second["planned"].as_u64().context("no number planned")?;
    report.claim(
        "who is gone is not sent to again, and who unsubscribed is gone at the next message",
        planned == living && failed(&channel["failed"]) == 1 && channel["sent"] == living - 1,
        format!(
            "second mailing: {planned} planned, {} sent, {} failed",
            channel["sent"], channel["failed"]
        ),
    );
    report.figure("retired", gone + 1);
    Ok(())
}

/// All failures, whatever their reasons.
fn failed(by_reason: &Value) -> u64 {
    by_reason
        .as_object()
        .map_or(0, |reasons| reasons.values().filter_map(Value::as_u64).sum())
}
