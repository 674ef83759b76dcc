//! Guest lists as files, and chats registered by the API.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Result, ensure};
use bellhop_domain::Timestamp;
use serde_json::json;

use super::guest::{Guest, Moment, Voice};
use super::voices::Voices;
use super::{PATIENCE, Said, of};
use crate::fleet::Fleet;
use crate::patience::eventually;
use crate::proof::Scale;

/// Writes a file of these guests, followed by `others` whom nobody can reach.
fn write(fleet: &Fleet, name: &str, guests: &[&Guest], card: &str, consent: &str, others: u32) -> Result<PathBuf> {
    let mut text = String::from("customer_id,name,phone,whatsapp,marketing_consent\n");
    for guest in guests {
        let address = guest.address();
        let (phone, whatsapp) = match guest.voice {
            Voice::Smpp => (address.as_str(), ""),
            Voice::Meta | Voice::MetaHidden | Voice::Waha => ("", address.as_str()),
            Voice::Telegram | Voice::Max => ("", ""),
        };
        let name = guest.name();
        writeln!(text, "{card}-{},{name},{phone},{whatsapp},{consent}", guest.number)?;
    }
    for number in 0..others {
        writeln!(text, "other-{number},Nobody,,,yes")?;
    }
    let file = fleet.folder().join(name);
    std::fs::write(&file, text)?;
    Ok(file)
}

pub(super) async fn import(
    fleet: &Fleet,
    name: &str,
    guests: &[&Guest],
    card: &str,
    consent: &str,
    others: u32,
) -> Result<()> {
    let file = write(fleet, name, guests, card, consent, others)?;
    let summary = fleet
        .bellhop
        .json(&["import", "customers", &file.to_string_lossy()])
        .await?;
    ensure!(summary["errors"] == 0, "every row is good: {summary}");
    Ok(())
}

/// Registers the Telegram chats of the cards, and their users of MAX.
pub(super) async fn register_chats<'a>(
    fleet: &Fleet,
    voices: &Voices,
    guests: impl IntoIterator<Item = &'a Guest>,
    card: &str,
) -> Result<()> {
    let name = format!("chats-{card}");
    let made = fleet
        .bellhop
        .run(&["api-key", "create", &name, "--scopes", "endpoints"])
        .await?;
    let key = made.stdout.trim().to_owned();
    for guest in guests {
        let kind = match guest.voice {
            Voice::Telegram => "telegram",
            Voice::Max => "max",
            Voice::Smpp | Voice::Meta | Voice::MetaHidden | Voice::Waha => continue,
        };
        let body =
            json!({ "kind": kind, "address": guest.address(), "customer_id": format!("{card}-{}", guest.number) });
        let call = voices
            .client
            .post(format!("{}/v1/endpoints", fleet.api))
            .bearer_auth(&key);
        let answer = call.json(&body).send().await?;
        ensure!(
            answer.status().is_success(),
            "{}: {}",
            answer.status(),
            answer.text().await?
        );
    }
    Ok(())
}

/// A file that says no for some guests; its import is killed once that is written.
pub(super) async fn killed_import(scale: Scale, fleet: &Fleet, guests: &[Guest]) -> Result<Said> {
    let no: Vec<_> = of(guests, Moment::ByAKilledImport).collect();
    // A transaction has 20,000 rows, so the rest keeps the import busy.
    let file = write(fleet, "no.csv", &no, "guest", "no", scale.pick(200_000, 60_000))?;
    let mut command = fleet.bellhop.command(&["import", "customers", &file.to_string_lossy()]);
    let mut import = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let cards: Vec<_> = no.iter().map(|guest| format!("guest-{}", guest.number)).collect();
    let written = async || Ok((fleet.ledger.refusing(&cards).await? == cards.len()).then_some(Timestamp::now()));
    let at = eventually("the file's no is written", PATIENCE, written).await?;
    ensure!(
        import.try_wait()?.is_none(),
        "the import had ended before it could be killed"
    );
    import.kill().await?;
    Ok(no.iter().map(|guest| (guest.number, at)).collect::<BTreeMap<_, _>>())
}
