//! Writes down what statistics must know when rows are gone: orders one by one, messages by run and month.

use super::candidates::{creditable, crediting, gather, in_ms, opened_sql, window};
use super::counted::Counted;
use super::credits::{campaigns, decide, sends};
use super::frozen::{Frozen, orders_before};
use super::{counts, figures, over_time};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::attribution::Reason;
use bellhop_domain::statistics::Counts;
use bellhop_domain::{Era, OrgId, Timestamp};

/// Orders that are decided in one transaction, about.
const ORDERS_AT_ONCE: i64 = 2_000;

/// Decides for good to which mailings the next orders of an organisation are credited, of those placed before this instant;
/// whether there may be more of them.
pub(crate) async fn orders(db: &Db, org: OrgId, until: Timestamp) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    one_instant(&mut tx).await?;
    let from = orders_before(&mut tx, org).await?.unwrap_or(i64::MIN);
    if from >= until.0 {
        return Ok(false);
    }
    let next = next_page(&mut tx, org, from).await?.filter(|next| *next < until.0);
    let upto = next.unwrap_or(until.0);
    page(&mut tx, org, from, upto).await?;
    let text = "INSERT INTO frozen_orders (org_id, before) VALUES ($1, $2)
                ON CONFLICT (org_id) DO UPDATE SET before = excluded.before WHERE frozen_orders.before < excluded.before";
    tx.execute(sql(text).int(i64::from(org.0)).int(upto)).await?;
    tx.commit().await?;
    Ok(next.is_some())
}

/// In PostgreSQL, where each statement would see what was committed meanwhile.
async fn one_instant(tx: &mut Session) -> Result<()> {
    if tx.dialect() == crate::Dialect::Postgres {
        tx.execute(sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            .await?;
        // A month may be millions of messages.
        tx.execute(sql("SET LOCAL statement_timeout = 0")).await?;
    }
    Ok(())
}

/// When the page's last order was placed, and a millisecond more: orders of one instant stay together.
async fn next_page(tx: &mut Session, org: OrgId, from: i64) -> Result<Option<i64>> {
    let text = format!(
        "SELECT placed_at FROM orders WHERE org_id = $1 AND placed_at >= $2 ORDER BY placed_at LIMIT 1 OFFSET {ORDERS_AT_ONCE}"
    );
    let row = tx.first(sql(text).int(i64::from(org.0)).int(from)).await?;
    row.map(|row| Ok(row.columns().int("placed_at")? + 1)).transpose()
}

async fn page(tx: &mut Session, org: OrgId, from: i64, upto: i64) -> Result<()> {
    let (window, frozen) = (window(tx, org).await?, Frozen::read(tx, org).await?);
    let text = format!(
        "WITH candidates AS (
            SELECT o.id, o.customer_id, o.placed_at, o.total, o.promo FROM orders o
            WHERE o.org_id = $1 AND o.placed_at >= $3 AND o.placed_at < $4),
         opened AS ({opened})
         SELECT c.id, c.customer_id, c.placed_at, c.total, c.promo, opened.mailing_id, opened.at
         FROM candidates c LEFT JOIN opened ON opened.id = c.id
         WHERE opened.id IS NOT NULL OR c.promo IS NOT NULL ORDER BY c.id",
        opened = opened_sql(&frozen)
    );
    let statement = sql(text).int(i64::from(org.0)).int(in_ms(window)).int(from).int(upto);
    let rows = tx.fetch(statement).await?;
    let candidates = gather(rows.iter().map(|row| row.columns()))?;
    let campaigns = campaigns(tx, org, &candidates).await?;
    let all: Vec<_> = campaigns.iter().collect();
    let sends = sends(tx, &all, &candidates, &frozen).await?;
    let credited: Vec<_> = candidates
        .iter()
        .filter_map(|it| Some((it.id, decide(it, &campaigns, &sends, window)?)))
        .collect();
    let table = Table::default()
        .ints("placed", credited.iter().map(|(order, _)| *order))
        .ints("mailing", credited.iter().map(|(_, credit)| credit.mailing.0))
        .ints(
            "apart",
            credited
                .iter()
                .map(|(_, credit)| i64::from(credit.reason == Reason::PromoByNonRecipient)),
        );
    let text = "INSERT INTO frozen_credits (order_id, mailing_id, by_non_recipient)
                SELECT r.placed, r.mailing, r.apart = 1 FROM {rows} WHERE TRUE ON CONFLICT (order_id) DO NOTHING";
    tx.execute(sql(text).rows(table)).await?;
    Ok(())
}

/// Freezes the messages of a month, and of all months before, of which none has any left. From then on their rows count no
/// more.
pub(crate) async fn month(db: &Db, month: Era, now: Timestamp) -> Result<()> {
    let (from, until) = (month.first_key().0, month.next().first_key().0);
    let mut tx = Session::begin(db).await?;
    one_instant(&mut tx).await?;
    let text = "SELECT DISTINCT m.run_id FROM messages m JOIN runs r ON r.id = m.run_id AND NOT r.test
                WHERE m.id >= $1 AND m.id < $2 ORDER BY m.run_id";
    for row in tx.fetch(sql(text).int(from).int(until)).await? {
        let run = row.columns().int("run_id")?;
        let (counted, mut figures) = (Counted::between(run, from, until), Counts::default());
        let reached = counts::count(&mut tx, &counted, now, &mut figures).await?;
        over_time::count(&mut tx, &counted, &mut figures.slots).await?;
        figures::write(&mut tx, run, i64::from(month.months()), figures, reached).await?;
    }
    recipients(&mut tx, from, until).await?;
    opens(&mut tx, from, until).await?;
    let text = "INSERT INTO frozen_messages (one, before) VALUES (1, $1)
                ON CONFLICT (one) DO UPDATE SET before = excluded.before WHERE frozen_messages.before < excluded.before";
    tx.execute(sql(text).int(until)).await?;
    tx.commit().await
}

async fn recipients(tx: &mut Session, from: i64, until: i64) -> Result<()> {
    let credits = creditable();
    let text = format!(
        "INSERT INTO frozen_recipients (mailing_id, recipient, sent_at)
         SELECT r.mailing_id, COALESCE(m.customer_id, -m.endpoint_id) AS recipient,
             MAX(CASE WHEN {credits} THEN COALESCE(m.sent_at, m.opened_at) END)
         FROM messages m JOIN runs r ON r.id = m.run_id AND NOT r.test
         WHERE m.id >= $1 AND m.id < $2 AND (m.sent_at IS NOT NULL OR m.opened_at IS NOT NULL)
         GROUP BY r.mailing_id, COALESCE(m.customer_id, -m.endpoint_id)
         ON CONFLICT (mailing_id, recipient) DO UPDATE SET sent_at = CASE
             WHEN frozen_recipients.sent_at IS NULL OR excluded.sent_at > frozen_recipients.sent_at THEN excluded.sent_at
             ELSE frozen_recipients.sent_at END"
    );
    tx.execute(sql(text).int(from).int(until)).await?;
    Ok(())
}

/// Opens to which orders may still be credited that are not decided for good: what an open before that was for is known.
async fn opens(tx: &mut Session, from: i64, until: i64) -> Result<()> {
    let (credits, classes) = (creditable(), crediting());
    for org in organisations(tx).await? {
        let decided = orders_before(tx, org).await?.unwrap_or(i64::MIN);
        let since = decided.saturating_sub(in_ms(window(tx, org).await?));
        let text = format!(
            "INSERT INTO frozen_opens (org_id, customer_id, mailing_id, at)
             SELECT DISTINCT m.org_id, m.customer_id, r.mailing_id, w.at
             FROM messages m JOIN runs r ON r.id = m.run_id AND NOT r.test AND {credits}
             JOIN opens w ON w.message_id = m.id AND w.class IN {classes} AND w.at >= $4
             WHERE m.id >= $1 AND m.id < $2 AND m.org_id = $3 AND m.opened_at IS NOT NULL AND m.customer_id IS NOT NULL
             ON CONFLICT (customer_id, mailing_id, at) DO NOTHING"
        );
        let statement = sql(text).int(from).int(until).int(i64::from(org.0)).int(since);
        tx.execute(statement).await?;
    }
    Ok(())
}

pub(crate) async fn organisations(session: &mut Session) -> Result<Vec<OrgId>> {
    let rows = session.fetch(sql("SELECT id FROM organisations ORDER BY id")).await?;
    rows.iter()
        .map(|row| Ok(OrgId(row.columns().int("id")? as i32)))
        .collect()
}
