//! Quiet hours (PRODUCT.md §8): a night holds batches by their guests' own clocks, and lets them go paced.

use crate::world::*;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::statistics::ReasonCount;
use bellhop_domain::*;
use bellhop_store::guests::{Organisations, OrganisationsOfTests};
use bellhop_store::ledger::*;
use bellhop_store::statistics::Statistics;
use std::collections::BTreeMap;

crate::on_both!(
    every_guest_waits_for_their_own_morning,
    a_mailing_to_nine_zones_leaves_in_each_ones_morning,
    what_waited_is_let_go_paced,
    the_night_that_comes_stops_what_is_under_way,
    a_mailings_sms_waits_for_the_guests_morning,
    nobody_waits_longer_than_the_message_lives,
    tests_know_no_night,
    changed_quiet_hours_hold_at_once,
    quiet_hours_that_there_were_none_of_hold_at_once,
);

const HOUR: i64 = 60 * MINUTE;
const NIGHT: &str =
    r#"{"quiet_hours":"22:00-09:00","release_minutes":30,"frequency_cap":{"per_day":null,"per_week":null}}"#;

fn moscow(text: &str) -> Timestamp {
    Zone::named("Europe/Moscow").unwrap().parse(text).unwrap()
}

/// It is this time in Moscow, and the organisation has quiet hours.
async fn at(world: &mut World, text: &str) {
    world.now = moscow(text);
    world.settings(NIGHT).await;
}

/// A planned run of a mailing that lives for two days.
async fn planned(world: &World, steps: &[&str]) -> RunId {
    let run = world.launch(&long(steps)).await;
    world.plan(run).await;
    run
}

fn long(steps: &[&str]) -> String {
    spec(steps).replace(r#""expires_after_minutes":600"#, r#""expires_after_minutes":2880"#)
}

/// Messages of ready batches, by their guests.
async fn ready(world: &World, kind: EndpointKind) -> Vec<i64> {
    let mut guests = Vec::new();
    for batch in world.take(kind).await {
        let of = format!(
            "SELECT customer_id AS x FROM messages WHERE batch_id = {} AND state = 1",
            batch.id
        );
        guests.extend(world.column(&of).await.iter().map(|id| id.parse::<i64>().unwrap()));
    }
    guests.sort_unstable();
    guests
}

async fn any_message(world: &World, customer: i64) -> Story {
    let id = world
        .number(&format!("SELECT id AS x FROM messages WHERE customer_id = {customer}"))
        .await;
    world.story(world.id(id).await).await
}

async fn every_guest_waits_for_their_own_morning(mut world: World) {
    at(&mut world, "2026-03-28T23:30:00").await;
    world.guests(5).await;
    // A guest's own zone goes before their home restaurant's, and that before the organisation's.
    world
        .exec(
            "INSERT INTO restaurants (id, org_id, ordinal, name, timezone) VALUES
                 (1, 1, 1, 'Vladivostok', 'Asia/Vladivostok'), (2, 1, 2, 'Berlin', 'Europe/Berlin');
             UPDATE customer_facts SET home_restaurant_id = 1 WHERE customer_id IN (2, 3);
             UPDATE customer_facts SET home_restaurant_id = 2 WHERE customer_id = 5;
             UPDATE customers SET timezone = 'Europe/Berlin' WHERE id = 3;
             UPDATE customers SET timezone = 'No/Where' WHERE id = 4;",
        )
        .await;
    let everybody: Vec<_> = (1..=5).map(CustomerId).collect();
    let foreseen = world.store.quiet_zones(ORG, &everybody).await.unwrap();
    let mut zones = BTreeMap::new();
    for zone in foreseen.into_values() {
        *zones.entry(Some(zone)).or_insert(0) += 1;
    }
    let expected = [("Asia/Vladivostok", 1), ("Europe/Berlin", 2), ("Europe/Moscow", 2)];
    assert_eq!(
        zones,
        expected.map(|(zone, guests)| (Some(zone.to_owned()), guests)).into()
    );
    let run = planned(&world, &[PUSH, SMS]).await;
    let unsent = world.store.unsent(ORG).await.unwrap().into_iter();
    assert_eq!(zones, unsent.map(|it| (it.zone, it.messages)).collect());
    // It is half past six in the morning in Vladivostok, and half past nine in the evening in Berlin.
    assert_eq!(ready(&world, EndpointKind::Fcm).await, [3, 5]);
    for (guest, open) in [
        (1, "2026-03-29T09:00:00"),
        (2, "2026-03-29T02:00:00"),
        (4, "2026-03-29T09:00:00"),
    ] {
        let story = any_message(&world, guest).await;
        let (reason, next) = (story.reason.as_deref(), story.next_possible_at.unwrap());
        assert_eq!(
            (story.state.name(), reason),
            ("pending", Some("quiet_hours")),
            "{guest}"
        );
        let late = next.0 - moscow(open).0;
        assert!(
            (0..30 * MINUTE).contains(&late),
            "guest {guest} may get it {late} ms after {open}"
        );
    }
    let held = night_holds(&world, run).await.unwrap();
    assert_eq!(held.messages, 3);
    for (may_go, open) in [
        (held.next_from, "2026-03-29T02:00:00"),
        (held.next_until, "2026-03-29T09:00:00"),
    ] {
        let late = may_go.unwrap().0 - moscow(open).0;
        assert!((0..30 * MINUTE).contains(&late), "{may_go:?}");
    }
    world.now = moscow("2026-03-29T01:59:59.999");
    assert_eq!(world.store.promote_due(100, world.now).await.unwrap(), 0);
    world.now = moscow("2026-03-29T02:30:00");
    assert_eq!(world.store.promote_due(100, world.now).await.unwrap(), 1);
    assert_eq!(ready(&world, EndpointKind::Fcm).await, [2]);
    world.now = moscow("2026-03-29T09:30:00");
    world.store.promote_due(100, world.now).await.unwrap();
    assert_eq!(ready(&world, EndpointKind::Fcm).await, [1, 4]);
    assert_eq!(any_message(&world, 1).await.reason, None);
    assert_eq!(night_holds(&world, run).await, None);
}

/// What the statistics say of the night.
async fn night_holds(world: &World, run: RunId) -> Option<ReasonCount> {
    let mailing = world.store.run(run).await.unwrap().mailing;
    let told = Statistics::mailing(&world.store, ORG, mailing, world.now)
        .await
        .unwrap();
    told.reasons.into_iter().find(|one| one.reason == QUIET_HOURS)
}

/// From Kaliningrad to Kamchatka; their restaurants are in the file of the guests' orders.
const NINE_ZONES: [(&str, &str); 9] = [
    ("Kaliningrad", "Europe/Kaliningrad"),
    ("Moscow", "Europe/Moscow"),
    ("Samara", "Europe/Samara"),
    ("Yekaterinburg", "Asia/Yekaterinburg"),
    ("Omsk", "Asia/Omsk"),
    ("Krasnoyarsk", "Asia/Krasnoyarsk"),
    ("Irkutsk", "Asia/Irkutsk"),
    ("Vladivostok", "Asia/Vladivostok"),
    ("Kamchatka", "Asia/Kamchatka"),
];

async fn a_mailing_to_nine_zones_leaves_in_each_ones_morning(mut world: World) {
    // Half past ten in the evening in Kaliningrad, half past eight in the morning in Kamchatka: night in all nine.
    at(&mut world, "2026-03-01T23:30:00").await;
    world.guests(9).await;
    let mut file = "order_id;customer_id;placed_at;total;restaurant;restaurant_timezone\n".to_owned();
    for (n, (name, zone)) in NINE_ZONES.iter().enumerate() {
        file += &format!("{n};c{};2026-02-01 12:00;500;{name};{zone}\n", n + 1);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, file).unwrap();
    let organisation = world.store.organisation_by_id(ORG).await.unwrap();
    let options = bellhop_store::import::ImportOptions {
        by_hand: Default::default(),
        dry_run: false,
        errors: None,
        language: bellhop_domain::words::Language::En,
        progress: &|_| {},
    };
    let done = world
        .store
        .import_orders(&organisation, &path, options, world.now)
        .await
        .unwrap();
    assert_eq!(
        (done.created, done.customers_created, done.errors),
        (9, 0, 0),
        "{done:?}"
    );
    planned(&world, &[PUSH]).await;
    let mut left: BTreeMap<i64, Timestamp> = BTreeMap::new();
    for _ in 0..24 * 12 {
        world.store.promote_due(100, world.now).await.unwrap();
        for guest in ready(&world, EndpointKind::Fcm).await {
            left.insert(guest, world.now);
        }
        world.now = Timestamp(world.now.0 + 5 * MINUTE);
    }
    assert_eq!(left.len(), 9, "{left:?}");
    for (n, (name, zone)) in NINE_ZONES.iter().enumerate() {
        let local = Zone::named(zone).unwrap().local(left[&(n as i64 + 1)]).unwrap();
        let minutes = i64::from(local.hour()) * 60 + i64::from(local.minute());
        assert!((9 * 60..=9 * 60 + 35).contains(&minutes), "{name}: {local}");
    }
}

async fn what_waited_is_let_go_paced(mut world: World) {
    at(&mut world, "2026-03-01T23:00:00").await;
    world.guests(30).await;
    let run = world.launch(&long(&[PUSH])).await;
    // Small pages make small batches.
    while world.page(run, 1).await != Page::Complete {}
    assert_eq!(ready(&world, EndpointKind::Fcm).await, Vec::<i64>::new());
    let mut tenths: BTreeMap<i64, u64> = BTreeMap::new();
    let opens = moscow("2026-03-02T09:00:00");
    for minute in 0..=30 {
        world.now = Timestamp(opens.0 + minute * MINUTE);
        world.store.promote_due(100, world.now).await.unwrap();
        *tenths.entry(minute / 3).or_default() += ready(&world, EndpointKind::Fcm).await.len() as u64;
    }
    assert_eq!(tenths.values().sum::<u64>(), 30);
    assert!(tenths.values().all(|n| *n <= 6), "a burst: {tenths:?}");
}

async fn the_night_that_comes_stops_what_is_under_way(mut world: World) {
    at(&mut world, "2026-03-01T21:00:00").await;
    world.guests(2).await;
    planned(&world, &[PUSH]).await;
    let published = world.take(EndpointKind::Fcm).await[0].id;
    let Claim::Leased { lease, quiet_from, .. } = world.claim(published).await else {
        panic!("it is evening");
    };
    assert_eq!(
        quiet_from,
        Some(moscow("2026-03-01T22:00:00")),
        "the worker is told when to stop"
    );
    // It gives back what it has not sent.
    world.store.release(published, lease, world.now).await.unwrap();
    let published = world.take(EndpointKind::Fcm).await[0].id;
    world.now = moscow("2026-03-01T22:00:00");
    assert!(matches!(world.claim(published).await, Claim::Held));
    world.later(2_000);
    assert_eq!(ready(&world, EndpointKind::Fcm).await, Vec::<i64>::new());
    let next = any_message(&world, 1).await.next_possible_at.unwrap();
    assert!(next >= moscow("2026-03-02T09:00:00"), "{next}");
    world.now = next;
    world.store.promote_due(100, world.now).await.unwrap();
    assert_eq!(ready(&world, EndpointKind::Fcm).await, [1, 2]);
}

async fn a_mailings_sms_waits_for_the_guests_morning(mut world: World) {
    at(&mut world, "2026-03-01T21:30:00").await;
    world.guests(1).await;
    let run = planned(&world, &[PUSH, SMS]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &gone()).await;
    world.store.promote_due(100, world.now).await.unwrap();
    let sms = world.hold(EndpointKind::Phone).await;
    // Its number was slow: the night has come between the claim and the request.
    world.now = moscow("2026-03-01T22:00:00");
    world
        .exec("UPDATE batches SET lease_until = lease_until + 3600000")
        .await;
    assert_eq!(world.start(&sms).await, []);
    world.store.release(sms.batch, sms.lease, world.now).await.unwrap();
    assert_eq!(ready(&world, EndpointKind::Phone).await, Vec::<i64>::new());
    let next = any_message(&world, 1).await.next_possible_at.unwrap();
    world.now = next;
    world.store.promote_due(100, world.now).await.unwrap();
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!(world.start(&sms).await.len(), 1);
}

async fn nobody_waits_longer_than_the_message_lives(mut world: World) {
    at(&mut world, "2026-03-01T22:30:00").await;
    world.guests(1).await;
    let run = world.planned(&[PUSH]).await;
    // Half past eight, by its ten hours.
    assert_eq!(ready(&world, EndpointKind::Fcm).await, Vec::<i64>::new());
    let story = any_message(&world, 1).await;
    assert_eq!(story.next_possible_at, Some(moscow("2026-03-02T08:30:00")));
    world.now = moscow("2026-03-02T08:30:00");
    world.store.promote_due(100, world.now).await.unwrap();
    let held = world.hold(EndpointKind::Fcm).await;
    assert!(held.messages.is_empty());
    assert_eq!(world.states(run).await, states_of([("expired", 1)]));
}

async fn tests_know_no_night(mut world: World) {
    at(&mut world, "2026-03-01T23:00:00").await;
    world.guests(1).await;
    let file = spec(&[PUSH]);
    let mailing = world
        .store
        .create_mailing(ORG, "m", &file, "tester", world.now)
        .await
        .unwrap();
    let test = world.launch_of(mailing, &file, true).await.unwrap();
    world.store.begin_due(world.now).await.unwrap();
    world.plan(test).await;
    assert_eq!(ready(&world, EndpointKind::Fcm).await, [1]);
    assert_eq!(world.excluded(test, Exclusion::FrequencyCap).await, 0);
}

/// A human changes them.
async fn put(world: &World, hours: Option<&str>) {
    let organisation = world.store.organisation_by_id(ORG).await.unwrap();
    let mut settings = organisation.settings.clone();
    settings.quiet_hours = hours.map(|hours| hours.parse().unwrap());
    let spec = bellhop_store::guests::OrganisationSpec {
        slug: organisation.slug,
        name: organisation.name,
        currency: organisation.currency,
        timezone: organisation.timezone,
        settings,
    };
    world.store.put_organisation(&spec).await.unwrap();
}

/// What was planned without any is held by each guest's own clock: it is 21:00 in Moscow and 3 in the morning in Vladivostok.
async fn quiet_hours_that_there_were_none_of_hold_at_once(mut world: World) {
    world.now = moscow("2026-03-01T21:00:00");
    world.guests(2).await;
    world
        .exec("UPDATE customers SET timezone = 'Asia/Vladivostok' WHERE id = 2")
        .await;
    planned(&world, &[PUSH]).await;
    put(&world, Some("22:00-09:00")).await;
    assert_eq!(ready(&world, EndpointKind::Fcm).await, [1]);
    put(&world, None).await;
    world.store.promote_due(100, world.now).await.unwrap();
    assert_eq!(ready(&world, EndpointKind::Fcm).await, [2]);
    // Taken back and given again: those who wait are still asked.
    let quiet = world
        .column("SELECT id AS x FROM batches WHERE quiet_from IS NULL")
        .await;
    assert!(quiet.is_empty(), "{quiet:?}");
}

async fn changed_quiet_hours_hold_at_once(mut world: World) {
    at(&mut world, "2026-03-01T21:00:00").await;
    world.guests(1).await;
    planned(&world, &[PUSH]).await;
    put(&world, Some("20:00-10:00")).await;
    assert_eq!(ready(&world, EndpointKind::Fcm).await, Vec::<i64>::new());
    assert!(any_message(&world, 1).await.next_possible_at.unwrap() >= Timestamp(world.now.0 + 13 * HOUR - 1));
    put(&world, Some("22:00-09:00")).await;
    world.store.promote_due(100, world.now).await.unwrap();
    let batch = world.take(EndpointKind::Fcm).await[0].id;
    let (of, _) = world.task(batch).await;
    world.store.put_off(&of, world.now).await.unwrap();
    world.now = moscow("2026-03-01T22:10:00");
    assert_eq!(ready(&world, EndpointKind::Fcm).await, Vec::<i64>::new());
    put(&world, None).await;
    world.store.promote_due(100, world.now).await.unwrap();
    assert_eq!(ready(&world, EndpointKind::Fcm).await, [1]);
}
