//! How PostgreSQL goes about the statements of the loops, over tables that have grown for years: a dispatcher's tick, a
//! worker's batch and a provider's word read what they are about and not what was. As planned for their arguments, and as
//! planned for any (`plan_cache_mode`): a statement that a connection has prepared may be planned either way.
//!
//! Every plan that the store's own connections carry out is told by `auto_explain`, so that no statement is copied here.

use crate::programs::desk::{ByGuard, cancel, restart};
use crate::told::{Told, parts_of, plans_of};
use crate::world::*;
use bellhop_domain::phone::Region;
use bellhop_domain::receipt::{AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::*;
use bellhop_store::guests::FindingGuests;
use bellhop_store::landings::LandingBook;
use bellhop_store::ledger::*;
use bellhop_store::programs::*;
use bellhop_store::promos::PromoBook;
use bellhop_store::segments::SegmentBook;
use bellhop_test_services::Database;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Messages of the one run that has nearly all of them.
const MANY: i64 = 200_000;
/// Months of which there are parts, besides the one of nearly all messages.
const MONTHS: i64 = 14;
/// What one step of a plan may read: some pages of guests, and not a part of [`MANY`].
const FEW: f64 = 8_000.0;

/// Tables that grow with every mailing or guest. Seen from end to end, they take seconds.
const LARGE: [&str; 12] = [
    "messages",
    "attempts",
    "batches",
    "receipts",
    "opens",
    "provider_events",
    "message_requests",
    "run_endpoints",
    "endpoints",
    "customers",
    "customer_facts",
    "customer_endpoints",
];

#[tokio::test]
async fn the_loops_read_what_they_are_about() {
    let mut wrong = BTreeMap::new();
    // Runs, and quarters of the large one that wait for their next step: a brand's first mailings, and years of them.
    for (runs, waiting) in [(2, 0), (300, 2)] {
        let grown = grown(runs, waiting).await;
        for mode in ["force_generic_plan", "force_custom_plan"] {
            let plans = in_a_copy(&grown, mode, a_day).await;
            assert!(plans.len() > 200, "{mode}: only {} plans were told", plans.len());
            for (text, parts) in scattered(&plans) {
                wrong.insert((text, format!("{mode}: names {parts} parts")), ());
            }
            for plan in plans.iter().flat_map(plans_of) {
                if let Some(why) = plan.reads_too_much(&LARGE, FEW) {
                    let heading = format!("{mode}, {runs} runs, {waiting} quarters waiting: {why}");
                    wrong.insert((plan.statement().to_owned(), heading), ());
                }
            }
        }
    }
    let report: Vec<_> = wrong.keys().map(|(text, why)| format!("{why}\n    {text}")).collect();
    assert!(report.is_empty(), "{}", report.join("\n\n"));
}

/// Statements of batches and their messages that are not planned for one month alone. Others look for what is due, or for one
/// of a run, wherever it is: they read the end of an index of each month.
fn scattered(plans: &[Value]) -> Vec<(String, usize)> {
    let of_a_batch = |text: &str| {
        [
            "batch_id = $1",
            "batch_id = b.id",
            "batch_id = batches.id",
            "INTO messages",
        ]
        .iter()
        .any(|it| text.contains(it))
    };
    let text = |plan: &Value| plan["Query Text"].as_str().unwrap_or_default().to_owned();
    let of_batches = plans.iter().filter(|plan| of_a_batch(&text(plan)));
    let counted = of_batches.map(|plan| (text(plan), parts_of(plan)));
    let named = |parts: &BTreeSet<String>, table: &str| parts.iter().filter(|part| part.starts_with(table)).count();
    counted
        .map(|(text, parts)| (text, named(&parts, "messages").max(named(&parts, "attempts"))))
        .filter(|(_, parts)| *parts > 1)
        .collect()
}

/// The plans by which the store did this in a copy of a database.
pub async fn in_a_copy(grown: &Database, mode: &str, what: impl AsyncFnOnce(&mut World)) -> Vec<Value> {
    let copy = bellhop_test_services::fresh_database_like(grown).await.unwrap();
    let url = copy.url();
    let settings = [
        "options[session_preload_libraries]=auto_explain",
        "options[auto_explain.log_min_duration]=0",
        "options[auto_explain.log_analyze]=on",
        "options[auto_explain.log_timing]=off",
        "options[auto_explain.log_format]=json",
        "options[auto_explain.log_level]=notice",
        &format!("options[plan_cache_mode]={mode}"),
    ];
    let told = Told::from_now_on();
    let mut world = World::again(url, &format!("{url}?{}", settings.join("&")), NOW).await;
    what(&mut world).await;
    world.close().await;
    told.until_now()
}

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const HOUR: i64 = 60 * MINUTE;
/// Messages promoted at once, so few that to see a table of [`MANY`] from end to end is never the cheaper way.
const PROMOTED: u32 = 200;

/// Everything the loops do, in a small mailing beside a large one.
async fn a_day(world: &mut World) {
    let ledger = world.store.clone();
    pushes_and_their_next_step(world).await;
    sms_and_its_receipts(world).await;
    codes(world).await;
    a_program(world).await;
    let brief = spec(&[PUSH]).replace(r#""expires_after_minutes":600"#, r#""expires_after_minutes":1"#);
    let outlived = world.launch(&brief).await;
    world.page(outlived, 100).await;
    // The codes outlive their lives too.
    world.later(11 * MINUTE);
    ledger.reclaim(Duration::from_secs(60), world.now).await.unwrap();
    let kinds = [EndpointKind::Fcm, EndpointKind::Phone];
    for lane in Lane::ALL {
        ledger.queues(lane, &kinds, world.now).await.unwrap();
    }
    for (kind, lane) in kinds.into_iter().flat_map(|kind| Lane::ALL.map(|lane| (kind, lane))) {
        ledger.republish(kind, lane, world.now).await.unwrap();
    }
    ledger.promote_due(PROMOTED, world.now).await.unwrap();
    ledger.settle_receipts(world.now).await.unwrap();
    ledger.doubts(10_000).await.unwrap();
    let lately = world.now.minus(Duration::from_secs(3600));
    ledger
        .recent_attempts(ORG, SENDER, EndpointKind::Phone, lately)
        .await
        .unwrap();
    ledger.sender_health().await.unwrap();
    ledger.paused_senders().await.unwrap();
    ledger.stopped_countries().await.unwrap();
    let doomed = planned(world, &[PUSH]).await;
    ledger.cancel(ORG, doomed, "tester", world.now).await.unwrap();
    ledger.begin_due(world.now).await.unwrap();
    ledger.unplanned().await.unwrap();
    ledger.count_alive().await.unwrap();
    ledger.run_states(&[BIG, doomed]).await.unwrap();
    assert!(ledger.finish_runs(world.now).await.unwrap().contains(&doomed));
    ledger.settle_receipts(world.now).await.unwrap();
    let newest = ledger.guest_messages(ORG, CustomerId(7), None, 2).await.unwrap();
    let after = newest.last().map(|it| it.message);
    ledger.guest_messages(ORG, CustomerId(7), after, 20).await.unwrap();
    lists(world).await;
}

/// What people look through.
async fn lists(world: &World) {
    let (store, now) = (&world.store, world.now);
    for words in ["Guest 7", "c7", "+79990000007"] {
        store
            .find_guests(ORG, words, Region::RU, CustomerId(0), 51)
            .await
            .unwrap();
    }
    let orders = store.orders_of_guest(ORG, CustomerId(7), None, None, 51).await.unwrap();
    let after = orders.last().map(|it| it.number).or(Some(1));
    store
        .orders_of_guest(ORG, CustomerId(7), None, after, 51)
        .await
        .unwrap();
    let segment = world.segment("s", r#"{"all":[]}"#).await;
    store.segments(ORG, None, 51).await.unwrap();
    store.segment_uses(ORG, segment).await.unwrap();
    store.landings(ORG, None, 51).await.unwrap();
    store.landings_at_entry(ORG, now).await.unwrap();
    store.given_promo_codes(1, None, 51).await.unwrap();
}

/// A run whose first guests are planned.
async fn planned(world: &World, steps: &[&str]) -> RunId {
    let run = world.launch(&spec(steps)).await;
    world.page(run, 100).await;
    run
}

async fn pushes_and_their_next_step(world: &mut World) {
    let run = planned(world, &[PUSH, SMS]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    let ledger = world.store.clone();
    let until = world.now.plus(LEASE);
    assert!(ledger.extend(held.batch, held.lease, until).await.unwrap());
    let (taken, rest) = held.messages.split_at(10);
    let (tried, lost) = rest.split_at(10);
    world.record(run, &held, taken, &accepted()).await;
    let again = Outcome::Retry {
        after: None,
        why: "busy".into(),
    };
    world.record(run, &held, tried, &again).await;
    world.record(run, &held, &lost[..1], &gone()).await;
    // Told again: each is looked at by itself.
    world.record(run, &held, taken, &accepted()).await;
    ledger.release(held.batch, held.lease, world.now).await.unwrap();
    let opened = Some(ORG);
    ledger
        .open(opened, taken[0].id, OpenClass::Tap, None, world.now)
        .await
        .unwrap();
    world.later(3 * HOUR);
    assert!(ledger.promote_due(PROMOTED, world.now).await.unwrap() > 0);
    let batch = world.take(EndpointKind::Phone).await[0].id;
    let (of, _) = world.task(batch).await;
    ledger.put_off(&of, world.now).await.unwrap();
    ledger.known_number(batch).await.unwrap();
}

async fn sms_and_its_receipts(world: &mut World) {
    world.cap = serde_json::from_str(r#"{"per_day":1,"per_week":3}"#).ok();
    let run = planned(world, &[SMS]).await;
    let ready = world.take(EndpointKind::Phone).await;
    let batch = ready.iter().find(|batch| batch.run == run).unwrap().id;
    let held = world.lease(batch, EndpointKind::Phone).await;
    world.start(&held).await;
    for (n, message) in held.messages[..20].iter().enumerate() {
        let id = format!("gateway-{n}");
        world
            .record(run, &held, std::slice::from_ref(message), &accepted_as(Some(&id)))
            .await;
    }
    for n in 0..10 {
        receipt(world, ReceiptFor::Provider(format!("gateway-{n}"))).await;
    }
    let key = AttemptKey {
        message: held.messages[30].id,
        lease: held.lease,
    };
    receipt(world, ReceiptFor::Ours(key)).await;
    receipt(world, ReceiptFor::Provider("later".into())).await;
    let late = &held.messages[31..32];
    world.record(run, &held, late, &accepted_as(Some("later"))).await;
    world.store.settle_receipts(world.now).await.unwrap();
    world.store.doubts(10_000).await.unwrap();
}

async fn receipt(world: &World, attempt: ReceiptFor) {
    let receipt = Receipt {
        attempt,
        status: ReceiptStatus::Delivered,
        at: None,
        cost: None,
    };
    world
        .store
        .receipt(&source(EndpointKind::Phone), &receipt, world.now)
        .await
        .unwrap();
}

/// A program that fires, lets go, and arms a day ahead.
async fn a_program(world: &World) {
    let it = world.program().await;
    let all = [7, 8, 9].map(|customer| restart(&it, customer, customer, world.now));
    world.change(&all).await;
    world
        .change(&[restart(&it, 7, 20, world.now), cancel(&it, 8, 21, None)])
        .await;
    let rule = ByGuard {
        needs: Needs {
            sent_before: true,
            zones: true,
            burns: true,
        },
        ..ByGuard::of(r#"{"not":{"last_order":{"last_days":1}}}"#)
    };
    assert!(world.let_all_go(&rule).await.all() > 0);
    let until = Timestamp(world.now.0 + HOUR);
    let days = [
        Days::Birthdays(vec![(301, 303)]),
        Days::BurnsBefore(until),
        Days::Orders(vec![(OrderMark::Latest, world.now, until)]),
    ];
    for days in days {
        world.store.begin_arming(it.id, until, until).await.unwrap();
        let _ = world.store.arm_page(&it, &days, &NoPlan, 300, world.now).await.unwrap();
    }
    world.store.journal(ORG, it.id, None, None, 100).await.unwrap();
}

struct NoPlan;

impl Calendar for NoPlan {
    fn plan(&self, _: &DatedGuest) -> Replanned {
        Replanned::default()
    }

    fn replanned(&self) -> ReasonCode {
        ReasonCode(12)
    }
}

/// Messages that are asked for one by one.
async fn codes(world: &World) {
    let code = r#"{"name":"code","on_demand":{"values":["code"]},"expires_after_minutes":10,
        "waterfall":[{"channel":"sms"}],"contents":{"sms":{"text":"{{ code }}"}}}"#;
    let run = world.launch(code).await;
    let mailing = world.store.run(run).await.unwrap().mailing;
    let values = BTreeMap::from([("code".to_owned(), "4711".to_owned())]);
    for id in ["one", "one", "two"] {
        let request = MessageRequest {
            mailing,
            id,
            to: To::Customer("c7"),
            values: &values,
            kinds: &EndpointKind::ALL,
        };
        world.store.request(ORG, &request, world.now).await.unwrap();
    }
    assert!(!world.take_of(Lane::Transactional, EndpointKind::Phone).await.is_empty());
}

const BIG: RunId = RunId(1_000_000);

/// A database with a few guests whom the test mails, and [`MANY`] whom one run has mailed or is about to; so many quarters
/// of them wait for their next step.
pub async fn grown(runs: i64, waiting: i64) -> Database {
    let database = bellhop_test_services::prepared_database().await.unwrap();
    let world = World::in_database(database.url()).await;
    world.guests(40).await;
    // The years' messages are of the first month of all, and there are parts of a year and more behind it.
    for month in 0..MONTHS {
        world
            .store
            .make_room(Timestamp(NOW.0 - month * 30 * 24 * HOUR))
            .await
            .unwrap();
    }
    let month = Era::of(NOW).first_key().0;
    let arguments = [
        ("many", MANY),
        ("now", NOW.0),
        ("runs", runs),
        ("waiting", waiting),
        ("month", month),
    ];
    let mut text = include_str!("plans.sql").to_owned();
    for (name, value) in arguments {
        text = text.replace(&format!("{{{name}}}"), &value.to_string());
    }
    for text in text.split(";\n") {
        world.exec(text).await;
    }
    world.close().await;
    database
}
