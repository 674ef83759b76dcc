//! The pages of guests. Their addresses are links: whoever has one is taken for the guest.

use crate::routes::{Form, Permission, Plain, Route, RoutePattern, get, post};
use crate::{Api, pages};
use axum::http::StatusCode;

type Answers = &'static [(StatusCode, &'static str)];

const SHOWN: Answers = &[
    (StatusCode::OK, "A page of HTML"),
    (StatusCode::NOT_FOUND, "The link is nobody's, or its guest is no more"),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "The database does not answer: try again",
    ),
];

/// Without photos.
const SHORT: usize = 8 << 10;
/// What every route takes at most.
const WITH_PHOTOS: usize = 8 << 20;

const fn page(at: RoutePattern, summary: &'static str) -> Plain {
    Plain {
        at,
        open_to: Permission::Address,
        summary,
        answers: SHOWN,
    }
}

const UNAVAILABLE: (StatusCode, &str) = (
    StatusCode::SERVICE_UNAVAILABLE,
    "The database does not answer: try again",
);

const fn landing(at: RoutePattern, summary: &'static str, answers: Answers) -> Plain {
    Plain {
        at,
        open_to: Permission::Address,
        summary,
        answers,
    }
}

const fn form(at: RoutePattern, summary: &'static str, body_bytes: usize) -> Form {
    Form {
        at,
        summary,
        body_bytes,
        answers: &[
            (StatusCode::OK, "It is done, and a page of HTML says so"),
            (StatusCode::SEE_OTHER, "It is done; the page shows it"),
            (
                StatusCode::BAD_REQUEST,
                "The form is not one that the page has handed out, is older than a day, or lacks something",
            ),
            (StatusCode::NOT_FOUND, "The link is nobody's, or its guest is no more"),
            (StatusCode::PAYLOAD_TOO_LARGE, "The form is too long"),
            (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many forms of this guest have come in ten minutes",
            ),
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "The database does not answer: try again",
            ),
        ],
    }
}

pub(crate) fn pages() -> Vec<Route<Api>> {
    vec![
        landing(
            get("/a/{landing}").or(&["/a/{landing}/{visitor}"]),
            "a landing: an image, a text, a button",
            &[
                (StatusCode::OK, "A page of HTML"),
                (StatusCode::NOT_FOUND, "There is no such landing now"),
                UNAVAILABLE,
            ],
        )
        .by(pages::landing_page),
        landing(
            get("/a/{landing}/go").or(&["/a/{landing}/{visitor}/go"]),
            "its button: counts that it was pressed, and redirects",
            &[
                (StatusCode::FOUND, "Where it leads"),
                (StatusCode::NOT_FOUND, "There is no such landing now"),
                UNAVAILABLE,
            ],
        )
        .by(pages::landing_button),
        page(
            get("/g/{guest}"),
            "a guest's own page: consents, bonuses, invitation, orders",
        )
        .by(pages::guest_page),
        form(
            post("/g/{guest}/consents"),
            "a guest switches offers or notifications on or off",
            SHORT,
        )
        .by(pages::consent),
        form(
            post("/g/{guest}/invitation"),
            "a guest asks for a code to invite others by",
            SHORT,
        )
        .by(pages::invite),
        page(
            get("/g/{guest}/erase"),
            "what it means to be erased, and whether the guest wants it",
        )
        .by(pages::erase_page),
        form(post("/g/{guest}/erase"), "a guest erases themselves", SHORT).by(pages::erase),
        page(
            get("/g/{guest}/rate").or(&["/g/{guest}/rate/{order}"]),
            "the rating page of an order, or of the latest delivered one",
        )
        .by(pages::rate_page),
        form(post("/g/{guest}/rate"), "a guest rates an order, once", WITH_PHOTOS).by(pages::rate),
    ]
}
