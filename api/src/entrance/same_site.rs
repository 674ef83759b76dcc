//! Whether a request comes from a page of ours, as far as the browser says so.

use axum::http::{HeaderMap, header};
use url::{Origin, Url};

/// A browser says by `Sec-Fetch-Site` whose page makes a request, and one that is older by `Origin`; no page can change
/// either. Whoever says neither is no browser, and has a cookie only by knowing it.
pub(crate) fn is_same_site(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_ours(origin, text(header::HOST.as_str()), public_url),
        (None, None) => true,
    }
}

fn is_ours(origin: &str, host: Option<&str>, public_url: &str) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    let Origin::Tuple(..) = url.origin() else { return false };
    let public = Url::parse(public_url).map(|it| it.origin());
    let same_host = host.is_some_and(|host| origin.split_once("://").is_some_and(|(_, of)| of == host));
    public.is_ok_and(|public| public == url.origin()) || same_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_is_told_from_ours() {
        let told = |headers: &[(&'static str, &str)]| {
            let headers = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            is_same_site(&headers.collect(), "https://bell.example")
        };
        for ours in [
            &[][..],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://bell.example")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://bell.example")],
            &[("origin", "https://bell.example:443")],
            &[("origin", "http://localhost:5173"), ("host", "localhost:5173")],
        ] {
            assert!(told(ours), "{ours:?}");
        }
        for another in [
            &[("sec-fetch-site", "cross-site"), ("origin", "https://bell.example")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "")],
            &[("origin", "null"), ("host", "null")],
            &[("origin", "https://evil.example"), ("host", "bell.example")],
            &[("origin", "http://bell.example")],
            &[("origin", "https://bell.example.evil.example")],
            &[("origin", "")],
        ] {
            assert!(!told(another), "{another:?}");
        }
    }
}
