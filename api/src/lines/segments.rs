//! Saved segments, landings, promo codes and rules of tags: what audiences and texts are made of.

use super::{NOT_FOUND, Refusals, making, read, with_body};
use crate::routes::{Keyed, Route, delete, get, post, put};
use crate::{Api, v1};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;

const SEE: Scope = Scope::MailingsRead;
const WRITE: Scope = Scope::Mailings;

pub(crate) fn segments() -> Vec<Route<Api>> {
    const SEGMENT: &str = "/v1/segments/{id}";
    const TAKEN: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "Another segment has the name")];
    const USED: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "Somebody uses it")];
    vec![
        making(post("/v1/segments"), WRITE, "save a filter by a name", TAKEN)
            .by(v1::segments::post)
            .once(),
        read(get("/v1/segments"), SEE, "the saved segments, a page at a time", &[])
            .by(v1::segments::list)
            .with_query::<v1::segments::Which>(),
        read(get(SEGMENT), SEE, "a segment, and who uses it", &[NOT_FOUND]).by(v1::segments::get),
        with_body(
            put(SEGMENT),
            WRITE,
            "change a segment, for all who use it by its name",
            TAKEN,
        )
        .by(v1::segments::put)
        .if_match(),
        making(
            post("/v1/segments/{id}/duplicate"),
            WRITE,
            "a segment with the same filter",
            TAKEN,
        )
        .by(v1::segments::duplicate)
        .once(),
        read(delete(SEGMENT), WRITE, "remove a segment that nobody uses", USED)
            .by(v1::segments::remove)
            .if_match(),
        making(
            post("/v1/runs/{id}/segment"),
            WRITE,
            "a segment of a run's recipients, by state and reason",
            TAKEN,
        )
        .by(v1::segments::of_run)
        .once(),
        making(
            post("/v1/runs/{id}/again"),
            WRITE,
            "a draft of the same for those who did not get it",
            &[NOT_FOUND, (StatusCode::CONFLICT, "It is sent on demand")],
        )
        .by(v1::segments::again)
        .once(),
    ]
}

pub(crate) fn landings() -> Vec<Route<Api>> {
    const LANDING: &str = "/v1/landings/{id}";
    const SEGMENTLESS: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "There is no such segment")];
    let seen = |at, summary| Keyed {
        body_bytes: 4 << 10,
        ..with_body(at, Scope::Landings, summary, &[NOT_FOUND])
    };
    vec![
        making(
            post("/v1/landings"),
            WRITE,
            "a page of an image, a text and a button",
            SEGMENTLESS,
        )
        .by(v1::landings::post)
        .once(),
        read(get("/v1/landings"), SEE, "the landings, a page at a time", &[])
            .by(v1::landings::list)
            .with_query::<v1::landings::Which>(),
        read(
            get("/v1/landings/current"),
            Scope::Landings,
            "which landing to show at the entry, if any",
            &[],
        )
        .by(v1::landings::current)
        .with_query::<v1::landings::Who>(),
        read(get(LANDING), SEE, "a landing", &[NOT_FOUND]).by(v1::landings::get),
        read(
            get("/v1/landings/{id}/statistics"),
            Scope::Statistics,
            "how often it was shown and pressed, and what was ordered",
            &[NOT_FOUND],
        )
        .by(v1::landings::statistics),
        with_body(put(LANDING), WRITE, "change a landing", SEGMENTLESS)
            .by(v1::landings::put)
            .if_match(),
        seen(post("/v1/landings/{id}/shown"), "an app or a site has shown it").by(v1::landings::shown),
        seen(post("/v1/landings/{id}/clicked"), "its button was pressed there").by(v1::landings::clicked),
        read(
            delete(LANDING),
            WRITE,
            "remove a landing; its figures stay",
            &[NOT_FOUND],
        )
        .by(v1::landings::remove)
        .if_match(),
    ]
}

pub(crate) fn promos() -> Vec<Route<Api>> {
    const LIST: &str = "/v1/promo-lists/{list}";
    const CODES: &str = "/v1/promo-lists/{list}/codes";
    const COMMON: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "It has one code for all guests")];
    let add = Keyed {
        // Some twenty thousand codes.
        body_bytes: 1 << 20,
        ..with_body(post(CODES), WRITE, "add personal codes to a list, all or none", COMMON)
    };
    vec![
        read(get("/v1/promo-lists"), SEE, "the lists of promo codes", &[]).by(v1::promos::list),
        read(get(LIST), SEE, "a list, and how many codes are left", &[NOT_FOUND]).by(v1::promos::get),
        with_body(
            put(LIST),
            WRITE,
            "make a list, or change its end or common code",
            &[(StatusCode::CONFLICT, "There is a list of the other kind by this name")],
        )
        .by(v1::promos::put),
        add.by(v1::promos::add),
        read(
            get(CODES),
            Scope::GuestsRead,
            "the codes of a list that messages have, a page at a time",
            &[NOT_FOUND],
        )
        .by(v1::promos::given)
        .with_query::<v1::promos::Which>(),
        read(
            delete(LIST),
            WRITE,
            "delete a list with the codes that nobody got",
            &[NOT_FOUND],
        )
        .by(v1::promos::remove),
        read(get("/v1/promo-tags"), SEE, "the promos whose use sets tags", &[]).by(v1::promos::tags),
        with_body(
            put("/v1/promo-tags/{promo}"),
            WRITE,
            "the tags that a guest gets who uses the promo",
            &[],
        )
        .by(v1::promos::put_tags),
    ]
}

pub(crate) fn tag_rules() -> Vec<Route<Api>> {
    const RULE: &str = "/v1/tag-rules/{id}";
    const MANY: Refusals = &[(StatusCode::CONFLICT, "There are as many rules as there may be")];
    vec![
        read(
            get("/v1/tags"),
            Scope::GuestsRead,
            "the tags, and how many guests have each",
            &[],
        )
        .by(v1::guests::all_tags),
        making(post("/v1/tag-rules"), WRITE, "a rule that sets a tag by itself", MANY)
            .by(v1::tag_rules::post)
            .once(),
        read(
            get("/v1/tag-rules"),
            SEE,
            "the rules of tags, and how far they have been brought to guests",
            &[],
        )
        .by(v1::tag_rules::list),
        with_body(
            post("/v1/tag-rules/preview"),
            SEE,
            "how many guests a rule would tag",
            &[],
        )
        .by(v1::tag_rules::preview),
        read(
            get("/v1/tag-rules/pass"),
            SEE,
            "how far rules have been brought to all guests",
            &[],
        )
        .by(v1::tag_rules::pass),
        read(get(RULE), SEE, "a rule with its versions", &[NOT_FOUND]).by(v1::tag_rules::get),
        with_body(put(RULE), WRITE, "another version of a rule", &[NOT_FOUND])
            .by(v1::tag_rules::put)
            .if_match(),
        read(
            post("/v1/tag-rules/{id}/apply"),
            WRITE,
            "let a rule speak of everybody",
            &[NOT_FOUND],
        )
        .by(v1::tag_rules::apply),
        read(
            delete(RULE),
            WRITE,
            "remove a rule; what it has set is taken back",
            &[NOT_FOUND],
        )
        .by(v1::tag_rules::remove),
    ]
}
