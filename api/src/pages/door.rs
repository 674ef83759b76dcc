//! Who has come, by their link: nobody else gets further.

use super::html::{Page, notice};
use super::texts::Texts;
use crate::Api;
use crate::pages::body::{self, Field, Fields};
use crate::routes::{Head, Sent, Unopened};
use axum::http::StatusCode;
use axum::response::Response;
use bellhop_domain::words::Language;
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use bellhop_store::StoreError;
use bellhop_store::events::PageKey;
use bellhop_store::guests::{Guest, Organisation};
use tokio::sync::OnceCell;

/// The key of links, read once.
#[derive(Default)]
pub(crate) struct PageKeys(OnceCell<PageKey>);

impl PageKeys {
    pub async fn key(&self, api: &Api) -> Result<&PageKey, StoreError> {
        self.0.get_or_try_init(|| api.store.page_key()).await
    }
}

/// A guest at their own page.
pub(crate) struct Visitor {
    pub guest: Guest,
    pub organisation: Organisation,
    pub texts: &'static Texts,
    /// The path of the page.
    pub path: String,
    /// What its forms send back.
    pub form: String,
    pub now: Timestamp,
}

impl Visitor {
    pub fn org(&self) -> OrgId {
        self.organisation.id
    }
}

/// What stands behind `/g/` up to the next slash.
fn token(path: &str) -> &str {
    path.trim_start_matches("/g/").split('/').next().unwrap_or_default()
}

/// The guest whose link it is; otherwise the answer.
pub(super) async fn visitor(api: &Api, head: &Head) -> Result<Visitor, Box<Response>> {
    let spoken = crate::edge::language(head.headers());
    let found = find(api, token(head.path()), spoken).await;
    match found {
        Ok(Some(visitor)) => Ok(visitor),
        Ok(None) => Err(Box::new(gone(spoken))),
        Err(error) => Err(Box::new(failed(&error, spoken))),
    }
}

async fn find(api: &Api, token: &str, spoken: Language) -> Result<Option<Visitor>, StoreError> {
    let key = api.bounded.page_keys.key(api).await?;
    // Who guesses is answered without a question to the database.
    let Some(id) = key.guest(token) else { return Ok(None) };
    let _turn = api.bounded.passer_by().await;
    let Some(org) = api.store.organisation_of(id).await? else {
        return Ok(None);
    };
    let organisation = api.organisations.organisation_by_id(org).await?;
    let guest = api.guests.guest(org, id).await?;
    let now = api.now();
    Ok(Some(Visitor {
        texts: Texts::of(language(guest.locale.as_deref(), spoken)),
        path: format!("{}/{}", super::PATH, key.token(id)),
        form: key.form(id, now),
        guest,
        organisation,
        now,
    }))
}

/// The guest's own, else what their browser asks for.
fn language(locale: Option<&str>, spoken: Language) -> Language {
    match locale.and_then(|it| it.split('-').next()) {
        Some(own) => match own.eq_ignore_ascii_case("ru") {
            true => Language::Ru,
            false => Language::En,
        },
        None => spoken,
    }
}

/// The same for a form that was sent, with its fields: it is one that the page has handed out, and not too many were sent.
pub(super) async fn sender(api: &Api, sent: Sent) -> Result<(Visitor, Fields), Box<Response>> {
    let (head, unopened) = sent.into_head();
    let visitor = visitor(api, &head).await?;
    let guest = visitor.guest.id;
    if !api.bounded.page_posts.has_room(guest, visitor.now) {
        return Err(Box::new(refused(
            &visitor,
            StatusCode::TOO_MANY_REQUESTS,
            visitor.texts.too_often,
        )));
    }
    let fields = open(api, unopened, &visitor).await?;
    if !is_ours(api, &fields, guest, visitor.now).await {
        return Err(Box::new(refused(
            &visitor,
            StatusCode::BAD_REQUEST,
            visitor.texts.form_is_old,
        )));
    }
    Ok((visitor, fields))
}

async fn open(api: &Api, unopened: Unopened, visitor: &Visitor) -> Result<Fields, Box<Response>> {
    let content_type = unopened.content_type.clone();
    let unread = |_| Box::new(refused(visitor, StatusCode::PAYLOAD_TOO_LARGE, visitor.texts.too_large));
    let (bytes, _room) = unopened.read(api).await.map_err(unread)?;
    body::read(&content_type, &bytes)
        .ok_or_else(|| Box::new(refused(visitor, StatusCode::BAD_REQUEST, visitor.texts.form_is_old)))
}

async fn is_ours(api: &Api, fields: &Fields, guest: CustomerId, now: Timestamp) -> bool {
    let sent = fields.text("form").unwrap_or_default();
    let key = api.bounded.page_keys.key(api).await;
    key.is_ok_and(|key| key.is_form(&sent, guest, now))
}

/// A page that says why, with a way back.
pub(super) fn refused(visitor: &Visitor, status: StatusCode, why: &str) -> Response {
    let page = Page {
        texts: visitor.texts,
        title: &visitor.organisation.name,
    };
    page.answer(status, &notice(why, Some((&visitor.path, visitor.texts.back))))
}

fn gone(spoken: Language) -> Response {
    let texts = Texts::of(spoken);
    let page = Page {
        texts,
        title: texts.gone_title,
    };
    page.answer(StatusCode::NOT_FOUND, &notice(texts.gone, None))
}

pub(super) fn failed(error: &StoreError, spoken: Language) -> Response {
    // An address may have become wrong between two questions, as the guest was erased.
    if matches!(error, StoreError::NotFound { .. }) {
        return gone(spoken);
    }
    tracing::error!(%error, "a guest's page cannot be shown");
    let texts = Texts::of(spoken);
    let page = Page {
        texts,
        title: texts.later_title,
    };
    page.answer(StatusCode::SERVICE_UNAVAILABLE, &notice(texts.later, None))
}

impl Fields {
    /// A field's text.
    pub fn text(&self, name: &str) -> Option<String> {
        let field: &Field = self.0.iter().find(|field| field.name == name)?;
        String::from_utf8(field.content.clone()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guests_own_language_counts() {
        for (locale, spoken, expected) in [
            (Some("ru-RU"), Language::En, Language::Ru),
            (Some("kk"), Language::Ru, Language::En),
            (None, Language::Ru, Language::Ru),
        ] {
            assert_eq!(language(locale, spoken), expected, "{locale:?}");
        }
    }

    #[test]
    fn a_link_is_read_up_to_the_next_slash() {
        for (path, expected) in [("/g/abc", "abc"), ("/g/abc/rate/7", "abc"), ("/g/", "")] {
            assert_eq!(token(path), expected);
        }
    }
}
