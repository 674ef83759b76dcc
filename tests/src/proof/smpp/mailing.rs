//! A mailing of the real `bellhop up`, on the embedded default, through the peer.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_test_services::free_port;
use serde_json::json;
use tokio::process::{Child, Command};

use super::peer::{Installed, Peer};
use crate::command::Bellhop;
use crate::guests::{self, Reach, phone};
use crate::patience::eventually;
use crate::proof::Report;

const GUESTS: u32 = 25;
const PATIENCE: Duration = Duration::from_secs(90);
/// Two parts with the link, in UCS-2.
const BEFORE_LINK: &str = "Соскучились! 🍕 Вторая пицца в подарок до воскресенья, только для своих: ";

pub(super) async fn run(report: &mut Report, installed: &Installed) -> Result<()> {
    let peer = installed.start(false).await?;
    report.tell(format!("a mailing to {GUESTS} guests by bellhop up"));
    report.about("a mailing of bellhop up");
    let folder = tempfile::Builder::new().prefix("bellhop-smpp-").tempdir()?;
    let bellhop = configured(folder.path(), peer.port)?;
    bellhop.set_up().await?;
    let log = folder.path().join("up.log");
    let mut up = start(&bellhop, &log)?;
    match story(report, &bellhop, folder.path(), &peer).await {
        Ok(()) => leave(report, &mut up, &peer).await,
        Err(error) => Err(error.context(format!("the log:\n{}", std::fs::read_to_string(log)?))),
    }
}

fn configured(folder: &Path, port: u16) -> Result<Bellhop> {
    let http = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    std::fs::write(folder.join("smpp-password"), "secret")?;
    let config = json!({
        "http": { "listen": http.to_string(), "public_url": format!("http://{http}") },
        "sender": [{ "organisation": "default", "name": "sms", "provider": "smpp", "rate": "200/s", "settings": {
            "host": "127.0.0.1",
            "port": port,
            "system_id": "bellhop",
            "password": { "file": folder.join("smpp-password") },
            "source": "PIZZA",
            "binds": 2,
        } }],
    });
    let file = folder.join("bellhop.toml");
    std::fs::write(&file, toml::to_string(&config)?)?;
    Ok(Bellhop::in_folder(folder)?.with_config(&file))
}

fn start(bellhop: &Bellhop, log: &Path) -> Result<Child> {
    let log = File::create(log)?;
    let mut command = bellhop.command(&["up"]);
    command.stdout(Stdio::from(log.try_clone()?)).stderr(Stdio::from(log));
    Ok(command.spawn()?)
}

async fn story(report: &mut Report, bellhop: &Bellhop, folder: &Path, peer: &Peer) -> Result<()> {
    let customers = folder.join("customers.csv");
    guests::write(&customers, GUESTS, |_| Reach::Phone)?;
    let imported = bellhop
        .json(&["import", "customers", &customers.to_string_lossy()])
        .await?;
    ensure!(imported["imported"] == GUESTS, "{imported}");
    let file = json!({
        "name": "smpp",
        "audience": { "all": [] },
        "contents": { "sms": { "text": format!("{BEFORE_LINK}{{link}}") } },
        "link": "https://pizza.example/promo",
        "waterfall": [{ "channel": "sms" }],
        "expires_after_minutes": 600,
    });
    let created = bellhop.json(&["mailing", "create", &file.to_string()]).await?;
    let id = created["id"]
        .as_i64()
        .with_context(|| format!("no id: {created}"))?
        .to_string();
    bellhop.json(&["mailing", "launch", &id]).await?;
    let over = async || {
        let statistics = bellhop.json(&["mailing", "stats", &id]).await?;
        let delivered = statistics["channels"]["sms"]["delivered"] == GUESTS;
        Ok((delivered && statistics["state"] == "finished").then_some(statistics))
    };
    let statistics = eventually("all are delivered, and the mailing ends", PATIENCE, over).await?;
    report.claim(
        "the receipts reach the ledger",
        statistics["planned"] == GUESTS,
        format!(
            "bellhop mailing stats: {} planned, {GUESTS} delivered",
            statistics["planned"]
        ),
    );
    let whole = (1..=GUESTS).filter(|number| is_whole(peer, *number)).count();
    report.claim(
        "every guest gets the text whole, with a link of their own",
        whole == GUESTS as usize,
        format!("{whole} of {GUESTS}, in two parts each, as node-smpp read them"),
    );
    Ok(())
}

fn is_whole(peer: &Peer, number: u32) -> bool {
    let Some(message) = peer.message(&phone(number)) else {
        return false;
    };
    let link = message["text"].as_str().and_then(|text| text.strip_prefix(BEFORE_LINK));
    let token = link.and_then(|link| link.split_once("/l/")).map(|(_, token)| token);
    message["parts"] == 2 && token.is_some_and(|token| token.len() == 11)
}

/// Claims that the process unbinds when it is told to end.
async fn leave(report: &mut Report, up: &mut Child, peer: &Peer) -> Result<()> {
    let id = up.id().context("bellhop up has ended by itself")?;
    Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
    let ended = tokio::time::timeout(PATIENCE, up.wait()).await.context("no end")??;
    let binds = peer.count("bind");
    let unbound = async || Ok((peer.count("unbind") == binds).then_some(()));
    let polite = eventually("every session unbinds", Duration::from_secs(10), unbound)
        .await
        .is_ok();
    report.claim(
        "told to end, it unbinds",
        polite && binds == 2 && ended.success() && peer.count("part_twice") == 0,
        format!("{binds} binds, {} unbinds", peer.count("unbind")),
    );
    Ok(())
}
