//! A recipient's personal link (PRODUCT.md §9): `/l/` and 11 digits, 14 characters in an SMS.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Head;
use crate::visitor::Visit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_domain::fault::Why;
use bellhop_domain::{MessageId, Timestamp, personal_link};
use bellhop_store::StoreError;
use bellhop_store::ledger::OpenClass;

/// The path before the token.
const PATH: &str = "/l/";

/// Counts a person's open, keeps a robot's apart, and redirects both. Nothing else happens at a GET.
pub(crate) async fn follow(api: Api, head: Head) -> Response {
    // Taken as it came, because what a program appended need not even be UTF-8.
    let rest = head.path().get(PATH.len()..).unwrap_or_default();
    let Some(message) = personal_link::token(rest) else {
        return gone();
    };
    let visit = head.visit();
    let now = api.now();
    let _turn = api.bounded.passer_by().await;
    let class = match class(&api, &visit, message, now).await {
        Ok(class) => class,
        Err(error) => return unavailable(&error),
    };
    match api.ledger.open(None, message, class, visit.agent(), now).await {
        Ok(Some(opened)) => match opened.links.mailing {
            Some(link) => lead_to(&api, message, &link).await,
            None => gone(),
        },
        Ok(None) => gone(),
        Err(error) => unavailable(&error),
    }
}

/// A mailing whose link is that of guests' pages leads each guest to their own.
async fn lead_to(api: &Api, message: MessageId, link: &str) -> Response {
    match crate::pages::own(api, link, message).await {
        Ok(own) => lead_on(own.as_deref().unwrap_or(link)),
        Err(error) => unavailable(&error),
    }
}

/// Judges what the visit says of itself, and then how it behaves.
async fn class(api: &Api, visit: &Visit<'_>, message: MessageId, now: Timestamp) -> Result<OpenClass, StoreError> {
    let class = visit.class();
    if class != OpenClass::Link || visit.client().is_none() {
        return Ok(class);
    }
    let is_a_scan = visit.is_of_a_burst(&api.bounded.bursts, message, now)
        || visit.is_too_soon(api.ledger.latest_sending(message).await?, now);
    Ok(if is_a_scan { OpenClass::Preview } else { class })
}

pub(crate) fn unavailable(error: &StoreError) -> Response {
    tracing::error!(%error, "an open could not be recorded");
    Problem::unavailable(Why::OpenUncounted).for_a_page().into_response()
}

pub(crate) fn lead_on(link: &str) -> Response {
    let Some(location) = location(link) else {
        tracing::error!(link, "a mailing's link is not a web address");
        return gone();
    };
    let headers = [
        (header::LOCATION, location),
        // Every tap must be seen, so the redirect must not be cached.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::FOUND, headers).into_response()
}

/// The link exactly as the mailing has it. Only if a header cannot carry it, it is written as a URI: Cyrillic is
/// percent-encoded in the path and becomes punycode in the domain (RFC 3986 and 3492).
fn location(link: &str) -> Option<HeaderValue> {
    if link.bytes().all(|byte| byte.is_ascii_graphic()) {
        return HeaderValue::from_str(link).ok();
    }
    HeaderValue::from_str(url::Url::parse(link).ok()?.as_str()).ok()
}

pub(crate) fn gone() -> Response {
    let problem = Problem::new(StatusCode::NOT_FOUND, Why::LinkGone);
    problem.for_a_page().into_response()
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
