//! Orders with a personal code count for the mailing that gave it, for whoever had it; before opens of others.

use crate::database::Database;
use crate::rows::{Mailing, Message, Order, Rows, Run, instant};
use bellhop_domain::Purpose;

const WITH_CODES: i64 = 1;
const OTHER: i64 = 2;

fn run(id: i64, mailing: i64) -> Run {
    Run {
        id,
        mailing,
        state: 4,
        test: false,
        purpose: Purpose::Marketing,
        start_at: 1,
        started: true,
    }
}

fn sent(run: i64, customer: i64, opens: &[(i64, i16)]) -> Message {
    Message {
        run,
        customer: Some(customer),
        kind: 1,
        state: if opens.is_empty() { 15 } else { 17 },
        sent_at: Some(10),
        opened_channel: (!opens.is_empty()).then_some(0),
        opens: opens.to_vec(),
        ..Message::default()
    }
}

fn order(customer: i64, placed_at: i64, roubles: i64, promo: &'static str) -> Order {
    Order {
        customer,
        placed_at,
        status: 4,
        total: roubles * 10_000,
        promo: Some(promo),
    }
}

async fn count_for_their_mailing(database: Database) {
    let rows = Rows {
        org: 1,
        window_hours: 72,
        mailings: [WITH_CODES, OTHER].map(|id| Mailing { id, promo: None }).into(),
        runs: vec![run(11, WITH_CODES), run(21, OTHER)],
        messages: vec![sent(11, 1, &[]), sent(11, 2, &[]), sent(21, 1, &[(15, 1)])],
        orders: vec![
            order(1, 20, 100, "X1"),
            // By somebody to whom nothing was sent.
            order(3, 20, 40, "X1"),
            // Before it was given, and one that nobody was given.
            order(1, 5, 999, "X1"),
            order(2, 20, 999, "X3"),
            Order {
                status: 5,
                ..order(2, 30, 999, "X2")
            },
            order(2, 30, 50, "X2"),
        ],
        ..Rows::default()
    };
    database.put(&rows).await;
    let spec =
        r#"UPDATE mailings SET spec = REPLACE(spec, '"name":"m"', '"name":"m","promo_codes":"spring"') WHERE id = 1"#;
    database.exec(spec).await;
    for (code, message) in [("X1", Some(1_000_000)), ("X2", Some(1_000_001)), ("X3", None)] {
        let (given, run) = match message {
            Some(_) => (instant(9).to_string(), "11"),
            None => ("NULL".to_owned(), "NULL"),
        };
        let message = message.map_or("NULL".to_owned(), |it: i64| it.to_string());
        let text = format!(
            "INSERT INTO promo_codes (org_id, list_id, code, message_id, run_id, given_at)
             VALUES (1, 1, '{code}', {message}, {run}, {given})"
        );
        database.exec(&text).await;
    }
    let told = database.statistics(&rows, WITH_CODES).await;
    assert_eq!(
        (told.orders, told.buyers, told.revenue.to_string().as_str()),
        (2, 2, "150.00")
    );
    assert_eq!(
        (
            told.orders_by_non_recipients,
            told.revenue_by_non_recipients.to_string().as_str()
        ),
        (1, "40.00")
    );
    let other = database.statistics(&rows, OTHER).await;
    assert_eq!((other.opened, other.orders), (1, 0), "a code goes before an open");
}

#[tokio::test]
async fn on_sqlite() {
    count_for_their_mailing(Database::sqlite().await).await;
}

#[tokio::test]
async fn on_postgres() {
    count_for_their_mailing(Database::postgres().await).await;
}
