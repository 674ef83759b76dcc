//! The brand's site and backend, as docs/channels/web-push.md describes them: the product's snippet and worker, and an
//! address that hands subscriptions to Bellhop with the brand's API key.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

const SNIPPET: &str = include_str!("../../../../deploy/web-push/bellhop-subscribe.js");
const WORKER: &str = include_str!("../../../../deploy/web-push/bellhop-sw.js");
const PAGE: &str = "<!doctype html><title>Pizza</title><script src=\"/bellhop-subscribe.js\"></script><script src=\"/page.js\"></script>";

/// Who is logged in on the site.
pub const GUEST: &str = "guest-1";

/// Serves until dropped.
pub struct Site {
    pub addr: SocketAddr,
    seen: Arc<Seen>,
    task: AbortHandle,
}

struct Seen {
    brand: Brand,
    said: Mutex<Vec<Value>>,
    orders: Mutex<VecDeque<Value>>,
}

/// What the backend knows.
#[derive(Debug, Clone)]
pub struct Brand {
    pub api: String,
    pub api_key: String,
    pub public_key: String,
}

impl Brand {
    /// Tells Bellhop where a guest can be reached.
    ///
    /// # Errors
    /// When Bellhop refuses.
    pub async fn register(&self, customer: &str, subscription: &Value) -> Result<()> {
        let body = json!({ "kind": "web_push", "customer_id": customer, "address": subscription });
        let request = reqwest::Client::new().post(format!("{}/v1/endpoints", self.api));
        let answer = request.bearer_auth(&self.api_key).json(&body).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "{status}: {}", answer.text().await?);
        Ok(())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Site {
    /// # Errors
    /// When no port is free.
    pub async fn open(brand: Brand) -> Result<Self> {
        let seen = Arc::new(Seen {
            brand,
            said: Mutex::default(),
            orders: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let router = router(Arc::clone(&seen));
        let task = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        Ok(Self { addr, seen, task })
    }

    /// Makes the page or the worker do something.
    pub fn order(&self, order: Value) {
        lock(&self.seen.orders).push_back(order);
    }

    /// What the browser has reported under a name, oldest first.
    pub fn said(&self, what: &str) -> Vec<Value> {
        let said = lock(&self.seen.said);
        said.iter().filter(|one| one["what"] == what).cloned().collect()
    }

    /// Everything that it has reported, for the report of a failure.
    pub fn transcript(&self) -> String {
        lock(&self.seen.said).iter().map(|one| format!("{one}\n")).collect()
    }
}

fn router(seen: Arc<Seen>) -> Router {
    Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/page.js", get(async || script(include_str!("page.js"))))
        .route("/proof-sw.js", get(async || script(include_str!("worker.js"))))
        .route("/bellhop-sw.js", get(async || script(WORKER)))
        .route("/bellhop-subscribe.js", get(async || script(SNIPPET)))
        .route("/settings", get(settings))
        .route("/order", get(order))
        .route("/said", post(said))
        .route("/menu", get(menu))
        .route("/subscriptions", post(subscriptions))
        .with_state(seen)
}

fn script(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "text/javascript")], text).into_response()
}

async fn settings(State(seen): State<Arc<Seen>>) -> Json<Value> {
    Json(json!({ "key": seen.brand.public_key }))
}

async fn order(State(seen): State<Arc<Seen>>) -> Json<Option<Value>> {
    Json(lock(&seen.orders).pop_front())
}

async fn said(State(seen): State<Arc<Seen>>, body: String) -> StatusCode {
    match serde_json::from_str(&body) {
        Ok(one) => {
            lock(&seen.said).push(one);
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

/// Where the mailing's link leads.
async fn menu(State(seen): State<Arc<Seen>>) -> Html<&'static str> {
    lock(&seen.said).push(json!({ "what": "arrived" }));
    Html("<!doctype html><title>Menu</title>")
}

/// The session says who the guest is; the API key stays here.
async fn subscriptions(State(seen): State<Arc<Seen>>, Json(body): Json<Value>) -> Response {
    let taken = seen.brand.register(GUEST, &body["subscription"]).await;
    let why = taken.as_ref().err().map(|error| format!("{error:#}"));
    lock(&seen.said).push(json!({ "what": "registered", "subscription": body["subscription"], "why": why }));
    match taken {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
