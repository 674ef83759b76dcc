//! `GET /v1/senders`: the organisation's senders with their health, pauses, limits and warm-up.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_campaigns::Sender;
use bellhop_campaigns::forecast::Warming;
use bellhop_domain::incoming::HealthState;
use bellhop_domain::setting::SettingKey;
use bellhop_domain::{Channel, EndpointKind, OrgId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Senders)]
pub(crate) struct Senders {
    /// By name.
    senders: Vec<Listed>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedSender)]
struct Listed {
    name: String,
    provider: String,
    /// Absent while this process has not heard of the sender yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    channel: Option<Channel>,
    /// The kind of address that it sends to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    kind: Option<EndpointKind>,
    /// Its limits, like `10/min,100/h`.
    rate: String,
    /// Senders of one pool share its messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    /// Whether it sends: neither paused nor stopped by its provider.
    sends: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<Since>,
    /// What its provider last said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Health>,
    /// Countries that it may not send to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stopped_countries: Vec<Country>,
    /// How far a new number is; absent for one that needs no warm-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_up: Option<WarmUp>,
    /// Delivery reports of the last three days that fit no message.
    unmatched_receipts: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PauseOfSender)]
struct Since {
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SenderHealth)]
struct Health {
    /// `working`, `degraded` or `stopped`.
    state: &'static str,
    why: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoppedCountry)]
struct Country {
    country: String,
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WarmUp)]
struct WarmUp {
    /// `new` until a worker first uses it, `resting` on its first day, `warming`, or `full`.
    stage: &'static str,
    /// Counted from 0; absent of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<u32>,
    /// When that day began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Messages of each day of the ramp; the first of them is day 1.
    ceilings: Vec<u32>,
}

impl From<Warming> for WarmUp {
    fn from(it: Warming) -> Self {
        Self {
            stage: it.stage,
            day: it.day,
            since: it.since,
            ceilings: it.ceilings,
        }
    }
}

/// What is known of all senders, read once.
struct Known {
    org: OrgId,
    paused: Vec<(OrgId, String, String, Timestamp)>,
    health: Vec<bellhop_store::incoming::SenderHealth>,
    countries: Vec<bellhop_store::ledger::StoppedCountry>,
    unmatched: Vec<bellhop_store::ledger::Unmatched>,
}

impl Known {
    fn listed(&self, name: &str, body: &Value, sender: Option<&Sender>, warm_up: Option<WarmUp>) -> Listed {
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let paused = (self.paused.iter()).find(|(org, of, ..)| *org == self.org && of == name);
        let health = (self.health.iter()).find(|it| it.org == self.org && it.sender == name);
        let countries = (self.countries.iter()).filter(|it| it.org == self.org && it.sender == name);
        let countries = countries.map(|it| Country {
            country: it.country.clone(),
            reason: it.reason.clone(),
            since: it.since,
        });
        let kind = sender.map(|it| it.provider.kind());
        let unmatched = (self.unmatched.iter()).filter(|it| it.senders.iter().any(|sender| sender == name));
        Listed {
            name: name.to_owned(),
            provider: text("provider").unwrap_or_default(),
            channel: kind.map(EndpointKind::channel),
            kind,
            rate: text("rate").unwrap_or_default(),
            pool: text("pool"),
            sends: paused.is_none() && health.is_none_or(|it| it.state != HealthState::Stopped),
            paused: paused.map(|(_, _, reason, since)| Since {
                reason: reason.clone(),
                since: *since,
            }),
            health: health.map(|it| Health {
                state: it.state.name(),
                why: it.why.clone(),
                since: it.since,
            }),
            stopped_countries: countries.collect(),
            warm_up,
            unmatched_receipts: unmatched.map(|it| it.count).sum(),
        }
    }
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Senders, Problem> {
    let (caller, ()) = allowed.into_parts();
    let slug = api.organisations.organisation_by_id(caller.org).await?.slug;
    let (settings, by, ledger) = (api.desk.book.load_settings().await?, api.live.now(), &api.ledger);
    let known = Known {
        org: caller.org,
        paused: ledger.paused_senders().await?,
        health: ledger.sender_health().await?,
        countries: ledger.stopped_countries().await?,
        unmatched: ledger.unmatched_receipts(caller.org, api.now()).await?,
    };
    let mut senders = Vec::new();
    for it in &settings.settings {
        let SettingKey::Sender { organisation, name } = &it.key else {
            continue;
        };
        if *organisation != slug {
            continue;
        }
        let sender = by.in_force.senders.named(caller.org, name).map(|it| it.as_ref());
        let warm_up = match sender.filter(|it| it.warm_up.is_some()) {
            Some(sender) => {
                let progress = api.store.known_warm_up(caller.org, name).await?;
                Warming::of(sender, progress).map(WarmUp::from)
            }
            None => None,
        };
        senders.push(known.listed(name, &it.body, sender, warm_up));
    }
    senders.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Senders { senders })
}
