//! A site for the demo: a page that subscribes the visitor's own browser, and a backend that hands the subscription
//! to Bellhop as a brand's would (docs/channels/web-push.md). It exists only in the demo, and only on this machine.

use anyhow::{Context as _, Result};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bellhop_domain::{OrgId, Origin, Purpose, Timestamp};
use bellhop_store::SqlStore;
use bellhop_store::ledger::{Commanding, Launch};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const PAGE: &str = include_str!("site.html");
const SNIPPET: &str = include_str!("../../../../deploy/web-push/bellhop-subscribe.js");
const WORKER: &str = include_str!("../../../../deploy/web-push/bellhop-sw.js");
/// The visitor, one of the sample guests.
pub const VISITOR: &str = "demo-visitor";

/// What the site's backend knows.
pub struct Backend {
    pub store: Arc<SqlStore>,
    pub org: OrgId,
    pub api_url: String,
    pub api_key: SecretString,
    /// The site's VAPID public key.
    pub public_key: String,
}

/// Serves until `stop`; returns the address.
pub async fn open(backend: Backend, stop: CancellationToken) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    let router = Router::new()
        .route("/", get(page))
        .route(
            "/menu",
            get(async || Html("<!doctype html><title>Menu</title>This is where the mailing leads.")),
        )
        .route("/bellhop-subscribe.js", get(async || script(SNIPPET)))
        .route("/bellhop-sw.js", get(async || script(WORKER)))
        .route("/subscriptions", post(subscriptions))
        .route("/send", post(send))
        .with_state(Arc::new(backend));
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = served.await {
            tracing::warn!(%error, "the demo's site ended");
        }
    });
    Ok(addr)
}

fn script(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "text/javascript")], text).into_response()
}

async fn page(State(backend): State<Arc<Backend>>) -> Html<String> {
    Html(PAGE.replace("PUBLIC_KEY", &backend.public_key))
}

/// A brand's backend would take the guest from its session.
async fn subscriptions(State(backend): State<Arc<Backend>>, Json(body): Json<Value>) -> Response {
    let body = json!({ "kind": "web_push", "customer_id": VISITOR, "address": body["subscription"] });
    let request = reqwest::Client::new().post(format!("{}/v1/endpoints", backend.api_url));
    let request = request.bearer_auth(backend.api_key.expose_secret()).json(&body);
    told(async { Ok(request.send().await?.error_for_status().map(|_| ())?) }.await)
}

async fn send(State(backend): State<Arc<Backend>>, headers: axum::http::HeaderMap) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    told(launch(&backend, host).await)
}

async fn launch(backend: &Backend, host: &str) -> Result<()> {
    let spec = json!({
        "name": "Web push to the visitor",
        "audience": { "customers": [VISITOR] },
        "contents": { "web_push": {
            "title": "{name}, пицца?",
            "body": "Две по цене одной до воскресенья 🍕",
            "actions": [{ "title": "Заказать", "link": format!("http://{host}/menu?action=order") }],
        } },
        "link": format!("http://{host}/menu"),
        "waterfall": [{ "channel": "web_push" }],
        "expires_after_minutes": 60,
    });
    let (store, org, now) = (&backend.store, backend.org, Timestamp::now());
    let mailing = store
        .create_mailing(org, "Web push to the visitor", &spec.to_string(), "demo", now)
        .await?;
    let launch = Launch {
        mailing,
        start_at: now,
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: false,
        spec: spec.to_string(),
    };
    store.launch(org, launch, "demo", now).await.context("cannot launch")?;
    Ok(())
}

fn told(done: Result<()>) -> Response {
    match done {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
    }
}
