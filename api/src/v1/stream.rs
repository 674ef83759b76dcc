//! `GET /v1/stream`: what happens while somebody looks, as server-sent events.

use crate::Api;
use crate::live::{Beginner, Following, Full, OF_ONE, Seen};
use crate::problem::Problem;
use crate::routes::Watcher;
use axum::body::Body;
use bellhop_domain::fault::Why;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// The `id` of the last event that was seen, for clients that cannot send the header `Last-Event-ID`.
    after: Option<String>,
}

pub(crate) async fn stream(api: Api, watcher: Watcher) -> Result<Body, Problem> {
    let query = watcher.asked.query::<Query>()?;
    let seat = api.bounded.streams.seat(&watcher.caller).map_err(|full| match full {
        Full::OfOne => Problem::throttled(Why::StreamsTooMany { most: OF_ONE }, 10),
        Full::OfAll => Problem::full(),
    })?;
    let seen = watcher.last_event.filter(|it| !it.is_empty()).or(query.after);
    let by = Beginner {
        caller: watcher.caller,
        pass: watcher.pass,
        language: watcher.asked.language,
        leaving: watcher.leaving,
        seat,
        seen: seen.map(|it| Seen::read(&it)),
    };
    Following::begin(api, by).await
}
