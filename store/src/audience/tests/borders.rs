//! Borders that a random base seldom meets, every one of them.

use super::both;
use super::property::{Question, compare, fill};
use super::world::{DAY, MIDDLE, World, delivered, plain};
use bellhop_domain::{Timestamp, Zone};
use serde_json::json;

async fn agree(world: World, questions: Vec<Question>) {
    let (lite, postgres, _folder) = both().await;
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
            ] {
                questions.push((filter, Timestamp(MIDDLE + as_of * DAY)));
            }
        }
    }
    agree(world, questions).await;
}
