//! Borders that a random base seldom meets, every one of them.

use super::both;
use super::property::{Question, compare, fill};
use super::world::{DAY, MIDDLE, World, delivered, plain};
use crate::guests::LATEST_ORDERS;
use bellhop_domain::segment::Order;
use bellhop_domain::{Money, Timestamp, Zone};
use serde_json::json;

async fn agree(world: World, questions: Vec<Question>) {
    let (lite, postgres, _homes) = both().await;
    for store in [&lite, &postgres] {
        fill(store, &world, 1).await.unwrap();
        for question in &questions {
            compare(store, &world, 1, question).await.unwrap();
        }
    }
}

/// Distances that lie on and beside the thresholds of 14 and 30 days, from each other and from the instants asked.
const DAYS_AGO: [i64; 6] = [44, 30, 28, 16, 14, 0];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retention_on_every_threshold() {
    let subsets = (1u32..64).map(|bits| {
        let in_subset = |i: &usize| bits & (1 << i) != 0;
        (0..6)
            .filter(in_subset)
            .map(|i| MIDDLE - DAYS_AGO[i] * DAY)
            .collect::<Vec<_>>()
    });
    let world = plain(subsets, |guest, placed| {
        guest.orders = placed.into_iter().map(|at| delivered(Timestamp(at))).collect();
    });
    let mut questions = Vec::new();
    for category in ["new", "active", "cooling", "lost", "returned"] {
        // In the past there are orders after the instant, at the end none.
        for (day, ms) in [(0, -1), (0, 0), (0, 1), (14, 0), (14, 1), (-14, 0), (-14, 1)] {
            questions.push((json!({"retention": [category]}), Timestamp(MIDDLE + day * DAY + ms)));
        }
    }
    agree(world, questions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn birthdays_about_the_ends_of_february_and_of_the_year() {
    let birthdays = [101, 102, 227, 228, 229, 301, 302, 1230, 1231];
    let world = plain(birthdays, |guest, birthday| guest.birthday = Some(birthday));
    let mut questions = Vec::new();
    // Vladivostok is ten hours ahead: its day begins at 14:00 UTC.
    for at in [
        "2026-02-27T14:00:00Z",
        "2026-02-28T14:00:00Z",
        "2028-02-27T14:00:00Z",
        "2028-02-28T13:59:59Z",
        "2028-02-29T00:00:00Z",
        "2026-12-29T14:00:00Z",
    ] {
        for days in [0, 1, 2, 3, 59, 60, 363, 364, 365, 366, 1000] {
            questions.push((
                json!({"birthday": {"within_days": days}}),
                Zone::utc().parse(at).unwrap(),
            ));
        }
    }
    agree(world, questions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn periods_that_begin_or_end_with_an_order() {
    let days = [-3, -2, -1, 0, 1];
    let pairs = days.into_iter().flat_map(|a| days.into_iter().map(move |b| (a, b)));
    let world = plain(pairs, |guest, (a, b)| {
        guest.orders = [a, b].map(|day| delivered(Timestamp(MIDDLE + day * DAY))).into();
        guest.registered_at = (a != b).then_some(Timestamp(MIDDLE + a * DAY));
    });
    let instant = |day: i64| Timestamp(MIDDLE + day * DAY).to_rfc3339();
    let mut questions = Vec::new();
    for (from, to) in [(-2, -1), (-2, 0), (-1, 0), (-1, 1), (0, 1)] {
        for as_of in [-1, 0, 1, 2] {
            let period = json!({"from": instant(from), "to": instant(to)});
            for filter in [
                json!({"orders": {"between": period}}),
                json!({"orders": {"between": period, "count": {"max": 0}}}),
                json!({"orders": {"between": period, "count": {"min": 2}}}),
                json!({"orders": {"between": period, "count": {"max": 1}}}),
                json!({"first_order": period}),
                json!({"last_order": period}),
                json!({"registered": period}),
                json!({"not": {"registered": period}}),
            ] {
                questions.push((filter, Timestamp(MIDDLE + as_of * DAY)));
            }
        }
    }
    agree(world, questions).await;
}

/// More and fewer orders than are kept of a guest, in the period and before it; asked after the last of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn latest_orders_up_to_now() {
    let most = i64::from(LATEST_ORDERS) + 3;
    let histories = (0..=most).flat_map(|orders| [0, 2, 9].map(|days_ago| (orders, days_ago)));
    let world = plain(histories, |guest, (orders, days_ago)| {
        let placed = (0..orders).map(|nth| Order {
            total: Money(1_000_000 * (nth % 3 + 1)),
            ..delivered(Timestamp(MIDDLE - (days_ago + nth) * DAY))
        });
        guest.orders = placed.collect();
    });
    let mut questions = Vec::new();
    for days in [1, 3, 8, 9, 30] {
        let period = json!({"last_days": days});
        for asked in [
            json!({"between": period, "count": {"min": 2}}),
            json!({"between": period, "count": {"max": 2}}),
            json!({"between": period, "count": {"min": 9, "max": 10}}),
            json!({"between": period, "total": {"min": 450}}),
            json!({"between": period, "total": {"max": 450}}),
            json!({"between": period, "count": {"min": 3}, "total": {"min": 1500}}),
            json!({"between": period, "count": {"min": 1}, "average": {"min": 200, "max": 220}}),
        ] {
            let orders = json!({"orders": asked});
            let beside = json!({"any": [orders, {"customers": ["c1"]}]});
            for filter in [json!({"not": orders}), beside, json!({"all": [orders]})] {
                questions.push((filter, Timestamp(MIDDLE + 1)));
            }
        }
    }
    agree(world, questions).await;
}
