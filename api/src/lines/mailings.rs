//! Mailings: written, asked about, launched.

use super::{NOT_FOUND, Refusals, making, read, with_body};
use crate::routes::{Route, delete, get, post, put};
use crate::{Api, v1};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;

const MAILING: &str = "/v1/mailings/{id}";

pub(crate) fn mailings() -> Vec<Route<Api>> {
    const UNDER_WAY: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "A run of it is alive")];
    const LAUNCHED: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "It was launched")];
    let (see, write) = (Scope::MailingsRead, Scope::Mailings);
    let mut lines = vec![
        making(post("/v1/mailings"), write, "create a draft from a mailing file", &[])
            .by(v1::mailings::post)
            .once(),
        read(
            get("/v1/mailings"),
            see,
            "the organisation's mailings, a page at a time",
            &[],
        )
        .by(v1::mailings::list)
        .with_query::<v1::mailings::Query>(),
        read(get(MAILING), see, "a mailing with its file", &[NOT_FOUND]).by(v1::mailings::get),
        with_body(put(MAILING), write, "change a mailing that is not under way", UNDER_WAY)
            .by(v1::mailings::put)
            .if_match(),
        read(delete(MAILING), write, "remove a draft", LAUNCHED)
            .by(v1::mailings::remove)
            .if_match(),
        making(
            post("/v1/mailings/{id}/duplicate"),
            write,
            "a draft with the same file",
            &[NOT_FOUND],
        )
        .by(v1::mailings::duplicate)
        .once(),
    ];
    lines.extend(questions());
    lines.extend(sending());
    lines
}

/// Questions about a mailing, which change nothing.
fn questions() -> Vec<Route<Api>> {
    const ON_DEMAND: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "It is sent on demand")];
    let see = Scope::MailingsRead;
    vec![
        read(
            post("/v1/mailings/{id}/check"),
            see,
            "what is wrong with it, and what a launch would do",
            &[NOT_FOUND],
        )
        .by(v1::mailings::check),
        with_body(
            post("/v1/mailings/{id}/rehearsal"),
            see,
            "what its starts would do in a time, past or to come; nothing is sent",
            ON_DEMAND,
        )
        .by(v1::rehearsals::mailing),
        with_body(
            post("/v1/mailings/{id}/preview"),
            see,
            "its texts as guests would get them",
            &[NOT_FOUND],
        )
        .by(v1::mailings::preview),
        with_body(
            post("/v1/mailings/{id}/forecast"),
            see,
            "when it will be finished, and what holds it back",
            ON_DEMAND,
        )
        .by(v1::mailings::forecast),
        read(
            get("/v1/mailings/{id}/runs"),
            see,
            "its launches and tests",
            &[NOT_FOUND],
        )
        .by(v1::mailings::runs_of),
        read(
            get("/v1/mailings/{id}/statistics"),
            Scope::Statistics,
            "what it brought",
            &[NOT_FOUND],
        )
        .by(v1::mailings::statistics),
        read(
            get("/v1/mailings/{id}/series"),
            Scope::Statistics,
            "what it did over time, by hours or days, and as a funnel",
            &[NOT_FOUND],
        )
        .by(v1::mailings::series)
        .with_query::<v1::mailings::Gathered>(),
        read(
            get("/v1/mailings/{id}/restaurants").within_restaurants(),
            Scope::Statistics,
            "what it brought by restaurant",
            &[NOT_FOUND],
        )
        .by(v1::mailings::by_restaurant),
    ]
}

fn sending() -> Vec<Route<Api>> {
    const NOT_NOW: Refusals = &[
        NOT_FOUND,
        (
            StatusCode::CONFLICT,
            "It is under way, was launched before, its start is past, or somebody else has to approve it",
        ),
    ];
    const ON_DEMAND: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "It is sent on demand")];
    const NOT_BY_ITSELF: Refusals = &[
        NOT_FOUND,
        (
            StatusCode::CONFLICT,
            "It is sent on demand, no start of the schedule is to come, or a second person has to approve it first",
        ),
    ];
    const SCHEDULE: &str = "/v1/mailings/{id}/schedule";
    vec![
        with_body(
            post("/v1/mailings/{id}/test-send"),
            Scope::Launch,
            "send it to a few guests, outside the statistics",
            ON_DEMAND,
        )
        .by(v1::mailings::test_send)
        .once(),
        read(
            get("/v1/mailings/{id}/approvals"),
            Scope::MailingsRead,
            "who has approved its present version",
            &[NOT_FOUND],
        )
        .by(v1::mailings::approvals),
        read(
            post("/v1/mailings/{id}/approvals"),
            Scope::Launch,
            "approve a version for others to launch",
            &[NOT_FOUND],
        )
        .by(v1::mailings::approve)
        .if_match(),
        making(
            post("/v1/mailings/{id}/launch"),
            Scope::Launch,
            "launch it, now or at an instant, if its check finds no errors",
            NOT_NOW,
        )
        .by(v1::mailings::launch)
        .once(),
        read(
            get(SCHEDULE),
            Scope::MailingsRead,
            "when it starts by itself",
            &[NOT_FOUND],
        )
        .by(v1::mailings::schedule),
        with_body(
            put(SCHEDULE),
            Scope::Launch,
            "let it start by itself, if its check finds no errors",
            NOT_BY_ITSELF,
        )
        .by(v1::mailings::put_schedule),
        read(
            delete(SCHEDULE),
            Scope::Launch,
            "it starts by itself no more; what has begun goes on",
            &[NOT_FOUND],
        )
        .by(v1::mailings::remove_schedule),
    ]
}
