//! A page as a browser gets it: one file, with its style in it, and nothing that could run.

use super::texts::Texts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// For every page.
const STYLE: &str = include_str!("style.css");

/// Nothing is loaded, nothing runs, forms go nowhere else; the style is the one whose hash this is.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

static ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// A page that shows an image of somebody else's.
pub(super) struct Illustrated<'a> {
    page: Page<'a>,
    /// From where it may load it.
    origin: Option<String>,
}

#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub texts: &'a Texts,
    /// As it came.
    pub title: &'a str,
}

impl<'a> Page<'a> {
    /// The same page with an image, which comes from its own host alone.
    pub fn with_image(self, image: Option<&str>) -> Illustrated<'a> {
        let origin = image.and_then(|image| url::Url::parse(image).ok());
        Illustrated {
            origin: origin.map(|it| it.origin().ascii_serialization()),
            page: self,
        }
    }

    /// `body` is HTML.
    pub fn answer(&self, status: StatusCode, body: &str) -> Response {
        self.within(POLICY.as_str(), status, body)
    }

    fn within(&self, policy: &str, status: StatusCode, body: &str) -> Response {
        let html = format!(
            "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex, nofollow, noarchive\"><meta name=\"color-scheme\" content=\"light dark\">\
             <title>{}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n",
            self.texts.tag,
            escaped(self.title)
        );
        let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        let fixed = |text| HeaderValue::from_static(text);
        let headers = [
            (header::CONTENT_TYPE, fixed("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::X_FRAME_OPTIONS, fixed("DENY")),
            (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
            (header::REFERRER_POLICY, fixed("no-referrer")),
            (header::CACHE_CONTROL, fixed("no-store")),
            (header::CONTENT_LANGUAGE, fixed(self.texts.tag)),
            (ROBOTS.clone(), fixed("noindex, nofollow, noarchive")),
        ];
        (status, headers, html).into_response()
    }
}

impl Illustrated<'_> {
    /// `body` is HTML.
    pub fn answer(&self, status: StatusCode, body: &str) -> Response {
        let policy = match &self.origin {
            Some(origin) => format!("{}; img-src {origin}", *POLICY),
            None => POLICY.clone(),
        };
        self.page.within(&policy, status, body)
    }
}

/// After a form: the browser asks for a page, so that going back sends nothing again.
pub(super) fn see(path: &str) -> Response {
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    let headers = [
        (header::LOCATION, to),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// One sentence, and perhaps a link.
pub(super) fn notice(text: &str, link: Option<(&str, &str)>) -> String {
    let mut html = format!("<section class=\"notice\"><p>{}</p>", escaped(text));
    if let Some((path, words)) = link {
        put(
            &mut html,
            format_args!(
                "<p><a class=\"button\" href=\"{}\">{}</a></p>",
                escaped(path),
                escaped(words)
            ),
        );
    }
    html + "</section>"
}

/// Writes into a text, which cannot fail.
pub(super) fn put(html: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = html.write_fmt(what);
}

/// A text as HTML shows it, in an attribute too.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::words::Language;

    #[test]
    fn what_others_wrote_is_text() {
        assert_eq!(
            escaped("<a href=\"x\" b='y'>&"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;"
        );
        let page = Page {
            texts: Texts::of(Language::Ru),
            title: "</title><script>",
        };
        let answer = page.answer(StatusCode::OK, "");
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe"));
    }
}
