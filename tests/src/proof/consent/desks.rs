//! Noes that do not come as a message: a switch on the guest's own page, another system, a ledger from elsewhere, an erasure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use bellhop_domain::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::PATIENCE;
use super::guest::{Guest, Moment, Voice};
use super::voices::Voices;
use super::{Said, of};
use crate::fleet::Fleet;
use crate::patience::eventually;

/// What calls Bellhop's API.
pub(super) struct Desks<'a> {
    voices: &'a Voices,
    key: String,
}

impl<'a> Desks<'a> {
    pub(super) async fn open(fleet: &Fleet, voices: &'a Voices) -> Result<Self> {
        let scopes = "consents,guests_read,erase,events";
        let made = fleet
            .bellhop
            .run(&["api-key", "create", "desk", "--scopes", scopes])
            .await?;
        let key = made.stdout.trim().to_owned();
        Ok(Self { voices, key })
    }

    /// Says no for all guests of these moments, one after the other; the acknowledgements.
    pub(super) async fn speak(&self, guests: &[Guest]) -> Result<Said> {
        let mut said = Said::new();
        for moment in [Moment::ByThePage, Moment::ByTheApi, Moment::ByErasure] {
            for guest in of(guests, moment) {
                // As a person and a program do: again, until it is acknowledged. A server may be down on purpose.
                let what = format!("{moment:?} of guest {} is taken", guest.number);
                let at = eventually(&what, PATIENCE, async || self.say(guest, moment).await.map(Some)).await?;
                said.insert(guest.number, at);
            }
        }
        Ok(said)
    }

    async fn say(&self, guest: &Guest, moment: Moment) -> Result<Timestamp> {
        match moment {
            Moment::ByThePage => self.on_the_page(guest, "consents", &[("word", "marketing off")]).await,
            Moment::ByTheApi => self.by_another_system(guest).await,
            // In turn.
            _ if guest.number.is_multiple_of(2) => self.on_the_page(guest, "erase", &[("sure", "yes")]).await,
            _ => self.erase(guest).await,
        }
    }

    async fn by_another_system(&self, guest: &Guest) -> Result<Timestamp> {
        let word = json!({ "customer_id": guest.card(), "purpose": "marketing", "given": false, "by": "guest", "how": "site" });
        let call = self.voices.client.post(format!("{}/v1/consents", self.voices.api));
        let answer = call.bearer_auth(&self.key).json(&word).send().await?;
        ensure!(
            answer.status().is_success(),
            "{}: {}",
            answer.status(),
            answer.text().await?
        );
        Ok(Timestamp::now())
    }

    async fn erase(&self, guest: &Guest) -> Result<Timestamp> {
        let call = self
            .voices
            .client
            .delete(format!("{}/v1/guests/{}", self.voices.api, guest.card()));
        let answer = call.bearer_auth(&self.key).send().await?;
        ensure!(
            // Not there: it was erased by a request whose answer was lost.
            answer.status().is_success() || answer.status() == StatusCode::NOT_FOUND,
            "{}: {}",
            answer.status(),
            answer.text().await?
        );
        Ok(Timestamp::now())
    }

    /// Opens the guest's page as a browser does, and presses a button on it.
    async fn on_the_page(&self, guest: &Guest, action: &str, fields: &[(&str, &str)]) -> Result<Timestamp> {
        let call = self
            .voices
            .client
            .get(format!("{}/v1/guests/{}/page", self.voices.api, guest.card()));
        let link: Value = call
            .bearer_auth(&self.key)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let link = link["url"].as_str().context("no link")?;
        let (_, path) = link.split_once("/g/").context("another link")?;
        let page = format!("{}/g/{path}", self.voices.api);
        let html = self
            .voices
            .client
            .get(&page)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?;
        let form = html
            .split_once("name=\"form\" value=\"")
            .and_then(|(_, after)| after.split('"').next());
        let mut sent = vec![("form", form.context("no form")?)];
        sent.extend(fields);
        let answer = self
            .voices
            .client
            .post(format!("{page}/{action}"))
            .form(&sent)
            .send()
            .await?;
        let status = answer.status();
        // After a switch the browser sees the page again.
        ensure!(
            status.is_success() || status.is_redirection(),
            "{status}: {}",
            answer.text().await?
        );
        Ok(Timestamp::now())
    }

    /// An event that fires the program, for everybody.
    pub(super) async fn fire(&self, guests: &[Guest]) -> Result<()> {
        for some in guests.chunks(100) {
            let event = |guest: &Guest| {
                json!({ "id": format!("quiz-{}", guest.number), "type": "custom", "name": "quiz",
                        "customer_id": guest.card() })
            };
            let events: Vec<_> = some.iter().map(event).collect();
            let call = self.voices.client.post(format!("{}/v1/events", self.voices.api));
            let answer = call
                .bearer_auth(&self.key)
                .json(&json!({ "events": events }))
                .send()
                .await?;
            ensure!(
                answer.status().is_success(),
                "{}: {}",
                answer.status(),
                answer.text().await?
            );
        }
        Ok(())
    }
}

/// A ledger from elsewhere says no for some guests by their addresses, and has an older yes behind each.
pub(super) async fn import_ledger(fleet: &Fleet, guests: &[Guest]) -> Result<Said> {
    let no: Vec<_> = of(guests, Moment::ByALedger).collect();
    let mut text = String::from("address,address_kind,channel,word,by,how,said_at\n");
    let at = |ms: i64| Timestamp(Timestamp::now().0 - ms).to_rfc3339();
    for guest in &no {
        let (kind, address) = match guest.voice {
            Voice::Telegram => ("telegram", guest.address()),
            Voice::Max => ("max", guest.address()),
            _ => ("phone", guest.address()),
        };
        writeln!(text, "{address},{kind},all,no,guest,paper form,{}", at(1_000))?;
        writeln!(
            text,
            "{address},{kind},all,yes,guest,older paper form,{}",
            at(86_400_000)
        )?;
    }
    let file = fleet.folder().join("ledger.csv");
    std::fs::write(&file, text)?;
    let summary = fleet
        .bellhop
        .json(&["consent", "import", &file.to_string_lossy()])
        .await?;
    ensure!(summary["errors"] == 0, "every word is good: {summary}");
    let acknowledged = Timestamp::now();
    Ok(no
        .iter()
        .map(|guest| (guest.number, acknowledged))
        .collect::<BTreeMap<_, _>>())
}
