//! People: how they come in, what they may do, and what was done.

use super::{NOT_FOUND, Refusals, making, read, with_body};
use crate::routes::{Open, Permission, Personal, Plain, Route, RoutePattern, delete, get, patch, post, put};
use crate::{Api, v1};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;

const OFTEN: (StatusCode, &str) = (StatusCode::TOO_MANY_REQUESTS, "It was tried too often: come back later");

const fn own(at: RoutePattern, summary: &'static str, refuses: Refusals) -> Personal {
    Personal { at, summary, refuses }
}

pub(crate) fn coming_in() -> Vec<Route<Api>> {
    const LINK: &str = "/v1/invitations/{token}";
    const OVER: (StatusCode, &str) = (StatusCode::NOT_FOUND, "The link was used, replaced, or is too old");
    let by_link = |at, summary, refuses| Open {
        at,
        open_to: Permission::Address,
        summary,
        refuses,
    };
    let log_in = Open {
        at: post("/v1/session"),
        open_to: Permission::Anybody,
        summary: "log in",
        refuses: &[
            (
                StatusCode::UNAUTHORIZED,
                "E-mail and password do not fit, or a code is needed",
            ),
            OFTEN,
        ],
    };
    let mut lines = vec![
        log_in.by_body(v1::session::log_in),
        by_link(get(LINK), "whom a link is for", &[OVER]).by(v1::invitations::get),
        by_link(
            post(LINK),
            "come in by a link: set name and password, and be logged in",
            &[OVER, (StatusCode::CONFLICT, "Somebody has this e-mail")],
        )
        .by_body(v1::invitations::post),
    ];
    lines.extend(oneself());
    lines.extend(by_another_service());
    lines
}

fn by_another_service() -> Vec<Route<Api>> {
    const ABSENT: (StatusCode, &str) = (StatusCode::NOT_FOUND, "No other service is set up");
    const BROKEN: (StatusCode, &str) = (StatusCode::BAD_REQUEST, "It did not succeed: try again");
    let plain = |at, summary, answers| Plain {
        at,
        open_to: Permission::Anybody,
        summary,
        answers,
    };
    vec![
        plain(
            get("/v1/session/oidc"),
            "log in by another service: redirects there",
            &[(StatusCode::SEE_OTHER, "To the service"), BROKEN, ABSENT],
        )
        .by(v1::session::go),
        plain(
            get("/v1/session/oidc/callback"),
            "the way back from it: logs in and redirects",
            &[
                (StatusCode::SEE_OTHER, "To where the person wanted to go"),
                BROKEN,
                (StatusCode::FORBIDDEN, "Nobody has invited this e-mail"),
                ABSENT,
            ],
        )
        .by(v1::session::come_back),
    ]
}

fn oneself() -> Vec<Route<Api>> {
    const TOTP: &str = "/v1/session/totp";
    vec![
        own(
            get("/v1/session"),
            "who is logged in, and the token that changes send",
            &[],
        )
        .by(v1::session::get),
        own(post("/v1/session/password"), "change one's own password", &[OFTEN]).by_body(v1::session::change_password),
        own(
            post(TOTP),
            "a second factor: first a secret for the password, then on by its code",
            &[
                OFTEN,
                (
                    StatusCode::CONFLICT,
                    "It is on already, or there is no key to seal its secret by",
                ),
            ],
        )
        .by_body(v1::session::begin_totp),
        own(delete(TOTP), "no second factor any more", &[OFTEN]).by_body(v1::session::end_totp),
        own(get("/v1/sessions"), "where one is logged in", &[]).by(v1::session::sessions),
        own(delete("/v1/sessions/{id}"), "end one of them", &[NOT_FOUND]).by(v1::session::end),
        own(delete("/v1/session"), "log out", &[]).by(v1::session::log_out),
    ]
}

pub(crate) fn people() -> Vec<Route<Api>> {
    const PERSON: Refusals = &[
        NOT_FOUND,
        (StatusCode::CONFLICT, "It is oneself, or the last administrator"),
    ];
    let mut lines = vec![
        read(get("/v1/people"), Scope::People, "who may log in", &[]).by(v1::people::list),
        making(
            post("/v1/people/invitations"),
            Scope::People,
            "invite somebody: the answer has their link",
            &[(StatusCode::CONFLICT, "Somebody has this e-mail")],
        )
        .by(v1::people::invite),
        with_body(
            patch("/v1/people/{id}"),
            Scope::People,
            "change somebody's role, restaurants or access",
            PERSON,
        )
        .by(v1::people::change),
        read(
            post("/v1/people/{id}/link"),
            Scope::People,
            "a new link for who is locked out; it ends their sessions and second factor",
            &[NOT_FOUND],
        )
        .by(v1::people::link),
    ];
    lines.extend(keys());
    lines
}

fn keys() -> Vec<Route<Api>> {
    vec![
        read(
            get("/v1/keys"),
            Scope::Keys,
            "the API keys, without their secret parts",
            &[],
        )
        .by(v1::keys::list),
        making(
            post("/v1/keys"),
            Scope::Keys,
            "make an API key, which only this answer shows",
            &[(
                StatusCode::CONFLICT,
                "A key in force has this name, or its kind may not have a scope",
            )],
        )
        .by(v1::keys::make),
        read(delete("/v1/keys/{id}"), Scope::Keys, "revoke an API key", &[NOT_FOUND]).by(v1::keys::revoke),
        with_body(
            put("/v1/keys/{id}/limit"),
            Scope::Keys,
            "how many requests a key may make in a minute",
            &[NOT_FOUND],
        )
        .by(v1::keys::limit),
        read(
            get("/v1/audit"),
            Scope::Audit,
            "who changed what, before and after",
            &[],
        )
        .by(v1::audit::list)
        .with_query::<v1::audit::Query>(),
    ]
}
