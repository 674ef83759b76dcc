//! How the command line handles mistakes: the real binary, on SQLite and without any server.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use bellhop_tests::command::{Answer, Bellhop};
use tokio::io::{AsyncBufReadExt, BufReader};

const MAILING: &str = r#"{"name":"m","audience":{"tags":{"any":["vip"]}},"contents":{"sms":{"text":"News"}},"waterfall":[{"channel":"sms"}]}"#;

/// A folder with a few guests.
async fn begun(folder: &Path, guests: u32) -> Result<Bellhop> {
    let bellhop = Bellhop::in_folder(folder)?;
    let mut file = String::from("customer_id,phone,tags,marketing_consent\n");
    for n in 0..guests {
        file.push_str(&format!("guest-{n:07},+7999{n:07},vip,yes\n"));
    }
    std::fs::write(folder.join("guests.csv"), file)?;
    bellhop.json(&["import", "customers", "guests.csv"]).await?;
    Ok(bellhop)
}

fn says(answer: &Answer, words: &[&str]) -> Result<()> {
    ensure!(!answer.status.success(), "{answer:?}");
    for word in words {
        ensure!(answer.stderr.contains(word), "no {word:?} in: {}", answer.stderr);
    }
    Ok(())
}

#[tokio::test]
async fn a_reader_that_stops_early_ends_a_command_quietly() -> Result<()> {
    let folder = tempfile::tempdir()?;
    // More than a pipe holds.
    let bellhop = begun(folder.path(), 20_000).await?;
    let mut command = bellhop.command(&["audience", "list", "--filter", "{}"]);
    let mut listing = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(listing.stdout.take().context("a pipe")?).lines();
    ensure!(lines.next_line().await?.is_some_and(|line| line.starts_with("guest-")));
    drop(lines);
    let ended = listing.wait_with_output().await?;
    let told = String::from_utf8_lossy(&ended.stderr);
    ensure!(
        told.is_empty() && ended.status.code() == Some(141),
        "{}: {told}",
        ended.status
    );
    Ok(())
}

#[tokio::test]
async fn a_forgotten_configuration_is_no_empty_answer() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bellhop = Bellhop::in_folder(folder.path())?;
    for command in [
        &["audience", "count", "--filter", "{}"][..],
        &["mailing", "list"],
        &["guest", "show", "c1"],
    ] {
        says(&bellhop.run(command).await?, &["there is no database at", "--config"])?;
    }
    ensure!(
        !folder.path().join("bellhop-data").exists(),
        "nothing is made on the way"
    );
    Ok(())
}

#[tokio::test]
async fn a_mailing_file_needs_no_sign_and_may_come_from_windows() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bellhop = begun(folder.path(), 1).await?;
    std::fs::write(folder.path().join("plain.json"), MAILING)?;
    std::fs::write(folder.path().join("marked.json"), format!("\u{feff}{MAILING}"))?;
    for (i, file) in ["plain.json", "@plain.json", "marked.json", MAILING]
        .into_iter()
        .enumerate()
    {
        let made = bellhop.json(&["mailing", "create", file]).await?;
        ensure!(made["id"] == i + 1, "{file}: {made}");
    }
    says(
        &bellhop.run(&["mailing", "create", "absent.json"]).await?,
        &["absent.json", "name of a file"],
    )?;
    let listed = bellhop.json(&["mailing", "list"]).await?;
    ensure!(listed.as_array().is_some_and(|all| all.len() == 4), "{listed}");
    for command in [
        &["mailing", "check", "9"][..],
        &["message", "list", "--mailing", "9"],
        &["mailing", "forecast", "9"],
    ] {
        says(&bellhop.run(command).await?, &["no mailing 9", "bellhop mailing list"])?;
    }
    Ok(())
}

#[tokio::test]
async fn slips_in_names_and_filters_are_told_with_what_to_write() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bellhop = begun(folder.path(), 1).await?;
    let count = bellhop
        .run(&["audience", "count", "--filter", r#"{"tags":{"any":["vipp"]}}"#])
        .await?;
    ensure!(
        count.status.success() && count.stderr.contains("is it \"vip\"?"),
        "{count:?}"
    );
    let branches: Vec<_> = (0..3_000)
        .map(|n| format!(r#"{{"tags":{{"any":["t{n}"]}}}}"#))
        .collect();
    let filter = format!(r#"{{"any":[{}]}}"#, branches.join(","));
    std::fs::write(folder.path().join("filter.json"), filter)?;
    let large = bellhop.run(&["audience", "count", "--filter", "@filter.json"]).await?;
    says(&large, &["3000 conditions", "one list"])?;
    // As many conditions as are accepted are also answered.
    let filter = format!(r#"{{"any":[{}]}}"#, branches[..400].join(","));
    std::fs::write(folder.path().join("filter.json"), filter)?;
    let many = bellhop.run(&["audience", "count", "--filter", "@filter.json"]).await?;
    ensure!(many.status.success() && many.stderr.lines().count() <= 11, "{many:?}");
    Ok(())
}

#[tokio::test]
async fn keys_are_listed_and_no_two_have_one_name() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bellhop = begun(folder.path(), 1).await?;
    let key = bellhop.json(&["api-key", "create", "shop"]).await?;
    says(
        &bellhop.run(&["api-key", "create", "shop"]).await?,
        &["\"shop\" already", "revoke"],
    )?;
    let listed = bellhop.json(&["api-key", "list"]).await?;
    ensure!(
        listed[0]["name"] == "shop" && listed[0]["revoked_at"].is_null(),
        "{listed}"
    );
    let secret = key["key"].as_str().context("a key")?;
    ensure!(!listed.to_string().contains(secret), "a key is shown once");
    ensure!(bellhop.run(&["api-key", "revoke", "shop"]).await?.status.success());
    bellhop.json(&["api-key", "create", "shop"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_tag_set_by_hand_outlives_an_import() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bellhop = begun(folder.path(), 1).await?;
    let guest = "guest-0000000";
    let tagged = bellhop
        .run(&["guest", "tag", guest, "--set", "friend", "--set", "vip"])
        .await?;
    ensure!(
        tagged.stdout == format!("{guest}: friend (hand), vip (hand, import)\n"),
        "{tagged:?}"
    );
    std::fs::write(
        folder.path().join("new.csv"),
        format!("customer_id,tags\n{guest},new\n"),
    )?;
    bellhop.json(&["import", "customers", "new.csv"]).await?;
    let shown = bellhop.json(&["guest", "show", guest]).await?;
    ensure!(shown["tags"] == serde_json::json!(["friend", "new", "vip"]), "{shown}");
    let sources = serde_json::json!({"friend": ["hand"], "new": ["import"], "vip": ["hand"]});
    ensure!(shown["tag_sources"] == sources, "{shown}");
    let kept = bellhop
        .run(&["guest", "tag", guest, "--remove", "new", "--remove", "vip"])
        .await?;
    ensure!(
        kept.stdout.contains("friend (hand), new (import)\n") && kept.stdout.contains("\"new\" stays"),
        "{kept:?}"
    );
    let shown = bellhop.run(&["guest", "show", guest]).await?;
    ensure!(shown.stdout.contains("friend (hand), new (import)"), "{shown:?}");
    says(&bellhop.run(&["guest", "tag", guest]).await?, &["--set", "--remove"])?;
    says(
        &bellhop.run(&["guest", "tag", guest, "--set", " "]).await?,
        &["--set is empty"],
    )?;
    let both = ["guest", "tag", guest, "--set", "a", "--remove", "a"];
    says(&bellhop.run(&both).await?, &["say one of the two"])
}

#[tokio::test]
async fn a_guest_is_shown_and_blacklisted() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bellhop = begun(folder.path(), 1).await?;
    let guest = "guest-0000000";
    ensure!(bellhop.json(&["guest", "show", guest]).await?["blacklisted"] == false);
    says(&bellhop.run(&["guest", "blacklist", guest]).await?, &["--reason"])?;
    ensure!(
        bellhop
            .run(&["guest", "blacklist", guest, "--reason", "asked us"])
            .await?
            .status
            .success()
    );
    ensure!(bellhop.json(&["guest", "show", guest]).await?["blacklisted"] == true);
    ensure!(
        bellhop
            .run(&["guest", "blacklist", guest, "--lift"])
            .await?
            .status
            .success()
    );
    ensure!(bellhop.json(&["guest", "show", guest]).await?["blacklisted"] == false);
    says(
        &bellhop.run(&["guest", "show", "nobody"]).await?,
        &["no customer \"nobody\"", "customer_id"],
    )
}
