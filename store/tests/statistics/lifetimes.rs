//! Random ledgers whose rows go piece by piece: the statistics stay what they were, and go on being right.

use crate::database::Database;
use crate::random::rows;
use crate::reference;
use crate::rows::{MINUTE_MS, Rows, START_MS};
use bellhop_domain::statistics::MailingStatistics;
use bellhop_domain::{MailingId, MessageKey, OrgId, RunId, Timestamp};
use bellhop_store::ledger::Reading;
use bellhop_store::pruning::{Kind, Pruning};
use bellhop_store::statistics::{OverTime, Statistics};
use bellhop_store::{StoreError, sqlite};

const ORGANISATIONS: i32 = 8;
/// Messages of these months have had their time, the last of these not.
const MONTHS: [i64; 4] = [0, 1, 2, 30];
const GONE_BEFORE: i64 = 3 << 40;
/// Five hours after the first minute of the rows, opens of which are three months old then.
const NOW: Timestamp = Timestamp(START_MS + 92 * 86_400_000 + 300 * MINUTE_MS);
/// Delivered, sent, failed, unknown.
const FINAL: [i16; 4] = [16, 15, 13, 14];

/// Messages spread over months; of the old ones none is alive.
fn aged(org: i32) -> Rows {
    let mut rows = rows(org);
    for (i, message) in rows.messages.iter_mut().enumerate() {
        let month = MONTHS[(i * 7 + org as usize) % MONTHS.len()];
        message.month = Some(month);
        if message.state <= 3 && month < 30 {
            message.state = FINAL[i % FINAL.len()];
            message.waiting_for = None;
        }
    }
    rows
}

async fn all(database: &Database, ledgers: &[Rows]) -> Vec<MailingStatistics> {
    let mut all = Vec::new();
    for rows in ledgers {
        for mailing in &rows.mailings {
            let asked = Statistics::mailing(&database.store, OrgId(rows.org), MailingId(mailing.id), NOW);
            all.push(asked.await.unwrap());
        }
    }
    all
}

async fn over_time(database: &Database, ledgers: &[Rows]) -> Vec<OverTime> {
    let mut all = Vec::new();
    for rows in ledgers {
        for mailing in &rows.mailings {
            let asked = database.store.over_time(OrgId(rows.org), MailingId(mailing.id));
            all.push(asked.await.unwrap());
        }
    }
    all
}

async fn is_as_the_reference(database: &Database, ledgers: &[Rows]) -> (u64, u64) {
    let (mut orders, mut apart) = (0, 0);
    for rows in ledgers {
        for mailing in &rows.mailings {
            let counted = database.statistics(rows, mailing.id).await;
            assert_eq!(
                counted,
                reference::statistics(rows, mailing.id),
                "{}: {rows:#?}",
                mailing.id
            );
            orders += counted.orders;
            apart += counted.orders_by_non_recipients;
        }
    }
    (orders, apart)
}

async fn stay(database: Database) {
    let ledgers: Vec<Rows> = (1..=ORGANISATIONS).map(aged).collect();
    for rows in &ledgers {
        database.put(rows).await;
    }
    let before = all(&database, &ledgers).await;
    let curves = over_time(&database, &ledgers).await;
    let told = database.store.outlived(NOW).await.unwrap();
    let messages = told.iter().find(|it| it.kind == Kind::Messages).unwrap();
    assert_eq!((messages.months.len(), &messages.kept), (3, &None), "{messages:?}");
    let mut pieces = 0;
    while let Some(piece) = database.store.remove_piece(NOW).await.unwrap() {
        pieces += 1;
        assert!(pieces < 500, "it does not end: {piece:?}");
        let after = all(&database, &ledgers).await;
        for (after, before) in after.iter().zip(&before) {
            assert_eq!(after, before, "after {piece:?}, the {pieces}th piece");
        }
    }
    assert_eq!(over_time(&database, &ledgers).await, curves, "over time too");
    for (table, number) in [("messages", "id"), ("attempts", "message_id"), ("opens", "message_id")] {
        let text = format!("SELECT COUNT(*) FROM {table} WHERE {number} < {GONE_BEFORE}");
        assert_eq!(database.number(&text).await, 0, "{table}");
        let text = format!("SELECT COUNT(*) FROM {table} WHERE {number} >= {GONE_BEFORE}");
        assert!(database.number(&text).await > 0, "{table} of today stay");
    }
    assert!(database.number("SELECT COUNT(*) FROM frozen_credits").await > 10);
    assert!(database.number("SELECT COUNT(*) FROM frozen_opens").await > 0);
    let outlived = database.store.outlived(NOW).await.unwrap();
    assert!(
        outlived.iter().all(|it| it.rows == 0 && it.months.is_empty()),
        "{outlived:?}"
    );
    is_told_of(&database, 5 + (1 << 40), Some("1970-02")).await;
    is_told_of(&database, 5 + GONE_BEFORE, None).await;
    is_told_of(&database, -5, None).await;
    let gone = database
        .store
        .months_gone(RunId(ledgers[0].messages[0].run))
        .await
        .unwrap();
    assert!(
        gone.iter()
            .all(|month| ["1970-01", "1970-02", "1970-03"].contains(&month.as_str()))
            && !gone.is_empty()
    );
    later(&database, ledgers).await;
}

/// Of a message that is not there, that its month has had its time, or that there is none.
async fn is_told_of(database: &Database, number: i64, month: Option<&str>) {
    let id = database.store.message_ids().await.unwrap().id(MessageKey(number));
    let told = database.store.story(OrgId(1), id).await.unwrap_err();
    match month {
        Some(month) => {
            assert!(matches!(told, StoreError::Outlived(_)), "{told:?}");
            let words = told.to_string();
            assert!(words.contains(month) && words.contains("mailing stats"), "{words}");
        }
        None => assert!(matches!(told, StoreError::NotFound { what: "message", .. }), "{told:?}"),
    }
}

/// Orders that are cancelled, or not cancelled after all, and new ones, of guests whose messages are gone too.
async fn later(database: &Database, mut ledgers: Vec<Rows>) {
    is_as_the_reference(database, &ledgers).await;
    for rows in &mut ledgers {
        for i in (0..rows.orders.len()).step_by(3) {
            let status = if rows.orders[i].status == 5 { 4 } else { 5 };
            rows.orders[i].status = status;
            let update = format!(
                "UPDATE orders SET status = {status} WHERE org_id = {} AND external_id = 'n{i}'",
                rows.org
            );
            database.exec(&update).await;
        }
        let at = rows.orders.len();
        let more: Vec<_> = rows
            .orders
            .iter()
            .filter(|order| order.placed_at < 500)
            .cloned()
            .collect();
        for (i, mut order) in more.into_iter().enumerate() {
            // Beyond what is decided for good.
            order.placed_at = 361 + (order.placed_at + 7 * i as i64) % 240;
            rows.orders.push(order);
        }
        database.exec(&rows.orders_sql(at)).await;
    }
    let (orders, apart) = is_as_the_reference(database, &ledgers).await;
    assert!(orders > 0 && apart > 20, "{orders} {apart}");
}

#[tokio::test]
async fn on_sqlite() {
    stay(Database::sqlite().await).await;
}

#[tokio::test]
async fn on_postgres() {
    stay(Database::postgres().await).await;
}

/// A month goes as a whole: its parts are dropped.
#[tokio::test]
async fn on_postgres_a_month_is_dropped() {
    let database = Database::postgres().await;
    let left = "SELECT COUNT(*) FROM pg_class
                WHERE relname IN ('messages_1970_01', 'messages_1970_02', 'messages_1970_03', 'attempts_1970_03')";
    assert_eq!(database.number(left).await, 4);
    stay_in(database, left).await;
}

async fn stay_in(database: Database, left: &str) {
    let ledgers: Vec<Rows> = (1..=2).map(aged).collect();
    for rows in &ledgers {
        database.put(rows).await;
    }
    let before = all(&database, &ledgers).await;
    while let Some(piece) = database.store.remove_piece(NOW).await.unwrap() {
        assert_eq!(all(&database, &ledgers).await, before, "{piece:?}");
    }
    assert_eq!(database.number(left).await, 0);
}

/// Whatever its age, a message that is under way stays, and it is told why.
async fn what_is_alive_stays(database: Database) {
    let mut rows = aged(1);
    let old = rows
        .messages
        .iter_mut()
        .find(|message| message.month == Some(1))
        .unwrap();
    (old.state, old.waiting_for) = (3, Some(2));
    let run = old.run;
    database.put(&rows).await;
    let before = all(&database, std::slice::from_ref(&rows)).await;
    while database.store.remove_piece(NOW).await.unwrap().is_some() {}
    assert_eq!(all(&database, std::slice::from_ref(&rows)).await, before);
    let count = |month: i64| {
        format!(
            "SELECT COUNT(*) FROM messages WHERE id >= {} AND id < {}",
            month << 40,
            (month + 1) << 40
        )
    };
    assert_eq!(database.number(&count(0)).await, 0);
    assert!(database.number(&count(1)).await > 0 && database.number(&count(2)).await > 0);
    let told = database.store.outlived(NOW).await.unwrap();
    let kept = told[0].kept.as_deref().unwrap();
    assert!(
        kept.contains("1970-02") && kept.contains(&format!("run {run} is still under way")),
        "{kept}"
    );
}

#[tokio::test]
async fn what_is_alive_stays_on_sqlite() {
    what_is_alive_stays(Database::sqlite().await).await;
}

#[tokio::test]
async fn what_is_alive_stays_on_postgres() {
    what_is_alive_stays(Database::postgres().await).await;
}

/// One holder at a time, and the next round when it is due.
async fn a_round_is_one_holders(database: Database) {
    let (silence, store) = (std::time::Duration::from_secs(60), &database.store);
    let at = |seconds: i64| Timestamp(NOW.0 + seconds * 1_000);
    let takes = async |holder, seconds| store.take_turn(holder, silence, at(seconds)).await.unwrap();
    assert!(takes("a", 0).await && takes("a", 59).await && !takes("b", 60).await);
    assert!(takes("b", 120).await, "a was silent");
    assert!(!takes("a", 121).await);
    store.end_round("b", at(1_000)).await.unwrap();
    assert!(!takes("a", 999).await && !takes("b", 999).await && takes("a", 1_000).await);
}

#[tokio::test]
async fn a_round_is_one_holders_on_sqlite() {
    a_round_is_one_holders(Database::sqlite().await).await;
}

#[tokio::test]
async fn a_round_is_one_holders_on_postgres() {
    a_round_is_one_holders(Database::postgres().await).await;
}

#[tokio::test]
async fn a_sqlite_file_shrinks() {
    let folder = bellhop_test_services::folder().unwrap();
    let file = folder.path().join("bellhop.db");
    let store = sqlite::open(&file).await.unwrap();
    store.migrate().await.unwrap();
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    let fill = "
        INSERT INTO organisations (id, slug, name, currency, timezone, settings) VALUES (1, 'o', 'O', 'RUB', 'UTC', '{}');
        INSERT INTO provider_events (org_id, sender, at, kind, body)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
        SELECT 1, 's', 0, 'k', hex(zeroblob(500)) FROM n";
    sqlx::raw_sql(fill).execute(&pool).await.unwrap();
    let pages = async || -> i64 { sqlx::query_scalar("PRAGMA page_count").fetch_one(&pool).await.unwrap() };
    let full = pages().await;
    while store.remove_piece(NOW).await.unwrap().is_some() {}
    let left = pages().await;
    assert!(left * 4 < full, "{full} pages before, {left} after");
}
