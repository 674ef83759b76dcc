//! The table of routes.

use crate::operations::health;
use crate::routes::{self, Keyed, Permission, Plain, Route, Signed, get, post};
use crate::{Api, click, link, v1, webhook};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;

/// All routes except the operational ones, as JSON: what `bellhop openapi` prints and docs/openapi.json contains.
///
/// # Errors
///
/// None in practice, because all keys of the document are texts.
pub fn openapi() -> serde_json::Result<String> {
    routes::written(&table())
}

/// All routes but the operational ones, in the order of docs/api.md.
pub fn table() -> Vec<Route<Api>> {
    let mut table = with_a_key();
    table.extend(guests());
    table.extend([
        Signed {
            at: post("/webhooks/{organisation}/{sender}")
                .by_get_too()
                .or(&["/webhooks/{organisation}/{sender}/"]),
            summary: "delivery reports, guests' messages, the provider's own health",
            answers: &[
                (StatusCode::OK, "Everything in the call is stored"),
                (StatusCode::BAD_REQUEST, "It cannot be read"),
                (StatusCode::UNAUTHORIZED, "It does not bear the provider's signature"),
                (
                    StatusCode::NOT_FOUND,
                    "There is no such sender, or its provider makes no calls",
                ),
                (
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "It is longer than any of this provider's",
                ),
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The database does not answer: call again",
                ),
            ],
        }
        .by(webhook::record),
        Plain {
            at: get("/healthz"),
            open_to: Permission::Anybody,
            summary: "the process lives",
            answers: &[(StatusCode::OK, "It does")],
        }
        .by(async |_, _| health()),
    ]);
    table
}

fn with_a_key() -> Vec<Route<Api>> {
    vec![
        Keyed {
            at: post("/v1/orders"),
            scope: Scope::Orders,
            summary: "orders, new or changed",
            // Some ten thousand orders.
            body_bytes: 8 << 20,
            answers: StatusCode::OK,
            refuses: &[],
        }
        .by(v1::orders::post),
        Keyed {
            at: post("/v1/opens"),
            scope: Scope::Opens,
            summary: "a push was tapped",
            body_bytes: 4 << 10,
            answers: StatusCode::OK,
            refuses: &[(StatusCode::NOT_FOUND, "There is no such message")],
        }
        .by(v1::opens::post),
        Keyed {
            at: post("/v1/endpoints"),
            scope: Scope::Endpoints,
            summary: "an app, a browser or a phone can be reached",
            body_bytes: 16 << 10,
            answers: StatusCode::OK,
            refuses: &[],
        }
        .by(v1::endpoints::post),
        Keyed {
            at: post("/v1/messages"),
            scope: Scope::Messages,
            summary: "send one message on demand",
            body_bytes: 64 << 10,
            answers: StatusCode::ACCEPTED,
            refuses: &[(
                StatusCode::CONFLICT,
                "The mailing does not run, or the request_id was used for another message",
            )],
        }
        .by(v1::messages::post),
    ]
}

/// Routes for guests' own programs.
fn guests() -> Vec<Route<Api>> {
    const LEADS: &[(StatusCode, &str)] = &[
        (StatusCode::FOUND, "Where it leads"),
        (StatusCode::NOT_FOUND, "It leads nowhere"),
        (StatusCode::SERVICE_UNAVAILABLE, "It could not be counted: try again"),
    ];
    vec![
        Plain {
            at: get("/l/{*token}").or(&["/L/{*token}"]),
            open_to: Permission::Address,
            summary: "a guest's personal link: counts the open and redirects",
            answers: LEADS,
        }
        .by(link::follow),
        Plain {
            at: get("/p/{token}"),
            open_to: Permission::Address,
            summary: "a click on a web push: counts it and redirects",
            answers: LEADS,
        }
        .by(click::follow),
        Plain {
            at: get("/p/{token}/{button}"),
            open_to: Permission::Address,
            summary: "a click on a button of a web push",
            answers: LEADS,
        }
        .by(click::follow_action),
        Plain {
            at: post("/p/{token}"),
            open_to: Permission::Address,
            summary: "a service worker reports a click",
            answers: &[
                (StatusCode::NO_CONTENT, "It is counted"),
                (StatusCode::NOT_FOUND, "It leads nowhere"),
                (StatusCode::SERVICE_UNAVAILABLE, "It could not be counted: try again"),
            ],
        }
        .by(click::report),
    ]
}
