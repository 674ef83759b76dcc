//! What people ask of a ledger that has grown for years: each question finds its rows by an index, and reads none of the ledger's
//! tables from end to end.

use crate::plans::{grown, in_a_copy};
use crate::told::{parts_of, plans_of};
use crate::world::*;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;
use bellhop_store::audience::Audience;
use bellhop_store::ledger::*;
use bellhop_store::statistics::Statistics;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A mailing of some dozen messages in years of them.
const SMALL: MailingId = MailingId(1_000_095);
/// A guest of the years.
const GUEST: i64 = 1_000_095;

const LEDGER: [&str; 4] = ["messages", "attempts", "opens", "audit_log"];

#[tokio::test]
async fn what_people_ask_is_found_by_an_index() {
    let grown = grown(300, 2).await;
    let (generic, custom) = ("force_generic_plan", "force_custom_plan");
    let mut wrong = BTreeSet::new();
    for plan in in_a_copy(&grown, custom, audiences).await.iter().flat_map(plans_of) {
        if let Some(why) = plan.reads_too_much(&LEDGER, f64::INFINITY) {
            wrong.insert(format!("audience: {why}\n    {}", plan.statement()));
        }
    }
    for mode in [generic, custom] {
        let plans = in_a_copy(&grown, mode, questions).await;
        assert!(
            plans.iter().any(|plan| names(plan, "customer_id_idx")),
            "{mode}: no guest's messages"
        );
        assert!(
            plans.iter().any(|plan| names(plan, "run_id_id_idx")),
            "{mode}: no opened messages of a run"
        );
        for plan in plans.iter().flat_map(plans_of) {
            if let Some(why) = plan.reads_too_much(&LEDGER, f64::INFINITY) {
                wrong.insert(format!("{mode}: {why}\n    {}", plan.statement()));
            }
        }
    }
    let report: Vec<_> = wrong.into_iter().collect();
    assert!(report.is_empty(), "{}", report.join("\n\n"));
}

/// Whether the plan uses an index of such a name.
fn names(plan: &Value, index: &str) -> bool {
    plan.to_string().contains(index) && !parts_of(plan).is_empty()
}

async fn questions(world: &mut World) {
    let (store, now) = (world.store.clone(), world.now);
    let file = spec(&[PUSH]);
    world
        .exec(&format!("UPDATE mailings SET spec = '{file}' WHERE id = {SMALL}"))
        .await;
    let newest = store.guest_messages(ORG, CustomerId(GUEST), None, 1).await.unwrap();
    let last = newest.last().map(|it| it.message);
    assert!(last.is_some());
    let older = store.guest_messages(ORG, CustomerId(GUEST), last, 20).await.unwrap();
    assert!(!older.is_empty());
    store.story(ORG, older[0].message).await.unwrap();
    Statistics::mailing(&store, ORG, SMALL, now).await.unwrap();
    store.over_time(ORG, SMALL).await.unwrap();
    store.by_restaurant(ORG, SMALL).await.unwrap();
    store.runs_under_way(ORG).await.unwrap();
}

/// An audience is planned for its values each time it is asked for.
async fn audiences(world: &mut World) {
    let (store, now) = (world.store.clone(), world.now);
    for outcome in ["sent", "opened", "not_opened"] {
        let of = json!({ "mailing": { "id": SMALL.0, "outcome": [outcome] } });
        let segment: Segment = serde_json::from_value(of).unwrap();
        store.count(ORG, &segment, now).await.unwrap();
        let guest = format!("many-{}", GUEST - 1_000_000);
        store.explain(ORG, &segment, now, &guest).await.unwrap();
    }
}
