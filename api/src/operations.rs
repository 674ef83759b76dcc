//! Health and metrics, for every role.

use crate::routes::{Permission, Plain, Route, get, routed};
use async_trait::async_trait;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use futures_util::future::join_all;
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
    /// What its line in `/readyz` says while it answers; `ok` if `None`.
    fn says(&self) -> Option<String> {
        None
    }
}

/// How long a dependency may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Prometheus' text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Clone)]
struct Operations {
    needs: Arc<Vec<Box<dyn Ready>>>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// `/healthz` says that the process is alive. `/readyz` says that everything it needs answers within two seconds,
/// else it is 503. `/metrics` has Prometheus' text format, as `metrics` renders it.
pub fn operations(needs: Vec<Box<dyn Ready>>, metrics: Arc<dyn Fn() -> String + Send + Sync>) -> Router {
    routed(table()).with_state(Operations {
        needs: Arc::new(needs),
        metrics,
    })
}

fn table() -> Vec<Route<Operations>> {
    vec![
        Plain {
            at: get("/healthz"),
            open_to: Permission::Network,
            summary: "the process lives",
            answers: &[(StatusCode::OK, "It does")],
        }
        .by(async |_, _| health()),
        Plain {
            at: get("/readyz"),
            open_to: Permission::Network,
            summary: "what the process needs answers within two seconds",
            answers: &[
                (StatusCode::OK, "All of it does"),
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Something does not: the answer says what",
                ),
            ],
        }
        .by(async |operations, _| ready(operations).await),
        Plain {
            at: get("/metrics"),
            open_to: Permission::Network,
            summary: "what is counted, in Prometheus' text format",
            answers: &[(StatusCode::OK, "What is counted")],
        }
        .by(async |operations: Operations, _| ([(header::CONTENT_TYPE, PROMETHEUS)], (operations.metrics)())),
    ]
}

/// The process is alive.
pub(crate) fn health() -> &'static str {
    "ok\n"
}

async fn ready(operations: Operations) -> Response {
    let asked = operations.needs.iter().map(|need| async {
        match tokio::time::timeout(PATIENCE, need.ready()).await {
            Ok(Ok(())) => (need.name(), Ok(need.says().unwrap_or_else(|| "ok".to_owned()))),
            Ok(Err(why)) => (need.name(), Err(why)),
            Err(_) => (need.name(), Err(format!("no answer within {} s", PATIENCE.as_secs()))),
        }
    });
    let answers = join_all(asked).await;
    let all = answers.iter().all(|(_, answer)| answer.is_ok());
    let answers: BTreeMap<_, _> = answers
        .into_iter()
        .map(|(name, answer)| (name, answer.unwrap_or_else(|why| why)))
        .collect();
    let status = if all {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(answers)).into_response()
}
