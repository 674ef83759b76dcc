//! A ledger of years: mailings to every guest in the fifteen months before, all sent.
//!
//! Written in bulk by SQL, the rows as the fleet leaves them: batches of 250, an attempt for each message, and an open of one
//! message in thirty.

use crate::progress;
use crate::stage::Stage;
use anyhow::{Context, Result};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::{Channel, EndpointKind, Era, Lane, Origin, Purpose, Timestamp, time};
use bellhop_store::ledger::OpenClass;
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::time::{Duration, Instant};

/// Over how many months before this one the history extends: as long as messages are kept (PRODUCT.md §18), and two more,
/// which `bellhop prune` then gives back.
const MONTHS: u32 = 15;
/// Mailings of the history have greater numbers than any that is launched here.
const FIRST: i64 = 1_000_000_000;
/// Where the numbers begin that batches have for their messages.
const NUMBERS: i64 = 1 << 39;
/// Of so many messages one was opened.
const OPENED: i64 = 30;

const MAILING: &str = "INSERT INTO mailings (id, org_id, name, spec, created_at) VALUES ($1, $2, 'history', $3, $4)";
const RUN: &str = "INSERT INTO runs (id, org_id, mailing_id, state, lane, purpose, origin, test, spec, start_at, as_of,
                                     expires_at, planned_at, finished_at)
    VALUES ($1, $2, $1, $5, $6, $7, $8, FALSE, $3, $4, $4, $4 + 86400000, $4, $4 + 3600000)";
/// `$4` is the first batch's id, and its first message's key; a batch has 256 keys of its own.
const BATCHES: &str = "INSERT INTO batches (id, org_id, run_id, kind, lane, published_at, lease, done_at)
    SELECT $4 + n * 256, $2, $1, $5, $6, $7, 1, $7 FROM generate_series(0, ($3 - 1) / 250) n";
const MESSAGES: &str =
    "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step,
                                              tries, state, sent_at, opened_at, opened_channel)
    SELECT $4 + n / 250 * 256 + n % 250, $2, $1, $4 + n / 250 * 256, o.customer_id, o.endpoint_id, TRUE, 0, 1,
           CASE WHEN n % $8 = 0 THEN $9 ELSE $10 END, $7, CASE WHEN n % $8 = 0 THEN $7 + 60000 END,
           CASE WHEN n % $8 = 0 THEN $11 END
    FROM (SELECT ROW_NUMBER() OVER (ORDER BY l.customer_id) - 1 AS n, l.customer_id, l.endpoint_id
          FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id
          WHERE e.kind = $5 ORDER BY l.customer_id LIMIT $3) o
    WHERE $6 > 0";
const ATTEMPTS: &str =
    "INSERT INTO attempts (message_id, lease, org_id, run_id, kind, sender, endpoint_id, state, started_at,
                                              ended_at, provider_id)
    SELECT id, 1, org_id, run_id, $2, 'push', endpoint_id, $3, sent_at, sent_at,
           'projects/bench/messages/0:1700000000000000%' || lpad(to_hex(id), 16, '0')
    FROM messages WHERE run_id = $1 AND id >= $4 AND id < $4 + ($5 / 250 + 1) * 256";
const OPENS: &str = "INSERT INTO opens (org_id, message_id, at, class)
    SELECT org_id, id, opened_at, $2 FROM messages WHERE run_id = $1 AND id >= $3 AND id < $3 + ($4 / 250 + 1) * 256 AND opened_at IS NOT NULL";

/// What was written.
pub struct History {
    pub messages: u64,
    /// The oldest of its mailings.
    pub oldest: i64,
    pub took: Duration,
}

/// Writes `messages` messages, in mailings to all guests of the stage, the oldest first.
///
/// # Errors
/// Errors of the database.
pub async fn write(stage: &Stage, kind: EndpointKind, messages: u64, spec: &str) -> Result<History> {
    let started = Instant::now();
    let size = u64::from(stage.recipients);
    let mailings = i64::try_from(messages.div_ceil(size))?;
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let now = Timestamp::now();
    for nth in 0..mailings {
        // Months of 30 days are near enough.
        let back = i64::from(MONTHS) * 30 * time::DAY_MS * (mailings - nth) / mailings;
        let at = Timestamp(now.0 - 31 * time::DAY_MS - back);
        stage.store.make_room(at).await?;
        let of = Past {
            id: FIRST + nth,
            org: stage.organisation.id.0,
            kind,
            at,
            first: Era::of(at).first_key().0 + NUMBERS + nth * (i64::from(stage.recipients) / 250 + 1) * 256,
            count: i64::from(stage.recipients),
        };
        of.write(&mut connection, spec).await?;
        if nth % 20 == 19 {
            progress(&format!("  {} of {mailings} mailings of the past are written", nth + 1));
        }
    }
    connection.execute("VACUUM ANALYZE").await?;
    connection.close().await?;
    Ok(History {
        messages: size * u64::try_from(mailings).context("never negative")?,
        oldest: FIRST,
        took: started.elapsed(),
    })
}

/// A mailing of the past.
struct Past {
    /// Of the mailing and of its run.
    id: i64,
    org: i32,
    kind: EndpointKind,
    at: Timestamp,
    /// The first key of its messages.
    first: i64,
    count: i64,
}

impl Past {
    async fn write(&self, connection: &mut PgConnection, spec: &str) -> Result<()> {
        let (id, org, at, first, count) = (self.id, self.org, self.at.0, self.first, self.count);
        let (kind, lane) = (self.kind.code(), Lane::Marketing.code());
        let mut tx = connection.begin().await?;
        sqlx::query(MAILING)
            .bind(id)
            .bind(org)
            .bind(spec)
            .bind(at)
            .execute(&mut *tx)
            .await?;
        let run = sqlx::query(RUN).bind(id).bind(org).bind(spec).bind(at);
        let run = run.bind(RunState::Finished.code()).bind(lane);
        run.bind(Purpose::Marketing.code())
            .bind(Origin::Audience.code())
            .execute(&mut *tx)
            .await?;
        let batches = sqlx::query(BATCHES).bind(id).bind(org).bind(count).bind(first);
        batches.bind(kind).bind(lane).bind(at).execute(&mut *tx).await?;
        let messages = sqlx::query(MESSAGES).bind(id).bind(org).bind(count).bind(first);
        let messages = messages.bind(kind).bind(i32::from(lane)).bind(at).bind(OPENED);
        let messages = messages
            .bind(MessageState::Opened.code())
            .bind(MessageState::Sent.code());
        messages.bind(Channel::Push as i16).execute(&mut *tx).await?;
        let attempts = sqlx::query(ATTEMPTS)
            .bind(id)
            .bind(kind)
            .bind(AttemptState::Accepted.code());
        attempts.bind(first).bind(count).execute(&mut *tx).await?;
        let opens = sqlx::query(OPENS).bind(id).bind(OpenClass::Tap as i16);
        opens.bind(first).bind(count).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}
