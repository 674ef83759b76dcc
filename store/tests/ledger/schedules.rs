//! Schedules (PRODUCT.md §5): a start begins once, each guest gets it at their own time, and rests between runs.

use crate::world::*;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use std::time::Duration;

crate::on_both!(
    a_start_begins_once_whoever_looks,
    a_schedule_that_was_changed_begins_nothing_by_the_old_one,
    a_removed_schedule_begins_nothing,
    each_guest_gets_it_at_their_own_time,
    whose_time_is_past_is_skipped_and_counted,
    a_guest_rests_between_runs,
    lives_count_from_the_last_clock,
);

const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A mailing whose next start is now.
async fn scheduled(world: &World, schedule: &str) -> Scheduled {
    let mailing = (world.store)
        .create_mailing(ORG, "m", &spec(&[PUSH]), "tester", world.now)
        .await
        .unwrap();
    let it = Scheduled {
        org: ORG,
        mailing,
        schedule: schedule.to_owned(),
        made_at: world.now,
        handled: Timestamp(world.now.0 - 1),
        late: Duration::from_secs(3600),
        next_at: Some(world.now),
    };
    world.store.put_schedule(&it, "tester", world.now).await.unwrap();
    it
}

fn start(at: Timestamp) -> ScheduledStart {
    ScheduledStart {
        at,
        own_time: None,
        rest: None,
    }
}

async fn begin(world: &World, read: &Scheduled, start: &ScheduledStart, next: Option<Timestamp>) -> Vec<RunId> {
    let starts = std::slice::from_ref(start);
    (world.store)
        .begin_scheduled(read, starts, world.now, next, world.now)
        .await
        .unwrap()
}

/// Begins a run of the mailing at an instant; its schedule goes on.
async fn run_at(world: &World, mailing: MailingId, start: &ScheduledStart) -> RunId {
    let read = world.store.schedule(ORG, mailing).await.unwrap().unwrap();
    let runs = begin(world, &read, start, Some(Timestamp(world.now.0 + 1))).await;
    world.store.begin_due(world.now).await.unwrap();
    runs[0]
}

async fn a_start_begins_once_whoever_looks(mut world: World) {
    world.guests(2).await;
    let it = scheduled(&world, "{}").await;
    assert_eq!(
        world.store.due_schedules(10, Timestamp(world.now.0 - 1)).await.unwrap(),
        []
    );
    let due = world.store.due_schedules(10, world.now).await.unwrap();
    assert_eq!(due, std::slice::from_ref(&it));
    let next = Timestamp(world.now.0 + DAY);
    let start = start(world.now);
    // Two dispatchers that have read the same.
    let (one, other) = tokio::join!(
        begin(&world, &it, &start, Some(next)),
        begin(&world, &it, &start, Some(next))
    );
    assert_eq!(one.len() + other.len(), 1);
    assert_eq!(begin(&world, &it, &start, Some(next)).await, [], "whoever comes late");
    assert_eq!(world.store.due_schedules(10, world.now).await.unwrap(), []);
    let runs = world.store.runs_of(ORG, it.mailing).await.unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].start_at, runs[0].spec.as_str()), (world.now, &*spec(&[PUSH])));
    // The next one, while the first still runs.
    world.store.begin_due(world.now).await.unwrap();
    world.now = next;
    let due = world.store.due_schedules(10, world.now).await.unwrap();
    assert_eq!(due.iter().map(|it| it.mailing).collect::<Vec<_>>(), [it.mailing]);
    let second = self::start(next);
    assert_eq!(begin(&world, &due[0], &second, None).await.len(), 1);
    assert_eq!(world.store.runs_of(ORG, it.mailing).await.unwrap().len(), 2);
    let left = world.store.schedule(ORG, it.mailing).await.unwrap().unwrap();
    assert_eq!((left.next_at, left.handled), (None, next));
}

async fn a_schedule_that_was_changed_begins_nothing_by_the_old_one(world: World) {
    let old = scheduled(&world, r#"{"old":1}"#).await;
    let new = Scheduled {
        schedule: r#"{"new":1}"#.to_owned(),
        next_at: Some(Timestamp(world.now.0 + DAY)),
        ..old.clone()
    };
    world.store.put_schedule(&new, "tester", world.now).await.unwrap();
    assert_eq!(begin(&world, &old, &start(world.now), None).await, []);
    assert_eq!(world.store.schedule(ORG, old.mailing).await.unwrap(), Some(new));
    assert_eq!(world.store.runs_of(ORG, old.mailing).await.unwrap().len(), 0);
}

async fn a_removed_schedule_begins_nothing(world: World) {
    let it = scheduled(&world, "{}").await;
    let remove = async || {
        (world.store)
            .remove_schedule(ORG, it.mailing, "tester", world.now)
            .await
            .unwrap()
    };
    assert!(remove().await);
    assert!(!remove().await);
    assert_eq!(begin(&world, &it, &start(world.now), None).await, []);
    assert_eq!(world.store.schedule(ORG, it.mailing).await.unwrap(), None);
    let audited = "SELECT action AS x FROM audit_log WHERE action LIKE 'mailing.%schedule' ORDER BY id";
    assert_eq!(world.column(audited).await, ["mailing.schedule", "mailing.unschedule"]);
    let nobody = MailingId(it.mailing.0 + 1);
    let error = (world.store)
        .remove_schedule(ORG, nobody, "tester", world.now)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("mailing"), "{error}");
}

/// Plans for ten o'clock by each guest's own clock.
struct AtTen(FirstStep, &'static str);

impl Planner for AtTen {
    fn choose(&self, guest: &PlanGuest) -> Choice {
        self.0.choose(guest)
    }

    fn unattached(&self, kind: EndpointKind) -> Option<u16> {
        self.0.unattached(kind)
    }

    fn moment(&self, zone: &Zone, now: Timestamp) -> Moment {
        let at = zone.parse(self.1).unwrap();
        match at >= now {
            true => Moment::At(at),
            false => Moment::Never,
        }
    }
}

fn at(zone: &str, text: &str) -> Timestamp {
    Zone::named(zone).unwrap().parse(text).unwrap()
}

const TEN: &str = "2026-12-01T10:00:00";

/// Three guests, in Vladivostok, in Moscow (by the organisation) and in Berlin; the mailing is planned for ten by their clocks.
async fn planned_for_ten(world: &mut World, now: Timestamp) -> RunId {
    world.now = now;
    world.store.make_room(now).await.unwrap();
    world.guests(3).await;
    let zones = "UPDATE customers SET timezone = 'Asia/Vladivostok' WHERE id = 1;
                 UPDATE customers SET timezone = 'Europe/Berlin' WHERE id = 3;";
    world.exec(zones).await;
    let it = scheduled(world, "{}").await;
    let start = ScheduledStart {
        at: world.now,
        own_time: Some(OwnTimeOfRun {
            told: r#"{"clock":"2026-12-01T10:00:00","past":"skip"}"#.to_owned(),
            last: Timestamp(world.now.0 + 26 * HOUR),
        }),
        rest: None,
    };
    let run = run_at(world, it.mailing, &start).await;
    let planner = AtTen(world.planner(run).await, TEN);
    while world.store.plan_page(run, 2, &planner, world.now).await.unwrap() != Page::Complete {}
    run
}

/// The guests whose batches may be published now.
async fn ready(world: &World) -> Vec<String> {
    world.store.promote_due(100, world.now).await.unwrap();
    let mut guests = Vec::new();
    for batch in world.take(EndpointKind::Fcm).await {
        let of = format!("SELECT customer_id AS x FROM messages WHERE batch_id = {}", batch.id);
        guests.extend(world.column(&of).await);
    }
    guests
}

async fn each_guest_gets_it_at_their_own_time(mut world: World) {
    planned_for_ten(&mut world, at("UTC", "2026-11-30T20:00:00")).await;
    assert_eq!(ready(&world).await, Vec::<String>::new());
    for (guest, zone) in [
        ("1", "Asia/Vladivostok"),
        ("2", "Europe/Moscow"),
        ("3", "Europe/Berlin"),
    ] {
        let own = at(zone, TEN);
        world.now = Timestamp(own.0 - 1);
        assert_eq!(ready(&world).await, Vec::<String>::new(), "before ten in {zone}");
        world.now = own;
        assert_eq!(ready(&world).await, [guest], "at ten in {zone}");
    }
}

async fn whose_time_is_past_is_skipped_and_counted(mut world: World) {
    let run = planned_for_ten(&mut world, at("Asia/Vladivostok", "2026-12-01T10:00:01")).await;
    assert_eq!(world.excluded(run, Exclusion::OwnTimePast).await, 1);
    world.now = at("Europe/Berlin", TEN);
    assert_eq!(ready(&world).await.len(), 2);
}

async fn a_guest_rests_between_runs(mut world: World) {
    world.guests(2).await;
    let it = scheduled(&world, "{}").await;
    let rest = Some(Duration::from_secs(6 * 86_400));
    let begun = world.now;
    for (days, newcomers, planned, resting) in [(0, 0, 2, 0), (3, 1, 1, 2), (6, 0, 2, 1), (9, 0, 1, 2)] {
        world.now = Timestamp(begun.0 + days * DAY);
        world.store.make_room(world.now).await.unwrap();
        if newcomers > 0 {
            world.reachable(3).await;
        }
        let start = ScheduledStart {
            rest,
            ..start(world.now)
        };
        let run = run_at(&world, it.mailing, &start).await;
        world.plan(run).await;
        let messages = format!("SELECT COUNT(*) AS x FROM messages WHERE run_id = {run}");
        assert_eq!(world.number(&messages).await, planned, "after {days} days");
        assert_eq!(
            world.excluded(run, Exclusion::Resting).await,
            resting,
            "after {days} days"
        );
    }
}

async fn lives_count_from_the_last_clock(mut world: World) {
    let now = at("UTC", "2026-11-30T20:00:00");
    let run = planned_for_ten(&mut world, now).await;
    let expires = world.store.run(run).await.unwrap().expires_at.unwrap();
    // 26 hours until the last clock, and the mailing's ten hours.
    assert_eq!(expires, Timestamp(now.0 + 36 * HOUR));
}
