//! A campaign small enough to count by hand: a push with an SMS behind it, repeated once, and a later mailing with
//! the same promo.

use crate::database::Database;
use crate::rows::{Attempt, Mailing, Message, Order, Rows, Run};
use bellhop_domain::{MailingId, OrgId, Purpose, Timestamp};
use bellhop_store::StoreError;
use bellhop_store::statistics::Statistics;
use serde_json::json;

const FIRST: i64 = 1;
const SECOND: i64 = 2;
const DRAFT: i64 = 3;

const HOUR: i64 = 60;

fn attempt(kind: i16, state: i16) -> Attempt {
    Attempt {
        kind,
        state,
        cost: (kind == 4).then_some(25_000),
        reason: None,
    }
}

fn refused(kind: i16, reason: &'static str) -> Attempt {
    Attempt {
        kind,
        state: 4,
        reason: Some(reason),
        cost: None,
    }
}

fn message(run: i64, customer: i64, state: i16, attempts: &[Attempt]) -> Message {
    let sent = attempts.iter().any(|a| [2, 7, 8].contains(&a.state));
    Message {
        run,
        customer: Some(customer),
        kind: attempts.last().map_or(1, |a| a.kind),
        state,
        sent_at: sent.then_some(10),
        attempts: attempts.to_vec(),
        ..Message::default()
    }
}

fn opened(message: Message, channel: i16, opens: &[(i64, i16)]) -> Message {
    Message {
        state: 17,
        opened_channel: Some(channel),
        opens: opens.to_vec(),
        ..message
    }
}

fn run(id: i64, mailing: i64, state: i16, start_at: i64) -> Run {
    Run {
        id,
        mailing,
        state,
        test: false,
        purpose: Purpose::Marketing,
        start_at,
        started: true,
    }
}

fn order(customer: i64, placed_at: i64, roubles: i64, promo: Option<&'static str>) -> Order {
    Order {
        customer,
        placed_at,
        status: 4,
        total: roubles * 10_000,
        promo,
    }
}

fn campaign() -> Rows {
    let (push, sms) = (1, 4);
    let messages = vec![
        // Tapped an hour after the push, and again two days later.
        opened(message(11, 1, 17, &[attempt(push, 2)]), 0, &[(60, 1), (48 * HOUR, 1)]),
        // No app: an SMS, delivered, its link followed; a robot had looked at it before.
        opened(message(11, 2, 17, &[attempt(sms, 7)]), 3, &[(20, 3), (30, 2)]),
        // Did not open the push, so an SMS followed; nobody opened that either, though a prefetch did.
        Message {
            opens: vec![(25, 4)],
            ..message(11, 3, 16, &[attempt(push, 2), attempt(sms, 7)])
        },
        // A dead token, then an SMS that did not arrive.
        message(
            11,
            4,
            13,
            &[
                refused(push, "UNREGISTERED: Requested entity was not found."),
                Attempt {
                    reason: Some("status 20: impossible to deliver"),
                    ..attempt(sms, 8)
                },
            ],
        ),
        // The answer was lost, but the guest has opened it.
        Message {
            sent_at: None,
            ..opened(message(11, 5, 17, &[attempt(push, 5)]), 0, &[(90, 1)])
        },
        message(
            11,
            6,
            10,
            &[Attempt {
                state: 3,
                reason: Some("UNAVAILABLE"),
                ..attempt(push, 3)
            }],
        ),
        // The repeat, to one guest of the first run and to an app that nobody has logged in to.
        message(12, 1, 15, &[attempt(push, 2)]),
        Message {
            customer: None,
            ..message(12, 0, 15, &[attempt(push, 2), attempt(push, 2)])
        },
        // A test is outside of everything.
        opened(message(13, 7, 17, &[attempt(push, 2)]), 0, &[(60, 1)]),
        // The second mailing, with the same promo, later.
        Message {
            sent_at: Some(5 * HOUR),
            ..opened(message(21, 2, 17, &[attempt(push, 2)]), 0, &[(6 * HOUR, 1)])
        },
    ];
    let orders = vec![
        // 1: within the window of the first tap, of the second only, and of neither.
        order(1, 61, 100, None),
        order(1, 48 * HOUR + 3 * HOUR, 200, None),
        order(1, 48 * HOUR + 72 * HOUR + 1, 999, None),
        // 2: by the link; then the later open of the second mailing has it; then the promo, sent last by the second.
        order(2, 40, 300, None),
        order(2, 7 * HOUR, 999, None),
        order(2, 8 * HOUR, 999, Some("BACK")),
        // 3: opened nothing; the promo alone, from the launch on.
        order(3, 9, 999, Some("BACK")),
        order(3, 10, 50, Some("BACK")),
        order(3, 11, 999, Some("OTHER")),
        // 5: cancelled.
        Order {
            status: 5,
            ..order(5, 100, 999, None)
        },
        Order {
            status: 5,
            ..order(5, 100, 999, Some("BACK"))
        },
        // Nobody sent 7 (but a test) and 8 anything. The second mailing is not launched before 5 h.
        order(7, 61, 999, None),
        order(8, 2 * HOUR, 40, Some("BACK")),
    ];
    Rows {
        org: 1,
        window_hours: 72,
        mailings: vec![
            Mailing {
                id: FIRST,
                promo: Some("BACK"),
            },
            Mailing {
                id: SECOND,
                promo: Some("BACK"),
            },
            Mailing { id: DRAFT, promo: None },
        ],
        runs: vec![
            run(11, FIRST, 4, 10),
            run(12, FIRST, 3, 4 * HOUR),
            Run {
                test: true,
                ..run(13, FIRST, 4, 0)
            },
            run(21, SECOND, 4, 5 * HOUR),
        ],
        exclusions: vec![(11, 1, 2), (11, 2, 3), (12, 2, 1), (13, 3, 7)],
        messages,
        orders,
    }
}

async fn counts_as_by_hand(database: Database) {
    let rows = campaign();
    database.put(&rows).await;
    let first = serde_json::to_value(database.statistics(&rows, FIRST).await).unwrap();
    assert_eq!(
        first,
        json!({
            "state": "paused",
            "planned": 8,
            "excluded": {"blacklisted": 2, "no_consent": 4},
            "reasons": [],
            "by_state": {"opened": 3, "delivered": 1, "failed": 1, "cancelled": 1, "sent": 2},
            "channels": {
                // 1, 3 and 5 (proven by the open); 1 again and the unattached app.
                "push": {"sent": 5, "delivered": null, "failed": {"UNREGISTERED": 1}, "opened": 2, "cost": "0.00"},
                "sms": {"sent": 3, "delivered": 2, "failed": {"status 20": 1}, "opened": 1, "cost": "7.50"},
            },
            // Nine attempts were sent: six pushes, three SMS.
            "sends": 9,
            // 1, 2, 3, 4, 5 and the unattached app.
            "guests_reached": 6,
            "opened": 3,
            "opened_sms_link": 1,
            // 100 + 200 + 300 + 50, by guests 1, 2 and 3.
            "orders": 4,
            "buyers": 3,
            "average_check": "162.50",
            "revenue": "650.00",
            "revenue_per_send": "72.22",
            "revenue_per_message": "72.22",
            "revenue_per_guest_reached": "108.33",
            "conversion": 0.5,
            "cost": "7.50",
            "orders_by_non_recipients": 1,
            "revenue_by_non_recipients": "40.00",
            "as_of": "1970-01-01T00:00:00Z",
        })
    );
    let second = database.statistics(&rows, SECOND).await;
    assert_eq!((second.orders, second.revenue.to_string().as_str()), (2, "1998.00"));
    assert_eq!((second.orders_by_non_recipients, second.conversion), (0, Some(1.0)));
    let draft = database.statistics(&rows, DRAFT).await;
    assert_eq!(
        (draft.state.name(), draft.planned, draft.conversion),
        ("draft", 0, None)
    );
    assert_eq!(draft.channels.len(), 2);
    for (org, mailing) in [(2, FIRST), (1, 99)] {
        let asked = Statistics::mailing(&database.store, OrgId(org), MailingId(mailing), Timestamp(0)).await;
        assert!(
            matches!(asked, Err(StoreError::NotFound { what: "mailing", .. })),
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn on_sqlite() {
    counts_as_by_hand(Database::sqlite().await).await;
}

#[tokio::test]
async fn on_postgres() {
    counts_as_by_hand(Database::postgres().await).await;
}
