//! `POST /v1/events`: what happens to guests, as it happens. Each event is taken, known or refused by itself.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use bellhop_domain::event::MAX_EVENTS;
use bellhop_domain::fault::{Fault, Param, Why};
use bellhop_domain::words::{Language, told};
use bellhop_store::events::{End, Outcome, tell};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Events {
    #[schema(schema_with = shape::events)]
    events: Vec<Value>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventsTaken)]
pub(crate) struct Answer {
    /// What became of each event, in their order.
    results: Vec<Became>,
}

/// What became of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventResult)]
struct Became {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    result: How,
    /// All that is wrong with a refused event.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Wrong>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventResultKind)]
enum How {
    /// It is stored, with all that follows from it for the guest.
    Taken,
    /// It was told before, and nothing happens again.
    Known,
    /// It is not stored.
    Refused,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventFault)]
struct Wrong {
    /// Like `events[3].cart.total`.
    place: String,
    #[schema(schema_with = shape::code)]
    code: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    params: BTreeMap<&'static str, Param>,
    /// The problem in English words that can follow the place.
    problem: String,
}

pub(crate) async fn post(api: Api, allowed: Allowed<Events>) -> Result<Answer, Problem> {
    let (caller, body) = allowed.into_parts();
    if body.events.len() > MAX_EVENTS {
        let most = MAX_EVENTS;
        return Err(Problem::unprocessable(vec![Why::EventsTooMany { most }.at("events")]));
    }
    let organisation = api.organisations.organisation_by_id(caller.org).await?;
    let region = organisation.settings.phone_region;
    let outcomes = tell(api.events.as_ref(), caller.org, region, body.events, api.now()).await?;
    let nothing_is_stored = !outcomes.is_empty() && outcomes.iter().all(is_refused);
    if nothing_is_stored {
        let faults = outcomes.into_iter().enumerate().flat_map(|(i, it)| faults(i, it.end));
        return Err(Problem::unprocessable(faults.collect()));
    }
    let results = outcomes.into_iter().enumerate().map(|(i, it)| became(i, it));
    Ok(Answer {
        results: results.collect(),
    })
}

fn is_refused(outcome: &Outcome) -> bool {
    matches!(outcome.end, End::Refused(_))
}

fn became(place: usize, outcome: Outcome) -> Became {
    let result = match outcome.end {
        End::Taken => How::Taken,
        End::Known => How::Known,
        End::Refused(_) => How::Refused,
    };
    Became {
        id: outcome.id,
        result,
        errors: faults(place, outcome.end).into_iter().map(wrong).collect(),
    }
}

/// What is wrong with an event, with places that begin at the body.
fn faults(place: usize, end: End) -> Vec<Fault> {
    let End::Refused(faults) = end else {
        return Vec::new();
    };
    let whole = format!("events[{place}]");
    let placed = faults.into_iter().map(|fault| match fault.place.as_str() {
        "" => fault.why.at(whole.clone()),
        part => {
            let place = format!("{whole}.{part}");
            fault.why.at(place)
        }
    });
    placed.collect()
}

fn wrong(fault: Fault) -> Wrong {
    Wrong {
        code: fault.why.code(),
        params: fault.why.params(),
        problem: told(&fault.why, Language::En),
        place: fault.place,
    }
}
