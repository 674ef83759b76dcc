//! Events that the brand's own systems put into a queue: taken as those of the API are. What cannot be read, and each event that
//! is refused, goes to the queue of dead letters with the reason, so that it is neither lost nor in the way.

use crate::{Clock, Trouble};
use bellhop_broker::{DeadLetter, Letter, Letters};
use bellhop_domain::fault::Fault;
use bellhop_store::events::{End, LiveEvents, tell};
use bellhop_store::guests::{Organisation, Organisations};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Letters of one transaction for each organisation.
const AT_ONCE: u16 = 500;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What is asked of the store.
pub trait EventLedger: LiveEvents + Organisations {}

impl<T: LiveEvents + Organisations> EventLedger for T {}

/// A letter as the brand's systems write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The organisation's slug; not needed where there is only one.
    organisation: Option<String>,
    events: Vec<Value>,
}

/// Takes letters until `stop` is cancelled.
pub async fn take_letters(
    mut letters: Box<dyn Letters>,
    ledger: Arc<dyn EventLedger>,
    clock: Clock,
    stop: CancellationToken,
) {
    info!("taking events from the queue");
    let mut pause = FIRST_PAUSE;
    while !stop.is_cancelled() {
        let turn = tokio::select! {
            () = stop.cancelled() => return,
            came = letters.next(AT_ONCE) => came,
        };
        let done = match turn {
            Ok(came) => deal(letters.as_mut(), ledger.as_ref(), &came, &clock).await,
            Err(error) => Err(error.into()),
        };
        let Err(error) = done else {
            pause = FIRST_PAUSE;
            continue;
        };
        warn!(%error, "cannot take events from the queue; trying again");
        letters.give_back().await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Takes what can be taken of these letters, and puts the rest aside.
async fn deal(
    letters: &mut dyn Letters,
    ledger: &dyn EventLedger,
    came: &[Letter],
    clock: &Clock,
) -> Result<(), Trouble> {
    let Some(last) = came.last() else { return Ok(()) };
    let organisations = ledger.organisations().await?;
    let (bunches, mut dead) = sorted(came, &organisations);
    for (place, events) in bunches {
        let organisation = &organisations[place];
        let region = organisation.settings.phone_region;
        let outcomes = tell(ledger, organisation.id, region, events.clone(), clock()).await?;
        for (event, outcome) in events.iter().zip(outcomes) {
            if let End::Refused(faults) = outcome.end {
                dead.push(refused(&organisation.slug, event, &faults));
            }
        }
    }
    metrics::counter!("bellhop_letters_total").increment(came.len() as u64);
    if !dead.is_empty() {
        metrics::counter!("bellhop_letters_dead_total").increment(dead.len() as u64);
        warn!(
            letters = dead.len(),
            "events cannot be taken; they are in the queue of dead letters"
        );
    }
    Ok(letters.dealt_with(last.number, &dead).await?)
}

/// Events by the place of their organisation.
type Bunches = BTreeMap<usize, Vec<Value>>;

/// The events of letters, and the letters that nobody can read.
fn sorted(came: &[Letter], organisations: &[Organisation]) -> (Bunches, Vec<DeadLetter>) {
    let slugs: Vec<&str> = organisations.iter().map(|it| it.slug.as_str()).collect();
    let (mut bunches, mut dead) = (Bunches::new(), Vec::new());
    for letter in came {
        match read(&letter.body, &slugs) {
            Ok((place, events)) => bunches.entry(place).or_default().extend(events),
            Err(said) => dead.push(DeadLetter {
                body: letter.body.clone(),
                reason: json!({"code": "letter_unreadable", "problem": said}).to_string(),
            }),
        }
    }
    (bunches, dead)
}

/// The place of a letter's organisation, and its events.
fn read(body: &[u8], slugs: &[&str]) -> Result<(usize, Vec<Value>), String> {
    let form = r#"write it like {"organisation": "pizza", "events": [{"id": …, "type": …, …}]}"#;
    let written: Written = serde_json::from_slice(body).map_err(|error| format!("{error}; {form}"))?;
    let place = match (&written.organisation, slugs) {
        (Some(slug), slugs) => slugs.iter().position(|it| it == slug),
        (None, [_]) => Some(0),
        (None, _) => None,
    };
    let place = place.ok_or_else(|| format!("organisation is none of {}; name it by its slug", slugs.join(", ")))?;
    Ok((place, written.events))
}

/// A letter with a refused event alone, which can be put back once it is corrected.
fn refused(slug: &str, event: &Value, faults: &[Fault]) -> DeadLetter {
    DeadLetter {
        body: json!({"organisation": slug, "events": [event]})
            .to_string()
            .into_bytes(),
        reason: json!({ "errors": faults }).to_string(),
    }
}

#[cfg(test)]
mod tests;
