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
    vec![
        read(
            get(GUEST).within_restaurants(),
            Scope::GuestsRead,
            "a guest's card, consents, facts and tags",
            &[NOT_FOUND],
        )
        .by(v1::guests::get),
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
