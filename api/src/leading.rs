//! What a link to follow is answered with, whosever it is.

use crate::problem::Problem;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_domain::fault::Why;
use bellhop_store::StoreError;

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
