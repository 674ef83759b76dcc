//! The console's page, with a policy that lets nothing run but what came from here.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Where the page keeps its nonce, and what it says about its base; console/index.html has both.
const NONCE: &str = "__NONCE__";
const BASE: &str = r#"<base href="/console/" />"#;

/// What is shown if the console was not built. It needs no script and no style of its own.
const ABSENT: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Bellhop</title>
<h1>The console was not built</h1>
<p>This program was compiled without it. In Bellhop's folder run <code>make console</code> and compile again:
the API works meanwhile.</p>
<p lang="ru">Программа собрана без консоли. В папке Bellhop запустите <code>make console</code> и соберите её снова;
API работает и так.</p></html>
"#;

/// The page for a path below `/console/`. Every answer has a nonce of its own, and so it is never kept.
pub(super) fn page(built: Option<&[u8]>, rest: &str) -> Response {
    let nonce = hex::encode(rand::random::<[u8; 16]>());
    let (status, html) = match built.map(String::from_utf8_lossy) {
        Some(html) => {
            let base = format!(r#"<base href="{}" />"#, base(rest));
            (StatusCode::OK, html.replacen(BASE, &base, 1).replace(NONCE, &nonce))
        }
        None => (StatusCode::OK, ABSENT.to_owned()),
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), payment=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy(&nonce)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Styles that the component library writes carry the nonce; nothing comes from another host, and nobody frames the page.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Up from the path to `/console/`, whatever stands before it.
fn base(rest: &str) -> String {
    match rest.matches('/').count() {
        0 => "./".to_owned(),
        deep => "../".repeat(deep),
    }
}
