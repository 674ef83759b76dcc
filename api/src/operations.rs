//! Health and metrics, for every role.

use async_trait::async_trait;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Something this process cannot work without.
#[async_trait]
pub trait Ready: Send + Sync {
    /// Its name in `/readyz`: `store`, `broker`, `limits`.
    fn name(&self) -> &'static str;
    /// Whether it answers; the error says what does not.
    async fn ready(&self) -> Result<(), String>;
}

#[derive(Clone)]
struct Operations {
    needs: Arc<Vec<Box<dyn Ready>>>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// `/healthz`: the process lives. `/readyz`: what it needs answers within two seconds, else 503.
/// `/metrics`: Prometheus' text format, as `metrics` renders it.
pub fn operations(needs: Vec<Box<dyn Ready>>, metrics: Arc<dyn Fn() -> String + Send + Sync>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route(
            "/metrics",
            get(|State(o): State<Operations>| async move { (o.metrics)() }),
        )
        .with_state(Operations {
            needs: Arc::new(needs),
            metrics,
        })
}

async fn ready(State(operations): State<Operations>) -> Response {
    let mut answers = BTreeMap::new();
    let mut all = true;
    for need in operations.needs.iter() {
        let answer = match tokio::time::timeout(Duration::from_secs(2), need.ready()).await {
            Ok(Ok(())) => "ok".to_owned(),
            Ok(Err(why)) => why,
            Err(_) => "no answer within 2 s".to_owned(),
        };
        all &= answer == "ok";
        answers.insert(need.name(), answer);
    }
    let status = if all {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(answers)).into_response()
}
