//! A recipient's personal link (PRODUCT.md §9): `/l/` and 11 digits, 14 characters in an SMS.

use crate::{Api, visitor};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_domain::MessageId;
use bellhop_store::StoreError;

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
    let _turn = api.bounded.passer_by().await;
    match api.ledger.open(None, message, class, agent, api.now()).await {
        Ok(Some(opened)) => match opened.links.mailing {
            Some(link) => lead_on(&link),
            None => gone(),
        },
        Ok(None) => gone(),
        Err(error) => unavailable(&error),
    }
}

pub(crate) fn unavailable(error: &StoreError) -> Response {
    tracing::error!(%error, "an open could not be recorded");
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(header::RETRY_AFTER, "5")],
        "Please try again in a moment.\n",
    )
        .into_response()
}

pub(crate) fn lead_on(link: &str) -> Response {
    let Some(location) = location(link) else {
        tracing::error!(link, "a mailing's link is no web address");
        return gone();
    };
    let headers = [
        (header::LOCATION, location),
        // Each tap is to be seen, so nobody may remember the redirect.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::FOUND, headers).into_response()
}

/// The link exactly as the mailing has it. Only one that a header cannot carry is written as a URI: Cyrillic in its
/// path percent-encoded, in its domain as punycode (RFC 3986 and 3492).
fn location(link: &str) -> Option<HeaderValue> {
    if link.bytes().all(|byte| byte.is_ascii_graphic()) {
        return HeaderValue::from_str(link).ok();
    }
    HeaderValue::from_str(url::Url::parse(link).ok()?.as_str()).ok()
}

pub(crate) fn gone() -> Response {
    (
        StatusCode::NOT_FOUND,
        [(header::CACHE_CONTROL, "no-store")],
        "This link leads nowhere any more.\n",
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_led_to_exactly() {
        for (link, expected) in [
            ("https://example.com", "https://example.com"),
            (
                "https://example.com/a?b=%D0%BF&c=1#d",
                "https://example.com/a?b=%D0%BF&c=1#d",
            ),
            (
                "https://пицца.рф/акция 1",
                "https://xn--80apu3aa.xn--p1ai/%D0%B0%D0%BA%D1%86%D0%B8%D1%8F%201",
            ),
        ] {
            assert_eq!(location(link).unwrap(), expected, "{link}");
        }
        assert_eq!(location("пицца"), None);
    }
}
