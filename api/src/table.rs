//! The table of routes.

use crate::operations::health;
use crate::routes::{self, Bodiless, Keyed, Permission, Plain, Route, RoutePattern, Signed, get, post, put};
use crate::{Api, click, console, docs, lines, link, v1, webhook};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;
use std::sync::OnceLock;

/// All routes except the operational ones, as JSON: what `bellhop openapi` prints and docs/openapi.json contains.
///
/// # Errors
///
/// None in practice, because all keys of the document are texts.
pub fn openapi() -> serde_json::Result<String> {
    routes::written(&table())
}

/// The same, written once: the table does not change while a process runs.
fn document() -> &'static str {
    static WRITTEN: OnceLock<String> = OnceLock::new();
    WRITTEN.get_or_init(|| openapi().unwrap_or_default())
}

/// All routes but the operational ones, in the order of docs/api.md.
pub fn table() -> Vec<Route<Api>> {
    let mut table = with_a_key();
    table.extend(settings());
    table.extend(lines::senders());
    table.extend(lines::mailings());
    table.extend(lines::runs());
    table.extend(lines::live());
    table.extend(lines::programs());
    table.extend(lines::segments());
    table.extend(lines::landings());
    table.extend(lines::promos());
    table.extend(lines::tag_rules());
    table.extend(lines::reports());
    table.extend(lines::audience());
    table.extend(lines::guests());
    table.extend(lines::files());
    table.extend(lines::webhooks());
    table.extend(lines::coming_in());
    table.extend(lines::people());
    table.extend(guests());
    table.extend(docs::lines(document));
    table.extend(lines::pages());
    table.extend([
        Signed {
            at: post("/webhooks/{organisation}/{sender}")
                .by_get_too()
                .or(&["/webhooks/{organisation}/{sender}/"]),
            summary: "delivery reports, guests' messages, the provider's own health",
            answers: &[
                (StatusCode::OK, "Everything in the call is stored"),
                (StatusCode::BAD_REQUEST, "It cannot be read"),
                (StatusCode::REQUEST_TIMEOUT, "It did not come in time"),
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
            at: get("/console").or(&["/console/", "/console/{*path}"]),
            open_to: Permission::Anybody,
            summary: "the console, in which people work",
            answers: &[
                (StatusCode::OK, "Its page, or a file of it"),
                (StatusCode::PERMANENT_REDIRECT, "It stands at `/console/`"),
                (StatusCode::NOT_FOUND, "This version has no such file"),
            ],
        }
        .by(console::serve),
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
            at: post("/v1/events"),
            scope: Scope::Events,
            summary: "what happens to guests: orders, carts, registrations, reviews, bonuses",
            // As many as orders.
            body_bytes: 8 << 20,
            answers: StatusCode::OK,
            refuses: &[],
        }
        .by(v1::events::post),
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
            refuses: &[(
                StatusCode::TOO_MANY_REQUESTS,
                "An app's key has registered as many new devices as it may, of this guest or of all",
            )],
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
        Keyed {
            at: post("/v1/consents"),
            scope: Scope::Consents,
            summary: "a guest allows marketing or notifications, or switches them off",
            body_bytes: 4 << 10,
            answers: StatusCode::OK,
            refuses: &[],
        }
        .by(v1::consents::post),
    ]
}

const NOT_ITS_OWN: &[(StatusCode, &str)] = &[(StatusCode::NOT_FOUND, "The organisation has none such")];

const fn settings_without_body(
    at: RoutePattern,
    summary: &'static str,
    refuses: &'static [(StatusCode, &'static str)],
) -> Bodiless {
    Bodiless {
        at,
        scope: Scope::Settings,
        summary,
        refuses,
    }
}

const fn settings_with_body(
    at: RoutePattern,
    summary: &'static str,
    refuses: &'static [(StatusCode, &'static str)],
) -> Keyed {
    Keyed {
        at,
        scope: Scope::Settings,
        summary,
        body_bytes: 64 << 10,
        answers: StatusCode::OK,
        refuses,
    }
}

/// The organisation's own settings, restaurants and senders.
fn settings() -> Vec<Route<Api>> {
    const MOVED: &[(StatusCode, &str)] = &[
        (StatusCode::NOT_FOUND, "The organisation is not there any more"),
        (StatusCode::CONFLICT, "Somebody has changed the setting meanwhile"),
    ];
    const RESTAURANT: &str = "/v1/settings/restaurants/{restaurant}";
    const SENDER: &str = "/v1/settings/senders/{sender}";
    let (read, change) = (settings_without_body, settings_with_body);
    vec![
        read(get("/v1/settings"), "the organisation's settings, without secrets", &[]).by(v1::settings::all),
        read(get("/v1/settings/history"), "who changed which of them, and when", &[]).by(v1::settings::history),
        read(
            get("/v1/settings/organisation"),
            "the organisation's own section",
            NOT_ITS_OWN,
        )
        .by(v1::settings::organisation),
        change(
            put("/v1/settings/organisation"),
            "change it, or say what that would change",
            MOVED,
        )
        .by(v1::settings::put_organisation),
        read(
            get(RESTAURANT),
            "the section of a restaurant whose time zone is set",
            NOT_ITS_OWN,
        )
        .by(v1::settings::restaurant),
        change(
            put(RESTAURANT),
            "set a restaurant's time zone, or say what that would change",
            MOVED,
        )
        .by(v1::settings::put_restaurant),
        change(
            post("/v1/settings/restaurants/{restaurant}/remove"),
            "leave a restaurant's time zone unset, or say what that would change",
            MOVED,
        )
        .by(v1::settings::remove_restaurant),
        read(get(SENDER), "a sender's section", NOT_ITS_OWN).by(v1::settings::sender),
        change(
            put(SENDER),
            "change or add a sender, or say what that would change",
            MOVED,
        )
        .by(v1::settings::put_sender),
        change(
            post("/v1/settings/senders/{sender}/remove"),
            "remove a sender, or say what that would change",
            MOVED,
        )
        .by(v1::settings::remove_sender),
        change(
            post("/v1/senders/{sender}/pause"),
            "a sender sends nothing until it is resumed",
            NOT_ITS_OWN,
        )
        .by(v1::senders::pause),
        read(post("/v1/senders/{sender}/resume"), "a sender goes on", NOT_ITS_OWN).by(v1::senders::resume),
    ]
}

/// What guests' own programs ask.
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
