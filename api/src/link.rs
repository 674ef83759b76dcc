//! A recipient's personal link (PRODUCT.md §9): `/l/` and 11 digits, 14 characters in an SMS.

use crate::{Api, visitor};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_domain::MessageId;

/// Counts the open of a person, keeps that of a robot, and leads both on. Nothing else happens at a GET.
pub(crate) async fn follow(
    State(api): State<Api>,
    method: Method,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let Ok(message) = token.parse::<MessageId>() else {
        return gone();
    };
    let class = visitor::classify(&method, &headers);
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    match api.ledger.open(None, message, class, agent, api.now()).await {
        Ok(Some(opened)) => match opened.link {
            Some(link) => lead_on(&link),
            None => gone(),
        },
        Ok(None) => gone(),
        Err(error) => {
            tracing::error!(%error, "an open could not be recorded");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "5")],
                "Please try again in a moment.\n",
            )
                .into_response()
        }
    }
}

fn lead_on(link: &str) -> Response {
    let headers = [
        (header::LOCATION, link),
        // Each tap is to be seen, so nobody may remember the redirect.
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::FOUND, headers).into_response()
}

fn gone() -> Response {
    (
        StatusCode::NOT_FOUND,
        [(header::CACHE_CONTROL, "no-store")],
        "This link leads nowhere any more.\n",
    )
        .into_response()
}
