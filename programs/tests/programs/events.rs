//! What events ask for, and what that changes.

use super::{at, cart, event, firing, order, program, zone};
use bellhop_domain::event::EventKind;
use bellhop_programs::Definition;
use bellhop_programs::engine::{Change, FiringState, Occasion, Step, change, on_event};
use serde_json::json;

const CART: &str = r#""trigger":{"event":{"kind":"cart.changed","where":{"cart.total":{"min":1}}}},
    "delay":{"minutes":60},"restarts":true,
    "cancel_on":[{"kind":"order.placed"},{"kind":"cart.changed","where":{"cart.total":{"max":0}}}]"#;

fn occasion(text: &str) -> Occasion {
    Occasion(text.to_owned())
}

#[test]
fn an_event_fires_what_it_is_the_trigger_of_and_when() {
    let moscow = zone("Europe/Moscow");
    let delivered = r#""trigger":{"event":{"kind":"order.delivered"}}"#;
    // 12:00 in Moscow.
    let now = at("2026-12-01T09:00:00Z");
    for (keys, due, fires) in [
        ("", "2026-12-01T09:00:00Z", "event:7"),
        (r#","delay":{"minutes":90}"#, "2026-12-01T10:30:00Z", "event:7"),
        (r#","delay":{"days":1,"at":"10:00"}"#, "2026-12-02T07:00:00Z", "event:7"),
        (r#","delay":{"days":0,"at":"18:00"}"#, "2026-12-01T15:00:00Z", "event:7"),
        (r#","delay":{"days":0,"at":"10:00"}"#, "2026-12-02T07:00:00Z", "event:7"),
        (r#","again":{"once_per":"order"}"#, "2026-12-01T09:00:00Z", "order:A-1"),
        (r#","again":{"once_per":"year"}"#, "2026-12-01T09:00:00Z", "year:2026"),
        (r#","again":{"once_per":"ever"}"#, "2026-12-01T09:00:00Z", "ever"),
        (r#","again":{"rest":{"days":3}}"#, "2026-12-01T09:00:00Z", "event:7"),
    ] {
        let definition = program(&format!("{delivered}{keys}"));
        let steps = on_event(
            &definition,
            &order(7, EventKind::OrderDelivered, now, "A-1", "site"),
            &moscow,
        );
        let (occasion, due_at) = (occasion(fires), at(due));
        assert_eq!(steps, [Step::Fire { occasion, due_at }], "{keys}");
    }
    let definition = program(delivered);
    assert_eq!(
        on_event(
            &definition,
            &order(7, EventKind::OrderPlaced, now, "A-1", "site"),
            &moscow
        ),
        []
    );
    // The year is that of the guest's calendar.
    let definition = program(&format!(r#"{delivered},"again":{{"once_per":"year"}}"#));
    let eve = order(7, EventKind::OrderDelivered, at("2026-12-31T22:00:00Z"), "A-1", "site");
    assert!(
        matches!(&on_event(&definition, &eve, &moscow)[..], [Step::Fire { occasion, .. }] if occasion.as_str() == "year:2027")
    );
}

#[test]
fn orders_that_came_through_aggregators_trigger_nothing_and_still_cancel() {
    let (utc, now) = (zone("UTC"), at("2026-12-01T09:00:00Z"));
    let definition = program(r#""trigger":{"event":{"kind":"order.delivered"}},"cancel_on":[{"kind":"order.placed"}]"#);
    for source in ["aggregator", "Aggregator", " AGGREGATOR "] {
        assert_eq!(
            on_event(
                &definition,
                &order(1, EventKind::OrderDelivered, now, "A", source),
                &utc
            ),
            []
        );
    }
    let steps = on_event(
        &definition,
        &order(1, EventKind::OrderPlaced, now, "A", "aggregator"),
        &utc,
    );
    assert!(
        matches!(
            &steps[..],
            [Step::Cancel {
                occasion: None,
                why: EventKind::OrderPlaced
            }]
        ),
        "{steps:?}"
    );
}

#[test]
fn what_goes_once_for_an_order_is_cancelled_by_that_order_alone() {
    let (utc, now) = (zone("UTC"), at("2026-12-01T09:00:00Z"));
    let definition = program(
        r#""trigger":{"event":{"kind":"order.delivered"}},"again":{"once_per":"order"},
           "cancel_on":[{"kind":"order.cancelled"},{"kind":"review.left"}]"#,
    );
    let waiting = ["order:A", "order:B"].map(|it| firing(it, FiringState::Waiting, now, 1));
    let cancels = |event| {
        let steps = on_event(&definition, &event, &utc);
        assert_eq!(steps.len(), 1);
        change(&steps[0], event.number, &waiting)
    };
    let only_b = Change::Cancel {
        occasions: vec![occasion("order:B")],
    };
    assert_eq!(cancels(order(2, EventKind::OrderCancelled, now, "B", "site")), only_b);
    let review = |data| event(2, EventKind::ReviewLeft, now, data);
    assert_eq!(cancels(review(json!({"review": {"stars": 5, "order": "B"}}))), only_b);
    assert_eq!(
        cancels(review(json!({"review": {"stars": 5, "order": "C"}}))),
        Change::Keep
    );
    // A review of no order in particular: the guest has just been heard.
    let both = Change::Cancel {
        occasions: vec![occasion("order:A"), occasion("order:B")],
    };
    assert_eq!(cancels(review(json!({"review": {"stars": 5}}))), both);
}

/// The firings of one guest, kept as a store keeps them.
#[derive(Default)]
pub struct Book(pub Vec<bellhop_programs::engine::Firing>);

impl Book {
    pub fn tell(&mut self, definition: &Definition, event: &bellhop_domain::event::Event) {
        for step in on_event(definition, event, &zone("Europe/Moscow")) {
            match change(&step, event.number, &self.0) {
                Change::Keep => {}
                Change::Add { occasion, due_at } => {
                    self.0
                        .push(firing(occasion.as_str(), FiringState::Waiting, due_at, event.number));
                }
                Change::Move { occasion, due_at } => {
                    let it = self.0.iter_mut().find(|it| it.occasion == occasion).unwrap();
                    (it.due_at, it.last_event) = (due_at, event.number);
                }
                Change::Cancel { occasions } => {
                    for it in self.0.iter_mut().filter(|it| occasions.contains(&it.occasion)) {
                        it.state = FiringState::Cancelled;
                    }
                }
            }
        }
    }

    pub fn waiting(&self) -> Vec<&bellhop_programs::engine::Firing> {
        self.0.iter().filter(|it| it.state == FiringState::Waiting).collect()
    }
}

#[test]
fn a_cart_restarts_its_clock_and_an_order_ends_it() {
    let definition = program(CART);
    let mut book = Book::default();
    book.tell(&definition, &cart(1, at("2026-12-01T09:00:00Z"), "500"));
    book.tell(&definition, &cart(2, at("2026-12-01T09:20:00Z"), "700"));
    assert_eq!(
        book.waiting(),
        [&firing("event:1", FiringState::Waiting, at("2026-12-01T10:20:00Z"), 2)]
    );
    // Told late: the newer change counts.
    book.tell(&definition, &cart(3, at("2026-12-01T09:10:00Z"), "600"));
    assert_eq!(book.waiting()[0].due_at, at("2026-12-01T10:20:00Z"));
    book.tell(
        &definition,
        &order(4, EventKind::OrderPlaced, at("2026-12-01T09:30:00Z"), "A", "site"),
    );
    assert!(book.waiting().is_empty());
    book.tell(&definition, &cart(5, at("2026-12-01T11:00:00Z"), "300"));
    assert_eq!(
        book.waiting(),
        [&firing("event:5", FiringState::Waiting, at("2026-12-01T12:00:00Z"), 5)]
    );
    // An empty cart is nothing to be reminded of.
    book.tell(&definition, &cart(6, at("2026-12-01T11:05:00Z"), "0"));
    assert!(book.waiting().is_empty());
    // Told again from the start, after a failure, nothing changes.
    let before = book.0.clone();
    for number in 1..=3 {
        book.tell(&definition, &cart(number, at("2026-12-01T09:00:00Z"), "500"));
    }
    assert_eq!(book.0, before);
}

#[test]
fn a_replay_after_the_message_makes_no_second_one() {
    let definition = program(CART);
    let mut book = Book::default();
    let events = [1, 2, 3].map(|n| cart(n, at("2026-12-01T09:00:00Z"), "500"));
    events.iter().for_each(|it| book.tell(&definition, it));
    book.0[0].state = FiringState::Sent;
    events.iter().for_each(|it| book.tell(&definition, it));
    assert_eq!(book.0.len(), 1, "{:?}", book.0);
    // An old order told again does not end what a newer cart has begun.
    book.tell(&definition, &cart(6, at("2026-12-01T13:00:00Z"), "500"));
    book.tell(
        &definition,
        &order(5, EventKind::OrderPlaced, at("2026-12-01T12:00:00Z"), "A", "site"),
    );
    assert_eq!(book.waiting().len(), 1);
}
