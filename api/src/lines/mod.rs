//! Lines of the [table](crate::table()) by subject: what the command line does, as calls of programs with a key and of people.

mod files;
mod guests;
mod live;
mod mailings;
mod pages;
mod people;
mod programs;
mod runs;
mod segments;
mod senders;
mod webhooks;

pub(crate) use files::files;
pub(crate) use guests::{audience, guests};
pub(crate) use live::{live, reports};
pub(crate) use mailings::mailings;
pub(crate) use pages::pages;
pub(crate) use people::{coming_in, people};
pub(crate) use programs::programs;
pub(crate) use runs::runs;
pub(crate) use segments::{landings, promos, segments, tag_rules};
pub(crate) use senders::senders;
pub(crate) use webhooks::webhooks;

use crate::routes::{Bodiless, Keyed, RoutePattern};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;

type Refusals = &'static [(StatusCode, &'static str)];

const NOT_FOUND: (StatusCode, &str) = (StatusCode::NOT_FOUND, "The organisation has none such");

const fn read(at: RoutePattern, scope: Scope, summary: &'static str, refuses: Refusals) -> Bodiless {
    Bodiless {
        at,
        scope,
        summary,
        refuses,
    }
}

/// With a body of at most 64 KiB.
const fn with_body(at: RoutePattern, scope: Scope, summary: &'static str, refuses: Refusals) -> Keyed {
    Keyed {
        at,
        scope,
        summary,
        body_bytes: 64 << 10,
        answers: StatusCode::OK,
        refuses,
    }
}

/// The same for what makes something.
const fn making(at: RoutePattern, scope: Scope, summary: &'static str, refuses: Refusals) -> Keyed {
    Keyed {
        answers: StatusCode::CREATED,
        ..with_body(at, scope, summary, refuses)
    }
}
