//! A recipient's personal link (PRODUCT.md §9): `/l/` and 11 digits, 14 characters in an SMS.

use crate::Api;
use crate::leading::{gone, lead_on, unavailable};
use crate::routes::Head;
use crate::visitor::Visit;
use axum::response::Response;
use bellhop_domain::{MessageId, Timestamp, personal_link};
use bellhop_store::StoreError;
use bellhop_store::ledger::OpenClass;

/// The path before the token.
const PATH: &str = "/l/";

/// Counts a person's open, keeps a robot's apart, and redirects both. Nothing else happens at a GET.
pub(crate) async fn follow(api: Api, head: Head) -> Response {
    // Taken as it came, because what a program appended need not even be UTF-8.
    let rest = head.path().get(PATH.len()..).unwrap_or_default();
    let Some(message) = personal_link::token(rest) else {
        return gone();
    };
    let visit = head.visit();
    let now = api.now();
    let _turn = api.bounded.passer_by().await;
    let class = match class(&api, &visit, message, now).await {
        Ok(class) => class,
        Err(error) => return unavailable(&error),
    };
    match api.ledger.open(None, message, class, visit.agent(), now).await {
        Ok(Some(opened)) => match opened.links.mailing {
            Some(link) => lead_to(&api, message, &link).await,
            None => gone(),
        },
        Ok(None) => gone(),
        Err(error) => unavailable(&error),
    }
}

/// A mailing whose link is that of guests' pages leads each guest to their own.
async fn lead_to(api: &Api, message: MessageId, link: &str) -> Response {
    match crate::pages::own(api, link, message).await {
        Ok(own) => lead_on(own.as_deref().unwrap_or(link)),
        Err(error) => unavailable(&error),
    }
}

/// Judges what the visit says of itself, and then how it behaves.
async fn class(api: &Api, visit: &Visit<'_>, message: MessageId, now: Timestamp) -> Result<OpenClass, StoreError> {
    let class = visit.class();
    if class != OpenClass::Link || visit.client().is_none() {
        return Ok(class);
    }
    let is_a_scan = visit.is_of_a_burst(&api.bounded.bursts, message, now)
        || visit.is_too_soon(api.ledger.latest_sending(message).await?, now);
    Ok(if is_a_scan { OpenClass::Preview } else { class })
}
