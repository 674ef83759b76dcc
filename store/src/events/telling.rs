//! Events as JSON, from whomever they come: each is read, checked and taken by itself.

use super::{Answer, LiveEvents};
use crate::Result;
use bellhop_domain::event::Told;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::phone::Region;
use bellhop_domain::{OrgId, Timestamp};
use serde_json::Value;

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The brand's own id of it, as far as it can be read.
    pub id: Option<String>,
    pub end: End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Taken,
    Known,
    /// With all that is wrong. Places begin at the event.
    Refused(Vec<Fault>),
}

/// Takes events, an outcome for each. Those that can be read are stored when this returns, all in one transaction; a phone is
/// read as one of the region.
pub async fn tell(
    store: &dyn LiveEvents,
    org: OrgId,
    region: Region,
    events: Vec<Value>,
    now: Timestamp,
) -> Result<Vec<Outcome>> {
    let mut told = Vec::with_capacity(events.len());
    let mut outcomes = Vec::with_capacity(events.len());
    for event in events {
        let id = event.get("id").and_then(Value::as_str).map(str::to_owned);
        let end = match Told::read(event, region) {
            Ok(event) => {
                told.push(event);
                End::Taken
            }
            Err(faults) => End::Refused(faults),
        };
        outcomes.push(Outcome { id, end });
    }
    let mut answers = store.take_events(org, &told, now).await?.into_iter();
    for outcome in outcomes.iter_mut().filter(|it| it.end == End::Taken) {
        outcome.end = match answers.next() {
            Some(Answer::Known) => End::Known,
            Some(Answer::IdTaken) => {
                let id = outcome.id.clone().unwrap_or_default();
                End::Refused(vec![Why::EventIdTaken { id }.at("id")])
            }
            Some(Answer::Taken) | None => End::Taken,
        };
    }
    Ok(outcomes)
}
