//! Outgoing webhooks, and what became of what they were told.

use super::{NOT_FOUND, Refusals, making, read, with_body};
use crate::routes::{Route, delete, get, post};
use crate::{Api, v1};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;

pub(crate) fn webhooks() -> Vec<Route<Api>> {
    const WEBHOOK: &str = "/v1/webhooks/{id}";
    const KEYLESS: Refusals = &[(StatusCode::CONFLICT, "There is no key to seal its secret by")];
    let scope = Scope::Settings;
    vec![
        making(
            post("/v1/webhooks"),
            scope,
            "tell another system of what happens; its secret is shown now only",
            KEYLESS,
        )
        .by(v1::webhooks::post)
        .once(),
        read(get("/v1/webhooks"), scope, "the organisation's webhooks", &[]).by(v1::webhooks::list),
        with_body(
            post("/v1/webhooks/{id}/switch"),
            scope,
            "switch it on or off",
            &[NOT_FOUND],
        )
        .by(v1::webhooks::switch),
        with_body(
            post("/v1/webhooks/{id}/rotate"),
            scope,
            "give it another secret, beside which the old one signs for a time",
            &[NOT_FOUND],
        )
        .by(v1::webhooks::rotate),
        read(
            get("/v1/webhooks/{id}/deliveries"),
            scope,
            "what it was told, and what it answered, a page at a time",
            &[NOT_FOUND],
        )
        .by(v1::webhooks::deliveries)
        .with_query::<v1::webhooks::Which>(),
        read(
            post("/v1/deliveries/{id}/replay"),
            scope,
            "deliver it once more, under the same id",
            &[NOT_FOUND],
        )
        .by(v1::webhooks::replay),
        read(delete(WEBHOOK), scope, "remove it with its deliveries", &[NOT_FOUND]).by(v1::webhooks::remove),
    ]
}
