//! What is true only if one process is alone on its database, and what a human can end: the real binary, on SQLite
//! and without any server.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_test_services::{free_port, fresh_database};
use bellhop_tests::command::Bellhop;
use bellhop_tests::guests::{Reach, write};
use bellhop_tests::patience::eventually;
use serde_json::{Value, json};
use tokio::process::Child;

const PATIENCE: Duration = Duration::from_secs(120);

fn local() -> Result<SocketAddr> {
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)))
}

/// A configuration file of this name on this database, and the address of its `/readyz`.
fn config(folder: &Path, name: &str, store: &str, more: Value) -> Result<(PathBuf, String)> {
    let (http, operations) = (local()?, local()?);
    let mut config = json!({
        "store": { "url": store },
        "http": { "listen": http.to_string(), "operations_listen": operations.to_string(), "public_url": format!("http://{http}") },
    });
    if let (Some(config), Value::Object(more)) = (config.as_object_mut(), more) {
        config.extend(more);
    }
    let file = folder.join(name);
    std::fs::write(&file, toml::to_string(&config)?)?;
    Ok((file, format!("http://{operations}/readyz")))
}

/// A sender of SMS by a gateway at this address.
fn gateway(folder: &Path, address: &str) -> Result<Value> {
    std::fs::write(folder.join("password"), "secret")?;
    let password = json!({ "file": folder.join("password") });
    let settings = json!({
        "preset": "smsc_ru",
        "base_url": format!("http://{address}"),
        "values": { "login": "bellhop" },
        "secrets": { "password": password },
    });
    Ok(
        json!({ "organisation": "default", "name": "sms", "provider": "sms_http", "rate": "100/s", "settings": settings }),
    )
}

/// Starts a role that keeps running, with its output in a file.
fn spawn(bellhop: &Bellhop, role: &str, log: &Path) -> Result<Child> {
    let log = File::create(log)?;
    let mut command = bellhop.command(&[role]);
    // The file names the address.
    command.env_remove("BELLHOP__HTTP__OPERATIONS_LISTEN");
    command.stdout(log.try_clone()?).stderr(log);
    Ok(command.spawn()?)
}

async fn serves(readiness: &str) -> Result<()> {
    eventually("the API is ready", PATIENCE, async || {
        let answer = reqwest::get(readiness).await?;
        Ok(answer.status().is_success().then_some(()))
    })
    .await
}

async fn is_refused(bellhop: &Bellhop, words: &[&str]) -> Result<()> {
    let answer = bellhop.run(&["up"]).await?;
    ensure!(!answer.status.success(), "a second process works on the database");
    for word in words {
        ensure!(answer.stderr.contains(word), "no {word:?} in: {}", answer.stderr);
    }
    Ok(())
}

#[tokio::test]
async fn a_second_process_on_one_file_is_refused_whatever_it_calls_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    std::fs::create_dir(at.join("data"))?;
    let (first, readiness) = config(at, "first.toml", "sqlite:data/bellhop.db", json!({}))?;
    let bellhop = Bellhop::in_folder(at)?.with_config(&first);
    let mut up = spawn(&bellhop, "up", &at.join("up.log"))?;
    serves(&readiness).await?;
    let process = format!("process {},", up.id().context("it runs")?);

    std::os::unix::fs::symlink(at.join("data/bellhop.db"), at.join("link.db"))?;
    std::os::unix::fs::symlink(at.join("data"), at.join("elsewhere"))?;
    for (name, store) in [
        ("same.toml", "sqlite:data/bellhop.db".to_owned()),
        (
            "absolute.toml",
            format!("sqlite:{}", at.join("data/bellhop.db").display()),
        ),
        ("link.toml", "sqlite:link.db".to_owned()),
        ("folder.toml", "sqlite:elsewhere/../data/bellhop.db".to_owned()),
    ] {
        let (other, _) = config(at, name, &store, json!({}))?;
        let second = Bellhop::in_folder(at)?.with_config(&other);
        is_refused(&second, &["data/bellhop.db", &process, "store.url"])
            .await
            .context(name)?;
    }
    let (other, _) = config(at, "inside.toml", "sqlite:bellhop.db", json!({}))?;
    let inside = Bellhop::in_folder(&at.join("data"))?.with_config(&other);
    is_refused(&inside, &["data/bellhop.db", &process])
        .await
        .context("from within the folder")?;

    // Commands that only write to the store work beside it.
    let guests = at.join("customers.csv");
    write(&guests, 3, |_| Reach::Phone)?;
    let summary = bellhop
        .json(&["import", "customers", &guests.to_string_lossy()])
        .await?;
    ensure!(summary["imported"] == 3, "{summary}");
    for command in [&["doctor"][..], &["sender", "list"], &["migrate"]] {
        let answer = bellhop.run(command).await?;
        ensure!(
            answer.status.success(),
            "{command:?}: {}{}",
            answer.stdout,
            answer.stderr
        );
    }

    // The lock dies with its process, however that ends.
    up.kill().await?;
    let mut next = spawn(&bellhop, "up", &at.join("next.log"))?;
    serves(&readiness).await?;
    is_refused(&bellhop, &[&format!("process {},", next.id().context("it runs")?)]).await?;
    next.kill().await?;
    Ok(())
}

#[tokio::test]
async fn a_second_process_that_counts_for_itself_is_refused_on_postgres_too() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    let store = fresh_database().await?.keep();
    let (first, readiness) = config(at, "first.toml", &store, json!({}))?;
    let mut up = spawn(&Bellhop::in_folder(at)?.with_config(&first), "up", &at.join("up.log"))?;
    serves(&readiness).await?;
    let (other, _) = config(at, "other.toml", &store, json!({}))?;
    let second = Bellhop::in_folder(at)?.with_config(&other);
    is_refused(
        &second,
        &[&format!("process {},", up.id().context("it runs")?), "limits.url"],
    )
    .await?;
    up.kill().await?;
    Ok(())
}

/// The gateway asks once to wait for a year. The sender waits for half an hour at most, and not at all once a human
/// has resumed it.
#[tokio::test]
async fn a_resume_ends_the_wait_that_a_provider_asked_for() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    let (sms, admin) = (local()?, local()?);
    let more = json!({
        "simulator": {
            "sms_addr": sms.to_string(),
            "admin_addr": admin.to_string(),
            "faults": { "sms": { "retry_after_s": 31_536_000 } },
        },
        "sender": [gateway(at, &sms.to_string())?],
        // One request at a time, so that what follows the first stays unsent.
        "worker": { "batches_at_once": 1, "careful_requests_per_batch": 1 },
    });
    let (file, readiness) = config(at, "bellhop.toml", "sqlite:bellhop.db", more)?;
    let bellhop = Bellhop::in_folder(at)?.with_config(&file);
    let _simulator = spawn(&bellhop, "simulator", &at.join("simulator.log"))?;
    let _up = spawn(&bellhop, "up", &at.join("up.log"))?;
    serves(&readiness).await?;
    // The magic number that the simulator tells to wait the first time.
    let rows = "customer_id,name,phone,marketing_consent\ng-0,Ann,+79990009111,yes\ng-1,Bob,+79990001111,yes\n";
    std::fs::write(at.join("customers.csv"), rows)?;
    bellhop.json(&["import", "customers", "customers.csv"]).await?;
    let mailing = json!({
        "name": "throttled", "audience": { "all": [] }, "contents": { "sms": { "text": "Two pizzas for one" } },
        "waterfall": [{ "channel": "sms" }], "expires_after_minutes": 600,
    });
    std::fs::write(at.join("mailing.json"), mailing.to_string())?;
    let created = bellhop.json(&["mailing", "create", "@mailing.json"]).await?;
    let id = created["id"].as_i64().context("no id")?.to_string();
    bellhop.json(&["mailing", "launch", &id]).await?;
    let log = async || Ok::<_, anyhow::Error>(std::fs::read_to_string(at.join("up.log"))?);
    let waiting = |stats: &Value| stats["by_state"]["waiting"].as_u64() == Some(1);
    let stats = async || bellhop.json(&["mailing", "stats", &id]).await;
    let held = async || {
        let now = stats().await?;
        Ok((waiting(&now) && now["state"] == "running").then_some(()))
    };
    if let Err(late) = eventually("the gateway has asked for a year", PATIENCE, held).await {
        return Err(late.context(log().await?));
    }
    let resumed = bellhop.run(&["sender", "resume", "sms"]).await?;
    ensure!(resumed.status.success(), "{}", resumed.stderr);
    let finished = async || Ok((stats().await?["state"] == "finished").then_some(()));
    if let Err(late) = eventually("everything has gone out", PATIENCE, finished).await {
        return Err(late.context(format!("{}\n{}", stats().await?, log().await?)));
    }
    let end = stats().await?;
    ensure!(end["channels"]["sms"]["sent"] == 2, "{end}");
    Ok(())
}

/// A mailing that was sent goes again only on request, and a start in the past does not mean *now*.
#[tokio::test]
async fn a_launch_says_what_it_does_not_do_by_itself() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    // Nobody serves at port 9.
    let more = json!({ "sender": [gateway(at, "127.0.0.1:9")?] });
    let (file, _) = config(at, "bellhop.toml", "sqlite:bellhop.db", more)?;
    let bellhop = Bellhop::in_folder(at)?.with_config(&file);
    let guests = at.join("customers.csv");
    write(&guests, 2, |_| Reach::Phone)?;
    bellhop
        .json(&["import", "customers", &guests.to_string_lossy()])
        .await?;
    let mailing = json!({
        "name": "twice", "audience": { "all": [] }, "contents": { "sms": { "text": "Two pizzas for one" } },
        "waterfall": [{ "channel": "sms" }],
    });
    std::fs::write(at.join("mailing.json"), mailing.to_string())?;
    let id = bellhop.json(&["mailing", "create", "@mailing.json"]).await?["id"].to_string();
    let launch = async |more: &[&str]| bellhop.run(&[&["mailing", "launch", &id][..], more].concat()).await;
    let refused = async |more: &[&str], word: &str| -> Result<()> {
        let answer = launch(more).await?;
        ensure!(!answer.status.success(), "{more:?} went: {}", answer.stdout);
        ensure!(answer.stderr.contains(word), "no {word:?}: {}", answer.stderr);
        Ok(())
    };
    let done = async |more: &[&str], word: &str| -> Result<()> {
        let answer = launch(more).await?;
        ensure!(answer.status.success(), "{more:?}: {}", answer.stderr);
        ensure!(answer.stdout.contains(word), "no {word:?}: {}", answer.stdout);
        Ok(())
    };
    refused(&["--at", "2020-01-01T10:00:00Z"], "--now").await?;
    done(&["--at", "2099-01-01T10:00:00Z"], "scheduled").await?;
    refused(&["--again", "--now"], "scheduled already").await?;
    bellhop.json(&["mailing", "cancel", &id]).await?;
    refused(&[], "--again").await?;
    refused(&["--again", "--at", "2020-01-01T10:00:00Z"], "--now").await?;
    done(&["--again", "--now", "--at", "2020-01-01T10:00:00Z"], "running").await
}
