//! Guests erase themselves, in two steps: a page that says what that means, and a form in which they say that they know.

use super::door::{Visitor, refused, sender, visitor};
use super::guest::answered;
use super::html::{Page, escaped, put};
use super::show::{HOW, SOURCE, hidden};
use crate::Api;
use crate::routes::{Head, Sent};
use axum::http::StatusCode;
use axum::response::Response;
use bellhop_domain::{Channel, Purpose};
use bellhop_store::StoreError;
use bellhop_store::guests::Consent;

/// In whose name it is done.
const WHO: &str = "guest";

pub(crate) async fn erase_page(api: Api, head: Head) -> Response {
    match visitor(&api, &head).await {
        Ok(visitor) => Page {
            texts: visitor.texts,
            title: visitor.texts.erase_title,
        }
        .answer(StatusCode::OK, &question(&visitor)),
        Err(answer) => *answer,
    }
}

fn question(visitor: &Visitor) -> String {
    let texts = visitor.texts;
    let mut html = format!("<header><h1>{}</h1></header><section>", texts.erase_title);
    for what in texts.erase_what {
        put(&mut html, format_args!("<p>{}</p>", escaped(what)));
    }
    put(
        &mut html,
        format_args!(
            "<form method=\"post\" action=\"{}/erase\">{}\
             <label class=\"check\"><input type=\"checkbox\" name=\"sure\" value=\"yes\" required> <span>{}</span></label>\
             <button class=\"bad wide\">{}</button></form><p><a class=\"button wide\" href=\"{}\">{}</a></p></section>",
            visitor.path,
            hidden("form", &visitor.form),
            texts.erase_sure,
            texts.erase_do,
            visitor.path,
            texts.back
        ),
    );
    html
}

pub(crate) async fn erase(api: Api, sent: Sent) -> Response {
    let (visitor, fields) = match sender(&api, sent).await {
        Ok(sent) => sent,
        Err(answer) => return *answer,
    };
    if fields.text("sure").as_deref() != Some("yes") {
        return refused(&visitor, StatusCode::BAD_REQUEST, visitor.texts.erase_unsure);
    }
    let _turn = api.bounded.passer_by().await;
    answered(&visitor, done(&api, &visitor).await)
}

/// Their own no comes first: it also holds for an address that is on another card, which stays.
async fn done(api: &Api, visitor: &Visitor) -> Result<Response, StoreError> {
    let (org, guest) = (visitor.org(), visitor.guest.id);
    let no = Channel::ALL.map(|channel| Consent {
        channel,
        purpose: Purpose::Marketing,
        given: false,
        source: SOURCE,
        how: HOW.to_owned(),
        text_version: None,
    });
    api.guests.set_consents(org, guest, &no, visitor.now).await?;
    api.store.erase(org, guest, WHO, visitor.now).await?;
    let texts = visitor.texts;
    let page = Page {
        texts,
        title: texts.erased_title,
    };
    let html = format!(
        "<header><h1>{}</h1></header><section><p>{}</p></section>",
        texts.erased_title, texts.erased
    );
    Ok(page.answer(StatusCode::OK, &html))
}
