//! Runs: how far they are, and their course.

use super::{NOT_FOUND, Refusals, read, with_body};
use crate::routes::{Route, get, post};
use crate::{Api, v1};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;

pub(crate) fn runs() -> Vec<Route<Api>> {
    const STATE: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "Its state does not allow that")];
    let course = Scope::Launch;
    vec![
        read(
            get("/v1/runs/{id}"),
            Scope::MailingsRead,
            "how far a run is",
            &[NOT_FOUND],
        )
        .by(v1::mailings::run),
        read(
            get("/v1/runs/{id}/recipients"),
            Scope::GuestsRead,
            "the guests behind its figures, a page at a time",
            &[NOT_FOUND],
        )
        .by(v1::mailings::recipients)
        .with_query::<v1::mailings::Who>(),
        with_body(
            post("/v1/runs/{id}/pause"),
            course,
            "stop everything of it that has not left",
            STATE,
        )
        .by(v1::mailings::pause),
        with_body(post("/v1/runs/{id}/resume"), course, "continue a paused run", STATE).by(v1::mailings::resume),
        with_body(
            post("/v1/runs/{id}/cancel"),
            course,
            "stop everything of it that has not left, for good",
            STATE,
        )
        .by(v1::mailings::cancel),
    ]
}
