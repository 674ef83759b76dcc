//! `/console`: the application in which people work, as it was built into the program.
//!
//! The page is the same for every path, because the application reads the path itself. It may stand behind any prefix: its
//! `<base>` leads as many folders up as the path is deep. Whatever it loads is named by a hash of its content and is kept by
//! browsers for ever.

mod page;

use crate::Api;
use crate::problem::Problem;
use crate::routes::Head;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_domain::fault::Why;

/// A file of the console.
struct File {
    /// As the page names it: `assets/index-B1x.js`.
    name: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/console.rs"));

const PAGE: &str = "index.html";
/// What Vite names by a hash.
const HASHED: &str = "assets/";

pub(crate) async fn serve(_: Api, head: Head) -> Response {
    answer(FILES, head.path(), head.headers())
}

fn answer(files: &[File], path: &str, asked: &HeaderMap) -> Response {
    let Some(rest) = path.strip_prefix("/console/") else {
        // Relative, so that a prefix of a proxy stays.
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, "console/")]).into_response();
    };
    let found = files.iter().find(|file| file.name == rest && rest != PAGE);
    match found {
        Some(file) => file.shown(asked),
        // An old page asks for a file of another version: it gets no page in its place.
        None if rest.starts_with(HASHED) => Problem::new(StatusCode::NOT_FOUND, Why::PathUnknown).into_response(),
        None => page::page(files.iter().find(|file| file.name == PAGE).map(|it| it.plain), rest),
    }
}

impl File {
    fn shown(&self, asked: &HeaderMap) -> Response {
        let (body, encoding) = match (self.brotli, self.gzip) {
            (Some(brotli), _) if accepts(asked, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts(asked, "gzip") => (gzip, Some("gzip")),
            _ => (self.plain, None),
        };
        let kept = match self.name.starts_with(HASHED) {
            true => "public, max-age=31536000, immutable",
            false => "public, max-age=3600",
        };
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }

    fn kind(&self) -> &'static str {
        match self.name.rsplit('.').next().unwrap_or_default() {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "woff2" => "font/woff2",
            _ => "application/octet-stream",
        }
    }
}

/// Whether the browser takes this encoding; one with the weight 0 is refused.
fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    let said = asked.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok());
    said.unwrap_or_default().split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next() == Some(encoding);
        named && !parts.any(|it| matches!(it.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests;
