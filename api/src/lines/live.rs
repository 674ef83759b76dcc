//! What happens while somebody looks, who else does, and what a period came to.

use super::{NOT_FOUND, read, with_body};
use crate::routes::{EVENTS, Route, Streamed, delete, get, post};
use crate::{Api, v1};
use bellhop_domain::scope::Scope;

pub(crate) fn live() -> Vec<Route<Api>> {
    const PRESENCE: &str = "/v1/mailings/{id}/presence";
    let see = Scope::MailingsRead;
    vec![
        Streamed {
            at: get("/v1/stream"),
            scope: see,
            summary: "what happens, as it happens: changes, how far runs are, who has what open",
            kind: EVENTS,
            refuses: &[],
        }
        .by(v1::stream::stream)
        .with_query::<v1::stream::Query>()
        .resumes(),
        with_body(
            post(PRESENCE),
            see,
            "one has a mailing open, and who else has",
            &[NOT_FOUND],
        )
        .by(v1::presence::here),
        read(delete(PRESENCE), see, "one has it open no more", &[NOT_FOUND]).by(v1::presence::leave),
    ]
}

pub(crate) fn reports() -> Vec<Route<Api>> {
    vec![
        read(
            get("/v1/report"),
            Scope::Statistics,
            "a period over all mailings and programs",
            &[],
        )
        .by(v1::reports::json)
        .with_query::<v1::reports::Asks>(),
        Streamed {
            at: get("/v1/report.csv"),
            scope: Scope::Statistics,
            summary: "the same as a table",
            kind: "text/csv; charset=utf-8",
            refuses: &[],
        }
        .by(v1::reports::csv)
        .with_query::<v1::reports::Asks>(),
    ]
}
