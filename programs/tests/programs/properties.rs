//! What holds for whatever is told, edited, and told again.

use super::events::Book;
use super::{at, cart, firing, order, program};
use bellhop_domain::event::{Event, EventKind};
use bellhop_domain::{Timestamp, Zone};
use bellhop_programs::engine::{
    Birthday, Circumstances, Firing, FiringState, GuestDates, Verdict, let_go, next_date, replan,
};
use bellhop_programs::{Definition, read};
use proptest::prelude::*;
use std::collections::BTreeSet;

const ZONES: [&str; 6] = [
    "Europe/Moscow",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
];
const DAY: i64 = 86_400_000;

fn cart_program() -> Definition {
    program(
        r#""trigger":{"event":{"kind":"cart.changed","where":{"cart.total":{"min":1}}}},"delay":{"minutes":60},
           "restarts":true,"cancel_on":[{"kind":"order.placed"}]"#,
    )
}

fn order_program() -> Definition {
    program(
        r#""trigger":{"event":{"kind":"order.delivered"}},"again":{"once_per":"order"},"delay":{"minutes":30},
           "cancel_on":[{"kind":"order.cancelled"}]"#,
    )
}

/// Events of one guest, each some minutes after the one before, as the outbox tells them.
fn stories() -> impl Strategy<Value = Vec<Event>> {
    let one = (0..5_u8, 0..90_i64, 0..3_u8);
    prop::collection::vec(one, 1..12).prop_map(|all| {
        let mut now = at("2026-12-01T09:00:00Z");
        let numbered = (1..).zip(all);
        let told = numbered.map(|(number, (what, minutes, id))| {
            now = Timestamp(now.0 + minutes * 60_000);
            let id = format!("A-{id}");
            match what {
                0 | 1 => cart(number, now, "500"),
                2 => order(number, EventKind::OrderPlaced, now, &id, "site"),
                3 => order(number, EventKind::OrderDelivered, now, &id, "site"),
                _ => order(number, EventKind::OrderCancelled, now, &id, "site"),
            }
        });
        told.collect()
    })
}

/// Lets go what is due, as a dispatcher does; what has gone, by occasion.
fn let_all_go(definition: &Definition, book: &mut Book, now: Timestamp) {
    for it in book.0.iter_mut().filter(|it| it.state == FiringState::Waiting) {
        let known = Circumstances {
            on: true,
            guard: true,
            cancelled: false,
            last_sent: None,
        };
        match let_go(definition, it, now, known) {
            Verdict::Send => {
                assert!(now >= it.due_at, "before its time");
                it.state = FiringState::Sent;
            }
            Verdict::Skip(_) => it.state = FiringState::Skipped,
            Verdict::Wait(until) => assert!(until > now),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is told again, from wherever, after whatever has gone: the firings stay the same, and no occasion is there
    /// twice.
    #[test]
    fn a_replay_changes_nothing(story in stories(), again in 0..12_usize, of_orders: bool) {
        let definition = if of_orders { order_program() } else { cart_program() };
        let mut book = Book::default();
        let mut told = Vec::new();
        for event in &story {
            let_all_go(&definition, &mut book, event.at);
            book.tell(&definition, event);
            told.push(book.0.clone());
        }
        let occasions: BTreeSet<_> = book.0.iter().map(|it| it.occasion.clone()).collect();
        prop_assert_eq!(occasions.len(), book.0.len());
        let before = book.0.clone();
        story.iter().skip(again % story.len()).for_each(|event| book.tell(&definition, event));
        prop_assert_eq!(&book.0, &before);
        if !of_orders {
            prop_assert!(book.waiting().len() <= 1);
        }
    }

    /// A cart's message goes an hour after its last change, and never after an order.
    #[test]
    fn a_cart_is_mentioned_an_hour_after_its_last_change(story in stories()) {
        let definition = cart_program();
        let mut book = Book::default();
        for event in &story {
            book.tell(&definition, event);
        }
        let ordered = story.iter().rposition(|it| it.kind == EventKind::OrderPlaced);
        let last = story.iter().rposition(|it| it.kind == EventKind::CartChanged);
        let expected = last.filter(|last| ordered.is_none_or(|ordered| ordered < *last));
        let due: Vec<_> = book.waiting().iter().map(|it| it.due_at).collect();
        let expected: Vec<_> = expected.map(|last| Timestamp(story[last].at.0 + 3_600_000)).into_iter().collect();
        prop_assert_eq!(due, expected);
    }

    /// Five years of a guest who edits the birthday again and again: every message is at ten by the guest's clock (or at
    /// the edit, if that made the date known late), once for a year, and never two within half a year.
    #[test]
    fn a_birthday_comes_once_a_year_however_often_it_is_edited(
        zone_name in prop::sample::select(ZONES.to_vec()),
        edits in prop::collection::vec((0..1_800_i64, 0..1_440_i64, prop::sample::select(vec![101_i16, 110, 228, 229, 301, 615, 1215, 1231])), 1..8),
        days_before in 0..20_u16,
        through in prop::option::of(0..5_u16),
    ) {
        let zone = Zone::named(zone_name).unwrap();
        let through = through.map(|it| format!(r#","through_days_after":{it}"#)).unwrap_or_default();
        let definition = program(&format!(r#""trigger":{{"birthday":{{"days_before":{days_before}{through}}}}}"#));
        let begin = at("2027-01-01T00:00:00Z");
        let mut edits: Vec<_> = edits
            .into_iter()
            .map(|(day, minute, birthday)| (Timestamp(begin.0 + day * DAY + minute * 60_000), birthday))
            .collect();
        edits.sort_unstable();
        let sent = lived(&definition, &zone, &edits);
        for (it, told) in &sent {
            let local = zone.local(it.due_at).unwrap();
            prop_assert!(local.time() == jiff::civil::time(10, 0, 0, 0) || it.due_at == *told, "{local}");
        }
        for two in sent.windows(2) {
            let apart = two[1].0.due_at.0 - two[0].0.due_at.0;
            prop_assert!(apart >= 183 * DAY, "{} and {}", two[0].0.due_at, two[1].0.due_at);
        }
        let years: BTreeSet<_> = sent.iter().map(|(it, _)| it.occasion.clone()).collect();
        prop_assert_eq!(years.len(), sent.len());
        // A guest who has left the date alone since the start gets each of them.
        if edits.len() == 1 {
            let left = (at("2032-01-01T00:00:00Z").0 - edits[0].0.0) / DAY;
            prop_assert!(sent.len() as i64 >= left / 366 - 1, "{} in {left} days", sent.len());
        }
    }

    /// A definition that was read is written and read as the same.
    #[test]
    fn definitions_survive_json(minutes in 0..100_000_u32, days in 0..366_u16, once: bool) {
        let again = if once { r#"{"once_per":"ever"}"#.to_owned() } else { format!(r#"{{"rest":{{"days":{days}}}}}"#) };
        let definition = program(&format!(
            r#""trigger":{{"event":{{"kind":"app.opened"}}}},"delay":{{"minutes":{minutes}}},"again":{again},"late":{{"days":{days}}}"#
        ));
        prop_assert_eq!(read(&serde_json::to_string(&definition).unwrap()).unwrap(), definition);
    }
}

/// What a guest with these birthdays gets in five years, each with the edit that was in force.
fn lived(definition: &Definition, zone: &Zone, edits: &[(Timestamp, i16)]) -> Vec<(Firing, Timestamp)> {
    let end = at("2032-01-01T00:00:00Z");
    let (mut book, mut sent) = (Vec::<Firing>::new(), Vec::new());
    let until = edits.iter().skip(1).map(|it| it.0).chain([end]);
    for ((told_at, month_day), until) in edits.iter().zip(until) {
        let dates = GuestDates {
            birthday: Some(Birthday {
                month_day: *month_day,
                told_at: Some(*told_at),
            }),
            ..GuestDates::default()
        };
        let mut now = *told_at;
        loop {
            let next = next_date(definition, &dates, &book, zone, now);
            let change = replan(next, &book, now);
            for it in book.iter_mut().filter(|it| change.cancel.contains(&it.occasion)) {
                it.state = FiringState::Cancelled;
            }
            if let Some((occasion, due_at)) = change.add {
                book.push(firing(occasion.as_str(), FiringState::Waiting, due_at, 0));
            }
            if let Some((occasion, due_at)) = change.retime
                && let Some(it) = book.iter_mut().find(|it| it.occasion == occasion)
            {
                it.due_at = due_at;
            }
            let Some(it) = book
                .iter_mut()
                .find(|it| it.state == FiringState::Waiting && it.due_at < until)
            else {
                break;
            };
            it.state = FiringState::Sent;
            now = now.max(it.due_at);
            sent.push((it.clone(), *told_at));
        }
    }
    sent
}
