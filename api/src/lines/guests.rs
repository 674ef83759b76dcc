//! Audiences and guests.

use super::{NOT_FOUND, read, with_body};
use crate::routes::{Route, delete, get, post, put};
use crate::{Api, v1};
use bellhop_domain::scope::Scope;

pub(crate) fn audience() -> Vec<Route<Api>> {
    let see = Scope::GuestsRead;
    vec![
        with_body(
            post("/v1/audience/count").within_restaurants(),
            see,
            "how many guests a filter lets in, and who of them can be reached",
            &[],
        )
        .by(v1::audience::count),
        with_body(
            post("/v1/audience/live").within_restaurants(),
            see,
            "all that is shown beside a filter while it is written: counts by clause, examples, overlaps",
            &[],
        )
        .by(v1::live_audience::live),
        with_body(
            post("/v1/audience/sample").within_restaurants(),
            see,
            "ten guests whom a filter lets in",
            &[],
        )
        .by(v1::audience::sample),
        with_body(
            post("/v1/audience/explain").within_restaurants(),
            see,
            "why a filter lets a guest in, or does not",
            &[NOT_FOUND],
        )
        .by(v1::audience::explain),
    ]
}

pub(crate) fn guests() -> Vec<Route<Api>> {
    const GUEST: &str = "/v1/guests/{customer_id}";
    const BLACKLIST: &str = "/v1/guests/{customer_id}/blacklist";
    let change = Scope::Guests;
    let see = Scope::GuestsRead;
    vec![
        read(
            get("/v1/guests").within_restaurants(),
            see,
            "the guests, those of a segment, or those whom a search finds, a page at a time",
            &[NOT_FOUND],
        )
        .by(v1::guests::list)
        .with_query::<v1::guests::Query>(),
        read(
            get("/v1/guests/{customer_id}/messages").within_restaurants(),
            see,
            "what a guest was sent, a page at a time",
            &[NOT_FOUND],
        )
        .by(v1::guests::messages)
        .with_query::<v1::guests::MessagesWhich>(),
        read(
            get("/v1/guests/{customer_id}/orders").within_restaurants(),
            see,
            "what a guest has ordered, a page at a time",
            &[NOT_FOUND],
        )
        .by(v1::guests::orders)
        .with_query::<v1::guests::OrdersWhich>(),
        read(
            get("/v1/guests/{customer_id}/next-week").within_restaurants(),
            see,
            "what a guest will get within seven days",
            &[NOT_FOUND],
        )
        .by(v1::rehearsals::guest),
        read(
            get(GUEST).within_restaurants(),
            Scope::GuestsRead,
            "a guest's card, consents, facts and tags",
            &[NOT_FOUND],
        )
        .by(v1::guests::get),
        read(
            delete(GUEST),
            Scope::Erase,
            "erase a guest for good; nothing goes to them from the answer on",
            &[NOT_FOUND],
        )
        .by(v1::guests::erase),
        read(
            get("/v1/guests/{customer_id}/page"),
            Scope::GuestsRead,
            "the link of a guest's own page",
            &[NOT_FOUND],
        )
        .by(v1::guests::page),
        with_body(put(GUEST), change, "write a guest's card, new or changed", &[]).by(v1::guests::put),
        with_body(
            post("/v1/guests/{customer_id}/tags").within_restaurants(),
            change,
            "set and remove tags",
            &[NOT_FOUND],
        )
        .by(v1::guests::tag),
        with_body(
            put(BLACKLIST).within_restaurants(),
            change,
            "a guest gets nothing but the statuses of a running order",
            &[NOT_FOUND],
        )
        .by(v1::guests::blacklist),
        read(
            delete(BLACKLIST).within_restaurants(),
            change,
            "a guest is not blacklisted any more",
            &[NOT_FOUND],
        )
        .by(v1::guests::unblacklist),
    ]
}
