//! What brings settings in: `apply`, a first `up`, an import.

use anyhow::{Context, Result, ensure};
use bellhop_test_services::fresh_database;
use serde_json::json;

use crate::desk::{Desk, pairs, sms};

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
    let applied = of_the_file(&third);
    ensure!(
        applied.contains("name: My restaurants → Pizza") && !applied.contains("sender default"),
        "{third}"
    );
    ensure!(desk.rates().await? == pairs(&[("sms", "7/s")]), "it stays");
    desk.config["organisation"][0]["attribution_hours"] = json!(48);
    desk.save(folder.path())?;
    let fourth = desk.up(folder.path()).await?;
    ensure!(fourth.contains("attribution_hours: 72 → 48"), "{fourth}");
    Ok(())
}

#[tokio::test]
async fn an_embedded_up_brings_in_what_its_file_changed_and_leaves_what_was_changed_elsewhere() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut desk = Desk::new(folder.path(), "sqlite:bellhop.db")?;
    desk.up(folder.path()).await?;
    // Somebody sets quiet hours and a rate elsewhere.
    let mut elsewhere = json!({
        "organisation": [{
            "slug": "default", "name": "My restaurants", "currency": "RUB", "timezone": "Europe/Moscow", "region": "RU",
            "locale": "ru", "attribution_hours": 72, "quiet_hours": "21:00-10:00",
        }],
        "sender": [sms(folder.path(), "sms", "7/s")?],
    });
    std::fs::write(folder.path().join("elsewhere.toml"), toml::to_string(&elsewhere)?)?;
    desk.done(&["apply", "elsewhere.toml"]).await?;
    let quiet_hours = async |desk: &Desk| -> Result<bool> {
        let dry = desk.done(&["apply", "elsewhere.toml", "--dry-run"]).await?;
        Ok(!dry.contains("quiet_hours"))
    };
    // The file gets another sender, in front.
    desk.config["sender"] = json!([sms(folder.path(), "spare", "3/s")?, sms(folder.path(), "sms", "1/s")?]);
    desk.save(folder.path())?;
    let log = of_the_file(&desk.up(folder.path()).await?);
    ensure!(
        log.contains("+ sender default/spare") && log.contains("[\"sms\"] → [\"spare\",\"sms\"]"),
        "{log}"
    );
    ensure!(!log.contains("quiet_hours") && !log.contains("rate:"), "{log}");
    ensure!(desk.rates().await? == pairs(&[("spare", "3/s"), ("sms", "7/s")]));
    ensure!(quiet_hours(&desk).await?, "they have gone");
    // The file speaks of the organisation itself, and changes another field of it.
    let mut own = elsewhere["organisation"].take();
    own[0]["attribution_hours"] = json!(48);
    own[0].as_object_mut().context("a section")?.remove("quiet_hours");
    desk.config["organisation"] = own;
    // It changes the rate, too, which somebody has changed.
    desk.config["sender"][1]["rate"] = json!("8/s");
    desk.save(folder.path())?;
    let told = "sender default/sms: rate is 7/s in the database and 8/s in the file";
    let log = of_the_file(&desk.up(folder.path()).await?);
    ensure!(
        log.contains("attribution_hours: 72 → 48") && log.contains(told),
        "{log}"
    );
    ensure!(quiet_hours(&desk).await?, "they have gone");
    ensure!(
        desk.rates().await? == pairs(&[("spare", "3/s"), ("sms", "7/s")]),
        "it stays"
    );
    // It is told at each start until somebody takes the file's, or makes them alike.
    let log = of_the_file(&desk.up(folder.path()).await?);
    ensure!(
        log.contains(told) && log.contains("`bellhop apply FILE` takes"),
        "{log}"
    );
    desk.done(&["apply"]).await?;
    ensure!(desk.rates().await? == pairs(&[("spare", "3/s"), ("sms", "8/s")]));
    let log = of_the_file(&desk.up(folder.path()).await?);
    ensure!(log.is_empty(), "{log}");
    Ok(())
}

/// What a log says of the file.
fn of_the_file(log: &str) -> String {
    // It may tell what others did before, too.
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("settings from the file"))
        .collect();
    lines.join("\n")
}

#[tokio::test]
async fn a_restaurant_is_a_setting_wherever_its_zone_was_said() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut desk = Desk::new(folder.path(), "sqlite:bellhop.db")?;
    desk.config["restaurant"] = json!([{ "organisation": "default", "name": "North", "timezone": "Asia/Omsk" }]);
    desk.save(folder.path())?;
    let file = folder.path().join("guests.csv");
    std::fs::write(
        &file,
        "customer_id;restaurant;restaurant_timezone\nc1;South;Asia/Yakutsk\nc2;North;\n",
    )?;
    let config = folder.path().join("bellhop.toml").display().to_string();
    desk.done(&["migrate"]).await?;
    desk.done(&["apply", &config]).await?;
    let file = file.display().to_string();
    desk.done(&["import", "customers", &file]).await?;
    desk.done(&["restaurant", "set-timezone", "Asia/Tomsk", "North"])
        .await?;
    let list = desk.bellhop.json(&["restaurant", "list"]).await?;
    let zones: Vec<_> = list.as_array().context("a list")?.iter().collect();
    let zones: Vec<_> = zones
        .iter()
        .map(|it| (&it["name"], &it["timezone"], &it["timezone_confirmed"]))
        .collect();
    let said = |name: &str, zone: &str| (json!(name), json!(zone), json!(true));
    let expected = [said("North", "Asia/Tomsk"), said("South", "Asia/Yakutsk")];
    ensure!(
        zones
            .iter()
            .map(|&(a, b, c)| (a.clone(), b.clone(), c.clone()))
            .eq(expected),
        "{list}"
    );
    let history = desk.done(&["settings", "history"]).await?;
    for told in [
        "restaurant default/North",
        "restaurant default/South",
        "import of guests.csv",
    ] {
        ensure!(history.contains(told), "{told}: {history}");
    }
    Ok(())
}
