//! Statistics over time, by restaurant and over a period: they add up to the statistics, whatever was frozen meanwhile.

use crate::database::Database;
use crate::random::rows;
use crate::rows::{MINUTE_MS, Message, Rows, instant};
use bellhop_domain::curve::{Happened, SLOT_MS, Slots};
use bellhop_domain::statistics::MailingStatistics;
use bellhop_domain::{MailingId, Money, OrgId, Timestamp};
use bellhop_store::statistics::{Brought, OverTime, Period, Statistics};

const ORGANISATIONS: i32 = 12;

/// The messages of a mailing, one by one. Orders are left out.
fn reference(rows: &Rows, mailing: i64) -> Slots {
    let mut slots = Slots::default();
    for run in rows.runs.iter().filter(|it| it.mailing == mailing && !it.test) {
        for message in rows.messages.iter().filter(|it| it.run == run.id) {
            slots.at(Timestamp(instant(run.start_at))).planned += 1;
            let opened = message.by_people().map(|(at, _)| *at).min();
            if let Some(at) = message.sent_at.or(opened) {
                slots.at(Timestamp(instant(at))).sent += 1;
            }
            if let Some(at) = opened {
                slots.at(Timestamp(instant(at))).opened += 1;
            }
            if has_arrived(message) {
                // The rows' attempts begin with 1970.
                slots.of(0).delivered += 1;
            }
        }
    }
    slots
}

fn has_arrived(message: &Message) -> bool {
    message.attempts.iter().any(|attempt| [7, 9].contains(&attempt.state))
}

async fn over_time(database: &Database, rows: &Rows, mailing: i64) -> OverTime {
    let asked = database.store.over_time(OrgId(rows.org), MailingId(mailing));
    asked.await.unwrap()
}

/// Without orders, which are added in the slots of their own.
fn messages(slots: &Slots) -> Slots {
    let mut only = Slots::default();
    for (slot, it) in slots.iter() {
        let happened = Happened {
            orders: 0,
            revenue: Money(0),
            ..*it
        };
        if happened != Happened::default() {
            *only.of(slot) = happened;
        }
    }
    only
}

fn adds_up(over_time: &OverTime, statistics: &MailingStatistics) {
    let sum = over_time.slots.sum();
    assert_eq!(sum.planned, statistics.planned);
    assert_eq!(sum.opened, statistics.opened);
    assert_eq!((sum.orders, over_time.buyers), (statistics.orders, statistics.buyers));
    assert_eq!(sum.revenue, statistics.revenue.money);
}

async fn is_as_the_reference(database: Database) {
    let ledgers: Vec<Rows> = (1..=ORGANISATIONS).map(rows).collect();
    let mut orders = 0;
    for rows in &ledgers {
        database.put(rows).await;
    }
    for rows in &ledgers {
        for mailing in &rows.mailings {
            let told = over_time(&database, rows, mailing.id).await;
            assert_eq!(
                messages(&told.slots),
                reference(rows, mailing.id),
                "{}: {rows:#?}",
                mailing.id
            );
            let statistics = database.statistics(rows, mailing.id).await;
            adds_up(&told, &statistics);
            let by = database
                .store
                .by_restaurant(OrgId(rows.org), MailingId(mailing.id))
                .await
                .unwrap();
            let of_all: u64 = by.restaurants.iter().map(|it| it.orders).sum();
            assert_eq!(of_all, statistics.orders);
            orders += of_all;
        }
        a_period_is_all_of_it(&database, rows).await;
    }
    assert!(orders > 5, "{orders} orders are too few to tell");
}

/// From the beginning of time to its end.
async fn a_period_is_all_of_it(database: &Database, rows: &Rows) {
    let whole = Period {
        from: Timestamp(0),
        until: Timestamp(instant(10_000)),
    };
    let report = database.store.report(OrgId(rows.org), whole).await.unwrap();
    for mailing in &rows.mailings {
        let statistics = database.statistics(rows, mailing.id).await;
        let found = report.mailings.iter().find(|it| it.mailing.0 == mailing.id);
        let brought = found.map(|it| it.brought.clone()).unwrap_or_default();
        let Brought {
            orders,
            revenue,
            buyers,
            ..
        } = &brought;
        assert_eq!(
            (*orders, *revenue),
            (statistics.orders, statistics.revenue.money),
            "{rows:#?}"
        );
        assert_eq!(buyers.len() as u64, statistics.buyers);
        // What has not begun sends nothing; only rows drawn at random do.
        let begun = |run: &crate::rows::Run| run.mailing != mailing.id || run.test || run.started;
        if rows.runs.iter().all(begun) {
            let cost: i64 = brought.channels.values().map(|it| it.cost.0).sum();
            assert_eq!(
                (brought.planned, brought.opened),
                (statistics.planned, statistics.opened)
            );
            assert_eq!(cost, statistics.cost.money.0);
        }
    }
    let nothing = Period {
        from: Timestamp(instant(20_000)),
        until: Timestamp(instant(20_001)),
    };
    let report = database.store.report(OrgId(rows.org), nothing).await.unwrap();
    let sums = report.mailings.iter().map(|it| it.brought.orders + it.brought.sent);
    assert_eq!(sums.sum::<u64>(), 0);
}

#[tokio::test]
async fn on_sqlite() {
    is_as_the_reference(Database::sqlite().await).await;
}

#[tokio::test]
async fn on_postgres() {
    is_as_the_reference(Database::postgres().await).await;
}

#[test]
fn a_slot_is_a_quarter_of_an_hour() {
    assert_eq!(SLOT_MS, 15 * MINUTE_MS);
}
