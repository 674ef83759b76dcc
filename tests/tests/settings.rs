//! Settings in the database and the gate before its schema: the real binary, on SQLite and PostgreSQL.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_test_services::{free_port, fresh_database};
use bellhop_tests::command::{Answer, Bellhop};
use bellhop_tests::patience::eventually;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

const PATIENCE: Duration = Duration::from_secs(120);
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const NEWER_KEY: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

/// A sender of SMS, whose password lies in a file.
fn sms(folder: &Path, name: &str, rate: &str) -> Result<Value> {
    std::fs::write(folder.join("password"), "hunter2")?;
    Ok(
        json!({ "organisation": "default", "name": name, "provider": "sms_http", "rate": rate, "settings": {
        "preset": "smsc_ru",
        // Nobody serves at port 9.
        "base_url": "http://127.0.0.1:9",
        "values": { "login": "bellhop" },
        "secrets": { "password": { "file": folder.join("password") } },
    } }),
    )
}

struct Desk {
    bellhop: Bellhop,
    config: Value,
}

impl Desk {
    fn new(folder: &Path, store: &str) -> Result<Self> {
        let http = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let operations = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let config = json!({
            "store": { "url": store },
            "http": { "listen": http.to_string(), "public_url": format!("http://{http}") },
            "sender": [sms(folder, "sms", "1/s")?],
        });
        let file = folder.join("bellhop.toml");
        let bellhop = Bellhop::in_folder(folder)?
            .with_config(&file)
            .with_operations_at(operations);
        let desk = Self { bellhop, config };
        desk.save(folder)?;
        Ok(desk)
    }

    fn save(&self, folder: &Path) -> Result<()> {
        Ok(std::fs::write(
            folder.join("bellhop.toml"),
            toml::to_string(&self.config)?,
        )?)
    }

    async fn done(&self, words: &[&str]) -> Result<String> {
        let answer = self.bellhop.run(words).await?;
        ensure!(answer.status.success(), "{words:?}: {}{}", answer.stdout, answer.stderr);
        Ok(answer.stdout)
    }

    async fn refused(&self, words: &[&str], told: &[&str]) -> Result<Answer> {
        let answer = self.bellhop.run(words).await?;
        ensure!(!answer.status.success(), "{words:?} went: {}", answer.stdout);
        for word in told {
            ensure!(
                answer.stderr.contains(word),
                "{words:?}: no {word:?} in: {}",
                answer.stderr
            );
        }
        Ok(answer)
    }

    /// The senders' names and rates in the database.
    async fn rates(&self) -> Result<Vec<(String, String)>> {
        let listed = self.bellhop.json(&["sender", "list"]).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = listed.as_array().context("a list")?.iter();
        Ok(rows.map(|row| (text(&row["name"]), text(&row["rate"]))).collect())
    }

    /// Runs `up` until it is ready, and ends it; returns its log.
    async fn up(&self, folder: &Path) -> Result<String> {
        let log = folder.join("up.log");
        let out = File::create(&log)?;
        let mut command = self.bellhop.command(&["up"]);
        let mut process = command.stdout(out.try_clone()?).stderr(out).spawn()?;
        let url = self.config["http"]["public_url"].as_str().context("a URL")?;
        let ready = eventually("the API is ready", PATIENCE, async || {
            let answer = reqwest::get(format!("{url}/healthz")).await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await;
        process.kill().await?;
        let log = std::fs::read_to_string(log)?;
        ready.with_context(|| log.clone())?;
        Ok(log)
    }

    /// Seals a secret for a sender's password.
    async fn seal(&self, secret: &str) -> Result<String> {
        let mut command = self
            .bellhop
            .command(&["settings", "seal", "sms", "settings.secrets.password"]);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut input = process.stdin.take().context("a pipe")?;
        input.write_all(secret.as_bytes()).await?;
        drop(input);
        let ended = process.wait_with_output().await?;
        let told = format!(
            "{}{}",
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr)
        );
        ensure!(ended.status.success(), "{told}");
        Ok(told)
    }
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = expected
        .iter()
        .map(|(name, rate)| ((*name).to_owned(), (*rate).to_owned()));
    owned.collect()
}

#[tokio::test]
async fn apply_says_what_it_changes_and_nothing_else_changes_it() -> Result<()> {
    let database = fresh_database().await?;
    for store in ["sqlite:bellhop.db", database.url()] {
        let folder = tempfile::tempdir()?;
        let mut desk = Desk::new(folder.path(), store)?;
        desk.done(&["migrate"]).await?;
        desk.refused(&["sender", "list"], &["no settings yet", "bellhop apply"])
            .await?;
        let dry = desk.done(&["apply", "--dry-run"]).await?;
        ensure!(
            dry.contains("+ sender default/sms") && dry.contains("Nothing was written"),
            "{dry}"
        );
        desk.refused(&["sender", "list"], &["no settings yet"]).await?;
        desk.done(&["apply"]).await?;
        ensure!(desk.rates().await? == pairs(&[("sms", "1/s")]));

        // A changed file changes nothing by itself.
        desk.config["sender"] = json!([sms(folder.path(), "spare", "3/s")?, sms(folder.path(), "sms", "2/s")?]);
        desk.save(folder.path())?;
        for command in [&["sender", "list"][..], &["api-key", "list"], &["migrate"]] {
            desk.done(command).await?;
        }
        let doctor = desk.bellhop.run(&["doctor"]).await?;
        ensure!(
            doctor.stdout.contains(
                "the file differs from the database in organisation default, sender default/spare, sender default/sms"
            ),
            "{}",
            doctor.stdout
        );
        ensure!(desk.rates().await? == pairs(&[("sms", "1/s")]));
        let dry = desk.done(&["apply", "--dry-run"]).await?;
        for line in [
            "~ sender default/sms",
            "rate: 1/s → 2/s",
            "+ sender default/spare",
            "[\"sms\"] → [\"spare\",\"sms\"]",
        ] {
            ensure!(dry.contains(line), "no {line:?}: {dry}");
        }
        ensure!(desk.rates().await? == pairs(&[("sms", "1/s")]));
        desk.done(&["apply"]).await?;
        ensure!(desk.rates().await? == pairs(&[("spare", "3/s"), ("sms", "2/s")]));

        // What only the database has is removed if that is requested.
        desk.config["sender"] = json!([sms(folder.path(), "sms", "2/s")?]);
        desk.save(folder.path())?;
        let kept = desk.done(&["apply"]).await?;
        ensure!(kept.contains("- sender default/spare (only in the database"), "{kept}");
        ensure!(desk.rates().await?.len() == 2);
        desk.done(&["apply", "--prune"]).await?;
        ensure!(desk.rates().await? == pairs(&[("sms", "2/s")]));
        let history = desk.bellhop.json(&["settings", "history"]).await?;
        ensure!(
            history[0]["setting"] == "sender default/spare" && history[0]["after"].is_null(),
            "{history}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_embedded_up_applies_its_file_once_and_again_when_it_has_changed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut desk = Desk::new(folder.path(), "sqlite:bellhop.db")?;
    let first = desk.up(folder.path()).await?;
    ensure!(first.contains("+ sender default/sms"), "{first}");
    // Somebody changes a setting elsewhere.
    let elsewhere = json!({ "sender": [sms(folder.path(), "sms", "7/s")?] });
    std::fs::write(folder.path().join("elsewhere.toml"), toml::to_string(&elsewhere)?)?;
    desk.done(&["apply", "elsewhere.toml"]).await?;
    let second = desk.up(folder.path()).await?;
    ensure!(!second.contains("settings from the file"), "{second}");
    ensure!(desk.rates().await? == pairs(&[("sms", "7/s")]), "it stays");
    // Another section of the file changes; only that one is applied.
    desk.config["organisation"] = json!([{
        "slug": "default", "name": "Pizza", "currency": "RUB", "timezone": "Europe/Moscow", "region": "RU", "locale": "ru",
        "attribution_hours": 72,
    }]);
    desk.save(folder.path())?;
    let third = desk.up(folder.path()).await?;
    // The log may tell what others did before, too.
    let applied: Vec<_> = third
        .lines()
        .filter(|line| line.contains("settings from the file"))
        .collect();
    let applied = applied.join("\n");
    ensure!(
        applied.contains("name: My restaurants → Pizza") && !applied.contains("sender default"),
        "{third}"
    );
    ensure!(desk.rates().await? == pairs(&[("sms", "7/s")]), "it stays");
    desk.config["sender"] = json!([sms(folder.path(), "sms", "8/s")?]);
    desk.save(folder.path())?;
    let fourth = desk.up(folder.path()).await?;
    ensure!(fourth.contains("rate: 7/s → 8/s"), "{fourth}");
    ensure!(desk.rates().await? == pairs(&[("sms", "8/s")]));
    Ok(())
}

#[tokio::test]
async fn a_sealed_secret_is_never_told_and_outlives_its_key() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut desk = Desk::new(folder.path(), "sqlite:bellhop.db")?;
    for (name, key) in [("old", KEY), ("new", NEWER_KEY)] {
        std::fs::write(folder.path().join(name), key)?;
    }
    let key = |name: &str| json!({ "file": folder.path().join(name) });
    desk.done(&["migrate"]).await?;
    desk.done(&["apply"]).await?;
    desk.config["settings"] = json!({ "keys": [key("old")] });
    desk.save(folder.path())?;
    let mut told = desk.seal("sw0rdfish\n").await?;
    let files =
        ["bellhop.db", "bellhop.db-wal"].map(|name| std::fs::read(folder.path().join(name)).unwrap_or_default());
    let kept = files.concat();
    let holds = |needle: &[u8]| kept.windows(needle.len()).any(|window| window == needle);
    ensure!(
        !holds(b"sw0rdfish") && holds(b"\"sealed\":\"v1."),
        "it is in the database as it was typed"
    );
    told += &desk.done(&["apply", "--dry-run"]).await?;
    ensure!(told.contains("sealed"), "{told}");
    told += &desk.done(&["settings", "history", "--json"]).await?;
    ensure!(!told.contains("sw0rdfish") && !told.contains("v1."), "{told}");
    // Nothing listens, but the sender can be made.
    let senders = async |desk: &Desk| desk.bellhop.run(&["doctor"]).await.map(|answer| answer.stdout);
    let doctor = senders(&desk).await?;
    ensure!(!doctor.contains("[settings] keys"), "{doctor}");

    desk.config["settings"] = json!({ "keys": [key("new"), key("old")] });
    desk.save(folder.path())?;
    ensure!(
        desk.done(&["settings", "reseal"])
            .await?
            .contains("1 setting(s) were sealed again")
    );
    ensure!(
        desk.done(&["settings", "reseal"])
            .await?
            .contains("0 setting(s) were sealed again")
    );
    desk.config["settings"] = json!({ "keys": [key("new")] });
    desk.save(folder.path())?;
    let doctor = senders(&desk).await?;
    ensure!(!doctor.contains("[settings] keys"), "{doctor}");
    desk.config["settings"] = json!({ "keys": [key("old")] });
    desk.save(folder.path())?;
    let doctor = senders(&desk).await?;
    ensure!(doctor.contains("[settings] keys"), "{doctor}");
    Ok(())
}

#[tokio::test]
async fn only_migrate_makes_a_schema() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = fresh_database().await?;
    let desk = Desk::new(folder.path(), database.url())?;
    for command in [
        &["sender", "list"][..],
        &["api-key", "list"],
        &["apply"],
        &["mailing", "list"],
    ] {
        desk.refused(command, &["the database is empty", "bellhop migrate"])
            .await?;
    }
    std::fs::write(folder.path().join("guests.csv"), "customer_id\nc1\n")?;
    desk.refused(&["import", "customers", "guests.csv"], &["bellhop migrate"])
        .await?;
    let doctor = desk.bellhop.run(&["doctor"]).await?;
    ensure!(doctor.stdout.contains("the database is empty"), "{}", doctor.stdout);
    desk.done(&["migrate"]).await?;
    desk.done(&["apply"]).await?;
    desk.done(&["import", "customers", "guests.csv"]).await?;
    // A SQLite file that does not exist yet is created by the first import, as the README says.
    let folder = tempfile::tempdir()?;
    let desk = Desk::new(folder.path(), "sqlite:data/bellhop.db")?;
    let doctor = desk.bellhop.run(&["doctor"]).await?;
    ensure!(
        !folder.path().join("data").exists(),
        "the doctor makes nothing: {}",
        doctor.stdout
    );
    std::fs::write(folder.path().join("guests.csv"), "customer_id\nc1\n")?;
    desk.done(&["import", "customers", "guests.csv"]).await?;
    ensure!(desk.rates().await? == pairs(&[("sms", "1/s")]));
    Ok(())
}
