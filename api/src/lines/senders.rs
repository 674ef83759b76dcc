//! Senders as they are, and whether one would work. Their sections are settings.

use super::{NOT_FOUND, Refusals, read, with_body};
use crate::routes::{Route, get, post};
use crate::{Api, v1};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;

pub(crate) fn senders() -> Vec<Route<Api>> {
    const SECTION: Refusals = &[
        (StatusCode::NOT_FOUND, "The organisation is not there any more"),
        (StatusCode::CONFLICT, "Somebody has changed the setting meanwhile"),
    ];
    let scope = Scope::Settings;
    vec![
        read(
            get("/v1/senders"),
            scope,
            "the senders with their health, pauses, limits and warm-up",
            &[],
        )
        .by(v1::senders::list),
        read(
            get("/v1/senders/load"),
            scope,
            "what each number can send on the coming days, and what it has to",
            &[],
        )
        .by(v1::senders::load)
        .with_query::<v1::senders::Days>(),
        read(
            get("/v1/senders/{sender}/link"),
            scope,
            "how a number is connected, and the code that links its phone",
            &[NOT_FOUND],
        )
        .by(v1::senders::link),
        with_body(
            post("/v1/senders/{sender}/test"),
            scope,
            "ask the provider whether a sender would work, before it is saved",
            SECTION,
        )
        .by(v1::senders::test),
    ]
}
