//! What the headers of a fetch say beside its name: whether somebody navigated to a page, or whether it was fetched
//! ahead, for a preview card or for a scan. Browsers inside messengers omit most headers, so an absent header says
//! nothing.

use axum::http::{HeaderMap, HeaderName, Method, header};

/// Headers by which browsers say that nobody is looking yet.
const PREFETCH_HEADERS: [&str; 5] = ["sec-purpose", "purpose", "x-purpose", "x-moz", "x-sec-purpose"];

/// What is fetched when somebody goes to a page (Fetch Metadata, `Sec-Fetch-Dest`).
const DOCUMENTS: [&str; 3] = ["document", "iframe", "frame"];

/// Whether it is fetched ahead, for a visit that may never come.
pub(super) fn is_ahead(method: &Method, headers: &HeaderMap) -> bool {
    let says = |value: &str| {
        ["prefetch", "prerender", "preview"]
            .iter()
            .any(|word| value.contains(word))
    };
    method == Method::HEAD || PREFETCH_HEADERS.iter().any(|name| says(&value(headers, name)))
}

/// Whether a header says that this is not a navigation to a page.
pub(super) fn is_none(headers: &HeaderMap) -> bool {
    let mode = value(headers, "sec-fetch-mode");
    let destination = value(headers, "sec-fetch-dest");
    let accepted = value(headers, header::ACCEPT.as_str());
    let wants_a_page = ["text/html", "application/xhtml", "*/*", "text/*"]
        .iter()
        .any(|kind| accepted.contains(kind));
    // Only a preview card is content with the beginning of a page, and only a polite crawler names its owner's
    // address (RFC 9110 §10.1.2).
    let is_a_robots = |name: HeaderName| headers.contains_key(name);
    !(mode.is_empty() || mode == "navigate")
        || !(destination.is_empty() || DOCUMENTS.contains(&destination.as_str()))
        || !(accepted.is_empty() || wants_a_page)
        || is_a_robots(header::RANGE)
        || is_a_robots(header::FROM)
}

fn value(headers: &HeaderMap, name: &str) -> String {
    let all = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    all.collect::<Vec<_>>().join(",").to_lowercase()
}
