//! `/_sim/…`: what the simulator accepted, what it does wrong, and how to change that. Plain HTTP/1.1 for people,
//! tests and proofs.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, body::Bytes};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answers::Order;
use crate::faults::Faults;
use crate::ledger::{Channel, Cursor, Summary};
use crate::people::PeopleSummary;
use crate::world::World;

/// Lines in one chunk of `GET /_sim/messages`.
const PAGE: usize = 500;

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/_sim/summary", get(summary))
        .route("/_sim/messages", get(messages))
        .route("/_sim/tokens", get(tokens))
        .route("/_sim/last", get(last))
        .route("/_sim/people", get(people))
        .route("/_sim/faults", get(faults).put(set_faults))
        .route("/_sim/answers", put(set_answers))
        .route("/_sim/reset", post(reset))
        .with_state(world)
}

type Shared = State<Arc<World>>;

async fn summary(State(world): Shared) -> Json<Summary> {
    Json(world.ledger.summary())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    channel: Channel,
}

/// Streams the ledger page by page, so that a million messages are never in memory twice.
async fn messages(State(world): Shared, Query(Which { channel }): Query<Which>) -> Response {
    let pages = stream::unfold(Cursor::default(), move |mut cursor| {
        let mut page = Vec::new();
        let more = world.ledger.book(channel).export(channel, &mut cursor, PAGE, &mut page);
        let next = more.then(|| (Ok::<_, std::convert::Infallible>(Bytes::from(page)), cursor));
        async move { next }
    });
    (
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(pages),
    )
        .into_response()
}

async fn tokens(State(world): Shared) -> Json<Value> {
    Json(json!({"token_fetches": world.ledger.token_fetches()}))
}

#[derive(Debug, Serialize)]
struct LastAccepted {
    last_accepted_at_ms: Option<i64>,
}

async fn last(State(world): Shared) -> Json<Value> {
    let of = |channel| LastAccepted {
        last_accepted_at_ms: world.ledger.book(channel).last_accepted_at_ms(),
    };
    Json(json!({"channels": world.ledger.by_channel(of)}))
}

async fn people(State(world): Shared) -> Json<PeopleSummary> {
    Json(world.people())
}

async fn faults(State(world): Shared) -> Json<Value> {
    let injected = world.ledger.by_channel(|channel| world.ledger.injected(channel));
    Json(json!({"faults": *world.faults(), "injected": injected}))
}

async fn set_faults(State(world): Shared, body: Result<Json<Faults>, JsonRejection>) -> Response {
    taken(
        body.map_err(|rejection| rejection.body_text())
            .and_then(|Json(faults)| {
                let set = world.set_faults(faults);
                set.map_err(|invalid| invalid.to_string())
            }),
    )
}

async fn set_answers(State(world): Shared, body: Result<Json<Vec<Order>>, JsonRejection>) -> Response {
    taken(
        body.map_err(|rejection| rejection.body_text())
            .and_then(|Json(orders)| world.order(orders)),
    )
}

/// 204, or 422 with the problem.
fn taken(taken: Result<(), String>) -> Response {
    match taken {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"error": problem}))).into_response(),
    }
}

async fn reset(State(world): Shared) -> StatusCode {
    world.ledger.reset();
    StatusCode::NO_CONTENT
}
