//! Who fetched a personal link: a person, a link-preview robot or a prefetch (PROVIDERS.md §6.4).

use axum::http::{HeaderMap, Method, header};
use bellhop_store::ledger::OpenClass;

/// Marks of preview agents. A generic "bot" is none: there are phones named CUBOT.
const PREVIEW_AGENTS: [&str; 19] = [
    "whatsapp/",
    "facebookexternalhit",
    "facebot",
    "meta-externalagent",
    "telegrambot",
    "slackbot-linkexpanding",
    "slack-imgproxy",
    "twitterbot",
    "discordbot",
    "linkedinbot",
    "skypeuripreview",
    "cardyb",
    "vkshare",
    "viber/",
    "applebot",
    "googlebot",
    "bingbot",
    "yandexbot",
    "pinterestbot",
];

/// Headers by which browsers say that nobody is looking yet.
const PREFETCH_HEADERS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Classifies a fetch by its method and headers. Only [`OpenClass::Link`] counts as a person.
pub(crate) fn classify(method: &Method, headers: &HeaderMap) -> OpenClass {
    if method == Method::HEAD || says_prefetch(headers) {
        return OpenClass::Prefetch;
    }
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_lowercase();
    // Every browser names itself; a scanner's bare library does not.
    if agent.is_empty() || PREVIEW_AGENTS.iter().any(|mark| agent.contains(mark)) {
        return OpenClass::Preview;
    }
    OpenClass::Link
}

fn says_prefetch(headers: &HeaderMap) -> bool {
    let says = |value: &str| value.contains("prefetch") || value.contains("prerender") || value.contains("preview");
    PREFETCH_HEADERS
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok())
        .any(|value| says(&value.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(agent: &str) -> OpenClass {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, agent.parse().unwrap());
        classify(&Method::GET, &headers)
    }

    #[test]
    fn robots_are_told_from_phones() {
        for agent in [
            "WhatsApp/2.24.1.78 A",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            "TelegramBot (like TwitterBot)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "",
        ] {
            assert_eq!(of(agent), OpenClass::Preview, "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
        ] {
            assert_eq!(of(agent), OpenClass::Link, "{agent}");
        }
    }

    #[test]
    fn prefetches_are_nobody() {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, "Mozilla/5.0 Chrome/130".parse().unwrap());
        assert_eq!(classify(&Method::HEAD, &headers), OpenClass::Prefetch);
        headers.insert("sec-purpose", "prefetch;prerender".parse().unwrap());
        assert_eq!(classify(&Method::GET, &headers), OpenClass::Prefetch);
    }
}
