//! Runs that are over are read from their tallies, and the figures are those of their messages, whatever happens to these.

use crate::database::Database;
use crate::random::rows;
use crate::reference;
use crate::rows::{Message, Rows};
use bellhop_domain::{MailingId, OrgId, RunId, Timestamp};
use bellhop_store::statistics::{Statistics, Tallying};

const ORGANISATIONS: i32 = 6;
const NOW: Timestamp = Timestamp(1_000_000_000);

/// Finished, failed, sent, delivered: nothing of these runs moves any more by itself.
fn over(org: i32) -> Rows {
    let mut rows = rows(org);
    for run in &mut rows.runs {
        (run.state, run.started, run.test) = (4, true, false);
    }
    for message in rows.messages.iter_mut().filter(|it| it.state < 10) {
        (message.state, message.waiting_for) = (15, None);
    }
    rows
}

async fn is_as_the_reference(database: &Database, ledgers: &[Rows]) {
    for rows in ledgers {
        for mailing in &rows.mailings {
            let counted = database.statistics(rows, mailing.id).await;
            assert_eq!(
                counted,
                reference::statistics(rows, mailing.id),
                "{}: {rows:#?}",
                mailing.id
            );
        }
    }
}

/// Every run that is to be counted is.
async fn tally_all(database: &Database, now: Timestamp) {
    let begun = std::time::Instant::now();
    loop {
        while database.store.tally(now).await.unwrap() {}
        // On PostgreSQL transactions of other tests may be older than what is asked for.
        if database
            .number("SELECT COUNT(*) FROM run_tallies WHERE figures IS NULL")
            .await
            == 0
        {
            return;
        }
        assert!(begun.elapsed().as_secs() < 60, "some are never counted");
        tokio::task::yield_now().await;
    }
}

async fn stay_right(database: Database) {
    let mut ledgers: Vec<Rows> = (1..=ORGANISATIONS).map(over).collect();
    for rows in &ledgers {
        database.put(rows).await;
    }
    database.exec("UPDATE runs SET finished_at = 1, origin = 1").await;
    database
        .exec("INSERT INTO run_tallies (run_id, asked_by, next_at) SELECT id, 0, 0 FROM runs")
        .await;
    is_as_the_reference(&database, &ledgers).await;
    tally_all(&database, NOW).await;
    assert_eq!(database.number("SELECT COUNT(*) FROM run_touches").await, 0);
    is_as_the_reference(&database, &ledgers).await;
    // A message is opened, and an attempt gets its receipt.
    let touched: Vec<_> = ledgers.iter_mut().filter_map(open_one).collect();
    assert!(touched.len() > 3);
    for text in &touched {
        database.exec(text).await;
    }
    assert_eq!(
        database.number("SELECT COUNT(*) FROM run_touches").await,
        touched.len() as i64 * 2
    );
    is_as_the_reference(&database, &ledgers).await;
    // Not before it is time, and then once.
    let later = Timestamp(NOW.0 + 3_600_000);
    assert!(!database.store.tally(Timestamp(NOW.0 + 1_000)).await.unwrap());
    tally_all(&database, later).await;
    assert_eq!(database.number("SELECT COUNT(*) FROM run_touches").await, 0);
    is_as_the_reference(&database, &ledgers).await;
    nothing_else_is_read(&database, &ledgers).await;
}

/// The rows go behind the tallies' back: what is told is what was counted.
async fn nothing_else_is_read(database: &Database, ledgers: &[Rows]) {
    let mut before = Vec::new();
    for rows in ledgers {
        for run in &rows.runs {
            before.push(
                database
                    .store
                    .run_progress(OrgId(rows.org), RunId(run.id), NOW)
                    .await
                    .unwrap(),
            );
        }
    }
    let curve = database
        .store
        .over_time(OrgId(1), MailingId(ledgers[0].mailings[0].id))
        .await
        .unwrap();
    database.exec("DELETE FROM attempts").await;
    database.exec("DELETE FROM messages").await;
    let mut after = Vec::new();
    for rows in ledgers {
        for run in &rows.runs {
            after.push(
                database
                    .store
                    .run_progress(OrgId(rows.org), RunId(run.id), NOW)
                    .await
                    .unwrap(),
            );
        }
    }
    assert_eq!(after, before);
    assert!(before.iter().any(|it| it.planned > 0));
    let again = database
        .store
        .over_time(OrgId(1), MailingId(ledgers[0].mailings[0].id))
        .await
        .unwrap();
    assert_eq!(again.slots.sum().planned, curve.slots.sum().planned);
    // Under way again, nothing but its messages counts, and there are none.
    database.exec("UPDATE runs SET finished_at = NULL").await;
    for rows in ledgers {
        for run in &rows.runs {
            let progress = database
                .store
                .run_progress(OrgId(rows.org), RunId(run.id), NOW)
                .await
                .unwrap();
            assert_eq!(progress.planned, 0);
        }
    }
}

/// Opens a message that was sent, and says how the rows change.
fn open_one(rows: &mut Rows) -> Option<String> {
    // What has only begun is of no run that is over.
    let is_sent = |it: &Message| it.state == 15 && it.attempts.first().is_some_and(|attempt| attempt.state != 1);
    let (i, message) = rows.messages.iter_mut().enumerate().find(|(_, it)| is_sent(it))?;
    message.state = 17;
    message.opened_channel = Some(0);
    message.opens.push((450, 1));
    message.attempts[0].state = 7;
    let id = i64::from(rows.org) * 1_000_000 + i as i64;
    let at = crate::rows::instant(450);
    Some(format!(
        "INSERT INTO opens (org_id, message_id, at, class) VALUES ({}, {id}, {at}, 1);
         UPDATE messages SET state = 17, opened_channel = 0, opened_at = {at} WHERE id = {id};
         UPDATE attempts SET state = 7 WHERE message_id = {id} AND lease = 0",
        rows.org
    ))
}

#[tokio::test]
async fn on_sqlite() {
    stay_right(Database::sqlite().await).await;
}

#[tokio::test]
async fn on_postgres() {
    stay_right(Database::postgres().await).await;
}
