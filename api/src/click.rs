//! Clicks on a web push: `/p/` and the message's token, followed by the number of a button, if one was clicked.
//!
//! A service worker holds no API key. It opens the address of the click, which counts the click and redirects. A
//! service worker that opens a page of its own posts to the address instead.

use crate::Api;
use crate::leading::{gone, lead_on, unavailable};
use crate::problem::Problem;
use crate::routes::Head;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_domain::MessageId;
use bellhop_store::StoreError;
use bellhop_store::ledger::{Links, OpenClass};

/// Redirects to where the notification leads.
pub(crate) async fn follow(api: Api, mut head: Head) -> Result<Response, Problem> {
    let token: String = head.in_path().await?;
    let links = opened(&api, &token, head.visit().class_of_click(), &head).await;
    Ok(lead(links, |links| links.web_push.clone()))
}

/// Redirects to where one of its buttons leads.
pub(crate) async fn follow_action(api: Api, mut head: Head) -> Result<Response, Problem> {
    let (token, button): (String, usize) = head.in_path().await?;
    let links = opened(&api, &token, head.visit().class_of_click(), &head).await;
    Ok(lead(links, |links| links.actions.get(button).cloned()))
}

/// Counts a click that the service worker reports.
pub(crate) async fn report(api: Api, mut head: Head) -> Result<Response, Problem> {
    let token: String = head.in_path().await?;
    // Pages of any site may read the answer, because there is nothing in it.
    let anybody = [(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))];
    Ok(match opened(&api, &token, OpenClass::Click, &head).await {
        Ok(Some(_)) => (StatusCode::NO_CONTENT, anybody).into_response(),
        Ok(None) => gone(),
        Err(error) => unavailable(&error),
    })
}

async fn opened(api: &Api, token: &str, class: OpenClass, head: &Head) -> Result<Option<Links>, StoreError> {
    let Ok(message) = token.parse::<MessageId>() else {
        return Ok(None);
    };
    let _turn = api.bounded.passer_by().await;
    let opened = api.ledger.open(None, message, class, head.agent(), api.now()).await?;
    Ok(opened.map(|opened| opened.links))
}

fn lead(links: Result<Option<Links>, StoreError>, pick: impl FnOnce(&Links) -> Option<String>) -> Response {
    match links {
        Ok(links) => links.as_ref().and_then(pick).map_or_else(gone, |link| lead_on(&link)),
        Err(error) => unavailable(&error),
    }
}
