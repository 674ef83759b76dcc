//! A guest's own page, and its switches.

use super::door::{Visitor, failed, refused, sender, visitor};
use super::html::{Page, see};
use super::show::{HOW, Known, SOURCE, page};
use crate::Api;
use crate::routes::{Head, Sent};
use axum::http::StatusCode;
use axum::response::Response;
use bellhop_domain::words::Language;
use bellhop_domain::{Channel, Purpose};
use bellhop_store::StoreError;
use bellhop_store::guests::Consent;

/// The latest orders that are listed.
const ORDERS: u32 = 20;

pub(crate) async fn guest_page(api: Api, head: Head) -> Response {
    let visitor = match visitor(&api, &head).await {
        Ok(visitor) => visitor,
        Err(answer) => return *answer,
    };
    let said = head.query() == Some("done");
    answered(&visitor, shown(&api, &visitor, said).await)
}

async fn shown(api: &Api, visitor: &Visitor, said: bool) -> Result<Response, StoreError> {
    let (org, guest) = (visitor.org(), visitor.guest.id);
    let _turn = api.bounded.passer_by().await;
    let facts = api.guests.facts(org, guest).await?;
    let reported = api.events.reported(org, guest).await?;
    let orders = api.store.orders_of(org, guest, ORDERS).await?;
    let code = api.store.known_referral_code(org, guest).await?;
    let known = Known {
        facts: &facts,
        reported: &reported,
        orders: &orders,
        code: code.as_deref(),
    };
    let of = Page {
        texts: visitor.texts,
        title: &visitor.organisation.name,
    };
    Ok(of.answer(StatusCode::OK, &page(visitor, &known, said)))
}

/// The answer, or one that says that there is none now.
pub(super) fn answered(visitor: &Visitor, done: Result<Response, StoreError>) -> Response {
    let spoken = match visitor.texts.tag {
        "ru" => Language::Ru,
        _ => Language::En,
    };
    done.unwrap_or_else(|error| failed(&error, spoken))
}

/// A switch was pressed: `marketing off sms`, or without a channel, all that there are.
pub(crate) async fn consent(api: Api, sent: Sent) -> Response {
    let (visitor, fields) = match sender(&api, sent).await {
        Ok(sent) => sent,
        Err(answer) => return *answer,
    };
    let Some(words) = fields.text("word").as_deref().and_then(words) else {
        return refused(&visitor, StatusCode::BAD_REQUEST, visitor.texts.form_is_old);
    };
    let _turn = api.bounded.passer_by().await;
    let done = api
        .guests
        .set_consents(visitor.org(), visitor.guest.id, &words, visitor.now)
        .await;
    answered(&visitor, done.map(|()| see(&format!("{}?done", visitor.path))))
}

fn words(said: &str) -> Option<Vec<Consent>> {
    let mut parts = said.split(' ');
    let purpose = match parts.next()? {
        "marketing" => Purpose::Marketing,
        "notification" => Purpose::Notification,
        _ => return None,
    };
    let given = match parts.next()? {
        "on" => true,
        "off" => false,
        _ => return None,
    };
    let channels = match parts.next() {
        None => Channel::ALL.to_vec(),
        Some(name) => vec![Channel::ALL.into_iter().find(|channel| channel.name() == name)?],
    };
    let one = |channel| Consent {
        channel,
        purpose,
        given,
        source: SOURCE,
        how: HOW.to_owned(),
        text_version: None,
    };
    Some(channels.into_iter().map(one).collect())
}

/// A code to invite others by was asked for.
pub(crate) async fn invite(api: Api, sent: Sent) -> Response {
    let (visitor, _) = match sender(&api, sent).await {
        Ok(sent) => sent,
        Err(answer) => return *answer,
    };
    let random = std::array::from_fn(|_| rand::random());
    let _turn = api.bounded.passer_by().await;
    let made = api
        .store
        .referral_code(visitor.org(), visitor.guest.id, random, visitor.now)
        .await;
    answered(&visitor, made.map(|_| see(&format!("{}?done", visitor.path))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_says_what_it_is_about() {
        let told = |said| {
            words(said).map(|all| {
                all.iter()
                    .map(|it| (it.channel, it.purpose, it.given))
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(
            told("marketing off sms"),
            Some(vec![(Channel::Sms, Purpose::Marketing, false)])
        );
        assert_eq!(told("notification on max").map(|all| all.len()), Some(1));
        assert_eq!(told("marketing off").map(|all| all.len()), Some(Channel::ALL.len()));
        for none in [
            "",
            "marketing",
            "code off",
            "marketing maybe sms",
            "marketing off pigeon",
        ] {
            assert_eq!(told(none), None, "{none}");
        }
    }
}
