//! A landing's page: an image, a text, perhaps a code and a button, and nothing that could run. `/a/` and its token are the page for
//! anybody; behind these stands, in the link of a mailing, who has come by it.

use super::html::{Page, escaped, notice, put};
use super::texts::Texts;
use crate::Api;
use crate::leading::lead_on;
use crate::routes::Head;
use axum::http::StatusCode;
use axum::response::Response;
use bellhop_domain::{CustomerId, landing};
use bellhop_store::StoreError;
use bellhop_store::landings::{KeptLanding, Seen};
use bellhop_store::ledger::OpenClass;

pub(super) const PATH: &str = "/a";
/// What its button leads to, so that it is counted.
const GO: &str = "go";

/// The address of a landing's page.
pub(crate) fn landing_url(api: &Api, token: &str) -> String {
    format!("{}{PATH}/{token}", api.public_url)
}

/// Who has come to what, by the path.
struct Come {
    kept: KeptLanding,
    guest: Option<CustomerId>,
    /// The path of the page that they have come to.
    path: String,
}

async fn come(api: &Api, head: &Head) -> Result<Option<Come>, StoreError> {
    // Once: a token may begin as the path does.
    let rest = head.path().strip_prefix(PATH).unwrap_or_default();
    let mut parts = rest.split('/').filter(|part| !part.is_empty() && *part != GO);
    let Some(token) = parts.next() else { return Ok(None) };
    // Who guesses is answered without a question to the database.
    if token.len() > 64 || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let kept = api.store.landing_by_token(token).await?;
    let Some(kept) = kept.filter(|it| it.is_open(api.now())) else {
        return Ok(None);
    };
    let visit = parts.next().unwrap_or_default();
    let guest = api.bounded.page_keys.key(api).await?.visitor(visit);
    // A link of another organisation's guest says nothing here.
    let guest = match guest {
        Some(guest) if api.store.organisation_of(guest).await? == Some(kept.org) => Some(guest),
        _ => None,
    };
    let path = match guest {
        Some(_) => format!("{PATH}/{token}/{visit}"),
        None => format!("{PATH}/{token}"),
    };
    Ok(Some(Come { kept, guest, path }))
}

pub(crate) async fn landing_page(api: Api, head: Head) -> Response {
    let texts = Texts::of(crate::edge::language(head.headers()));
    let _turn = api.bounded.passer_by().await;
    match come(&api, &head).await {
        Ok(Some(it)) => {
            count(&api, &head, &it, Seen::Shown).await;
            shown(texts, &it)
        }
        Ok(None) => gone(texts),
        Err(error) => failed(texts, &error),
    }
}

pub(crate) async fn landing_button(api: Api, head: Head) -> Response {
    let texts = Texts::of(crate::edge::language(head.headers()));
    let _turn = api.bounded.passer_by().await;
    match come(&api, &head).await {
        Ok(Some(it)) => {
            count(&api, &head, &it, Seen::Clicked).await;
            match &it.kept.landing.button {
                Some(button) => lead_on(&button.link),
                None => gone(texts),
            }
        }
        Ok(None) => gone(texts),
        Err(error) => failed(texts, &error),
    }
}

/// Robots do not count. Whoever has come gets the page even if it could not be counted.
async fn count(api: &Api, head: &Head, it: &Come, seen: Seen) {
    if head.visit().class() != OpenClass::Link {
        return;
    }
    let counted = api.store.count_landing(it.kept.id, seen, it.guest, api.now()).await;
    if let Err(error) = counted {
        tracing::warn!(%error, landing = %it.kept.id, "a landing could not be counted");
    }
}

fn shown(texts: &'static Texts, it: &Come) -> Response {
    let landing = &it.kept.landing;
    let page = Page {
        texts,
        title: &landing.title,
    };
    page.with_image(landing.image.as_deref())
        .answer(StatusCode::OK, &body(landing, &it.path))
}

fn body(it: &landing::Landing, path: &str) -> String {
    let mut html = String::from("<section class=\"landing\">");
    if let Some(image) = &it.image {
        put(&mut html, format_args!("<img src=\"{}\" alt=\"\">", escaped(image)));
    }
    put(&mut html, format_args!("<h1>{}</h1>", escaped(&it.title)));
    for line in it.text.lines().filter(|line| !line.trim().is_empty()) {
        put(&mut html, format_args!("<p>{}</p>", escaped(line)));
    }
    if let Some(promo) = &it.promo {
        put(&mut html, format_args!("<p class=\"code\">{}</p>", escaped(promo)));
    }
    if let Some(button) = &it.button {
        put(
            &mut html,
            format_args!(
                "<p><a class=\"button main\" href=\"{}/{GO}\">{}</a></p>",
                escaped(path),
                escaped(&button.text)
            ),
        );
    }
    html + "</section>"
}

fn gone(texts: &'static Texts) -> Response {
    let page = Page {
        texts,
        title: texts.gone_title,
    };
    page.answer(StatusCode::NOT_FOUND, &notice(texts.offer_over, None))
}

fn failed(texts: &'static Texts, error: &StoreError) -> Response {
    tracing::error!(%error, "a landing cannot be shown");
    let page = Page {
        texts,
        title: texts.later_title,
    };
    page.answer(StatusCode::SERVICE_UNAVAILABLE, &notice(texts.later, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_marketer_wrote_is_text() {
        let it = landing::Landing {
            name: "n".to_owned(),
            image: Some("https://cdn.example/a.jpg?x=\"1\"".to_owned()),
            title: "<script>alert(1)</script>".to_owned(),
            text: "one\n\n<img src=x onerror=alert(1)>".to_owned(),
            button: Some(landing::Button {
                text: "\"><b>".to_owned(),
                link: "https://brand.example".to_owned(),
            }),
            promo: Some("<BACK>".to_owned()),
            at_entry: false,
            segment: None,
            starts_at: None,
            ends_at: None,
        };
        let html = body(&it, "/a/ab");
        let tags: Vec<_> = html
            .split('<')
            .skip(1)
            .filter_map(|tag| tag.split([' ', '>']).next())
            .collect();
        let expected = [
            "section", "img", "h1", "/h1", "p", "/p", "p", "/p", "p", "/p", "p", "a", "/a", "/p", "/section",
        ];
        assert_eq!(tags, expected, "{html}");
        assert!(html.contains("href=\"/a/ab/go\""), "{html}");
    }
}
