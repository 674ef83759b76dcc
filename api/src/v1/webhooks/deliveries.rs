//! `GET /v1/webhooks/{id}/deliveries` and `POST /v1/deliveries/{id}/replay`.

use super::keep::Webhook;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::page::page_size;
use crate::v1::settings::who;
use bellhop_domain::{DeliveryId, Timestamp, WebhookId};
use bellhop_store::webhooks::{self, DeliveryState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which deliveries, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those in this state.
    #[param(schema_with = shape::delivery_state)]
    state: Option<State>,
    /// The `next` of the page before.
    cursor: Option<i64>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Waiting,
    Delivered,
    Dead,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Deliveries)]
pub(crate) struct Deliveries {
    /// The latest first.
    deliveries: Vec<Delivery>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
struct Delivery {
    id: i64,
    /// The header `webhook-id`, the same at every try.
    webhook_id: String,
    /// What it is about: `message 7xQw2nB5r9c`, `guest 17`.
    subject: String,
    #[schema(schema_with = shape::webhook_kind)]
    kind: String,
    #[schema(schema_with = shape::delivery_state)]
    state: &'static str,
    tries: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Of one that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// What was answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_words: Option<String>,
    /// What is sent, JSON.
    body: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReplayedDelivery)]
pub(crate) struct Replayed {
    delivery: i64,
    #[schema(schema_with = shape::delivery_state)]
    state: &'static str,
}

impl From<State> for DeliveryState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => DeliveryState::Waiting,
            State::Delivered => DeliveryState::Delivered,
            State::Dead => DeliveryState::Dead,
        }
    }
}

impl From<webhooks::Delivery> for Delivery {
    fn from(it: webhooks::Delivery) -> Self {
        Self {
            id: it.id.0,
            webhook_id: it.webhook_id,
            subject: it.subject,
            kind: it.kind,
            state: it.state.name(),
            tries: it.tries,
            created_at: it.created_at,
            next_at: it.next_at,
            ended_at: it.ended_at,
            last_status: it.last_status,
            last_words: it.last_words,
            body: it.body,
        }
    }
}

pub(crate) async fn deliveries(api: Api, allowed: Allowed<(), i64>) -> Result<Deliveries, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let query: Which = asked.query()?;
    let limit = page_size(query.limit)?;
    // Read first, so that a webhook that does not exist is not mistaken for one that was told nothing.
    Webhook::shown(&api, caller.org, WebhookId(id)).await?;
    let (state, before) = (query.state.map(DeliveryState::from), query.cursor.map(DeliveryId));
    // One more than is shown says whether there is another page.
    let found = api
        .store
        .deliveries(caller.org, WebhookId(id), state, before, limit + 1);
    let mut found = found.await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    Ok(Deliveries {
        next: found.last().filter(|_| more).map(|last| last.id.0),
        deliveries: found.into_iter().map(Delivery::from).collect(),
    })
}

pub(crate) async fn replay(api: Api, allowed: Allowed<(), i64>) -> Result<Replayed, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let who = who(&caller);
    api.store.replay(caller.org, DeliveryId(id), &who, api.now()).await?;
    Ok(Replayed {
        delivery: id,
        state: DeliveryState::Waiting.name(),
    })
}
