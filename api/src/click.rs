//! Clicks on a site's notification: `/p/` and the message's token, with the place of a button behind it.
//!
//! A service worker holds no API key. It opens the address of the click, which counts it and leads on; one that opens a
//! page of its own posts to it instead.

use crate::Api;
use crate::link::{gone, lead_on, unavailable};
use crate::visitor::{Peer, Visit};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_domain::MessageId;
use bellhop_store::StoreError;
use bellhop_store::ledger::{Links, OpenClass};

/// Leads on to where the notification leads.
pub(crate) async fn follow(
    State(api): State<Api>,
    method: Method,
    headers: HeaderMap,
    peer: Option<Extension<Peer>>,
    Path(token): Path<String>,
) -> Response {
    let links = opened(&api, &token, class(&method, &headers, peer), &headers).await;
    lead(links, |links| links.web_push.clone())
}

/// Leads on to where one of its buttons leads.
pub(crate) async fn follow_action(
    State(api): State<Api>,
    method: Method,
    headers: HeaderMap,
    peer: Option<Extension<Peer>>,
    Path((token, action)): Path<(String, usize)>,
) -> Response {
    let links = opened(&api, &token, class(&method, &headers, peer), &headers).await;
    lead(links, |links| links.actions.get(action).cloned())
}

/// Counts a click that the service worker reports.
pub(crate) async fn report(State(api): State<Api>, headers: HeaderMap, Path(token): Path<String>) -> Response {
    // Read by pages of any site: the answer holds nothing.
    let anybody = [(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))];
    match opened(&api, &token, OpenClass::Click, &headers).await {
        Ok(Some(_)) => (StatusCode::NO_CONTENT, anybody).into_response(),
        Ok(None) => gone(),
        Err(error) => unavailable(&error),
    }
}

fn class(method: &Method, headers: &HeaderMap, peer: Option<Extension<Peer>>) -> OpenClass {
    let peer = peer.map(|Extension(Peer(address))| address);
    Visit { method, headers, peer }.class_of_click()
}

async fn opened(api: &Api, token: &str, class: OpenClass, headers: &HeaderMap) -> Result<Option<Links>, StoreError> {
    let Ok(message) = token.parse::<MessageId>() else {
        return Ok(None);
    };
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    let _turn = api.bounded.passer_by().await;
    let opened = api.ledger.open(None, message, class, agent, api.now()).await?;
    Ok(opened.map(|opened| opened.links))
}

fn lead(links: Result<Option<Links>, StoreError>, pick: impl FnOnce(&Links) -> Option<String>) -> Response {
    match links {
        Ok(links) => links.as_ref().and_then(pick).map_or_else(gone, |link| lead_on(&link)),
        Err(error) => unavailable(&error),
    }
}
