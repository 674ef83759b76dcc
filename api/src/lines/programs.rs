//! Programs: written, switched on and off, and what they did.

use super::{NOT_FOUND, Refusals, making, read, with_body};
use crate::routes::{Route, get, post, put};
use crate::{Api, v1};
use bellhop_domain::scope::Scope;

const PROGRAM: &str = "/v1/programs/{id}";

pub(crate) fn programs() -> Vec<Route<Api>> {
    const UNFIT: Refusals = &[NOT_FOUND];
    let (see, write) = (Scope::MailingsRead, Scope::Mailings);
    vec![
        read(get("/v1/programs/presets"), see, "definitions to begin from", &[]).by(v1::programs::presets),
        making(
            post("/v1/programs"),
            write,
            "create a program from its definition; it is off",
            &[],
        )
        .by(v1::programs::post)
        .once(),
        read(get("/v1/programs"), see, "the organisation's programs", &[]).by(v1::programs::list),
        read(
            get(PROGRAM),
            see,
            "a program with its definition and versions",
            &[NOT_FOUND],
        )
        .by(v1::programs::get),
        with_body(
            put(PROGRAM),
            write,
            "another version of it, by which it fires from now on",
            UNFIT,
        )
        .by(v1::programs::put)
        .if_match(),
        read(
            post("/v1/programs/{id}/on"),
            Scope::Launch,
            "switch it on, if its check finds no errors",
            UNFIT,
        )
        .by(v1::programs::on),
        with_body(
            post("/v1/programs/{id}/off"),
            Scope::Launch,
            "switch it off, at once or after what waits",
            &[NOT_FOUND],
        )
        .by(v1::programs::off),
        with_body(
            post("/v1/programs/{id}/rehearsal"),
            see,
            "what it would do in a time, past or to come; nothing is sent",
            UNFIT,
        )
        .by(v1::rehearsals::program),
        read(
            get("/v1/programs/{id}/statistics"),
            Scope::Statistics,
            "what it fired day by day, and what its messages brought",
            &[NOT_FOUND],
        )
        .by(v1::programs::statistics)
        .with_query::<v1::programs::Days>(),
        read(
            get("/v1/programs/{id}/journal"),
            Scope::GuestsRead,
            "its firings with the reason of each, a page at a time",
            &[NOT_FOUND],
        )
        .by(v1::programs::journal)
        .with_query::<v1::programs::Entries>(),
    ]
}
