//! `/docs`: the OpenAPI document as pages, without a script and without a foreign host.

mod html;
mod page;

use crate::routes::{Head, Permission, Plain, Route, get};
use crate::{Api, table};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::OnceLock;

const STYLE: &str = include_str!("style.css");
/// Nothing but our own style sheet is loaded, and no page may show this one in a frame.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn lines() -> Vec<Route<Api>> {
    let line = |path, summary| Plain {
        at: get(path),
        open_to: Permission::Anybody,
        summary,
        answers: &[(StatusCode::OK, "As it says")],
    };
    vec![
        line("/docs", "the API as a page").by(async |_, _: Head| document(page(), "text/html; charset=utf-8")),
        line("/docs/style.css", "its style sheet").by(async |_, _: Head| document(STYLE, "text/css; charset=utf-8")),
        line("/docs/openapi.json", "the API as OpenAPI 3.1")
            .by(async |_, _: Head| document(written(), "application/json")),
    ]
}

fn document(text: &'static str, kind: &'static str) -> Response {
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("max-age=300")),
    ];
    (headers, text).into_response()
}

/// Written once: the table does not change while a process runs.
fn written() -> &'static str {
    static WRITTEN: OnceLock<String> = OnceLock::new();
    WRITTEN.get_or_init(|| table::openapi().unwrap_or_default())
}

fn page() -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| {
        let api: Value = serde_json::from_str(written()).unwrap_or_default();
        page::of(&api)
    })
}
