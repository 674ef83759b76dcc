//! Senders: those that stand still until a human resumes them (what their providers say is in [`incoming`](crate::incoming)),
//! and what one has sent lately.

use super::commands::{Deed, log};
use super::countries;
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::*;

/// In whose name the program itself acts, in the audit log.
pub(crate) const OURSELVES: &str = "bellhop";

pub(super) async fn pause(db: &Db, org: OrgId, sender: &str, reason: &str, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = "INSERT INTO sender_pauses (org_id, sender, since, reason) VALUES ($1, $2, $3, $4)
                ON CONFLICT (org_id, sender) DO NOTHING";
    let statement = sql(text).int(i64::from(org.0)).text(sender).int(now.0).text(reason);
    if tx.execute(statement).await? > 0 {
        let deed = Deed {
            org,
            who: OURSELVES,
            action: "sender.pause",
            object: format!("sender {sender}"),
            detail: Some(reason),
            at: now,
        };
        log(&mut tx, deed).await?;
    }
    tx.commit().await
}

pub(super) async fn resume(db: &Db, org: OrgId, sender: &str, who: &str, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = "DELETE FROM sender_pauses WHERE org_id = $1 AND sender = $2";
    let stood = tx.execute(sql(text).int(i64::from(org.0)).text(sender)).await? > 0;
    let opened = countries::open(&mut tx, org, sender).await?;
    if stood || opened {
        let deed = Deed {
            org,
            who,
            action: "sender.resume",
            object: format!("sender {sender}"),
            detail: None,
            at: now,
        };
        log(&mut tx, deed).await?;
    }
    // What its provider has said until now is no reason any more.
    let text = "UPDATE sender_health SET resumed_at = $3 WHERE org_id = $1 AND sender = $2";
    tx.execute(sql(text).int(i64::from(org.0)).text(sender).int(now.0))
        .await?;
    tx.commit().await
}

pub(super) async fn paused(db: &Db) -> Result<Vec<(OrgId, String, String, Timestamp)>> {
    let mut session = Session::read(db).await?;
    let text = "SELECT org_id, sender, reason, since FROM sender_pauses ORDER BY org_id, sender";
    let rows = session.fetch(sql(text)).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.cells();
            Ok((OrgId(c.int()? as i32), c.text()?, c.text()?, Timestamp(c.int()?)))
        })
        .collect()
}

/// The kinds that send at most once have an index of their own, whose condition the statement must repeat. Of the others
/// the runs lead to the attempts: those that have not ended before.
pub(super) async fn recent_attempts(
    db: &Db,
    org: OrgId,
    sender: &str,
    kind: EndpointKind,
    since: Timestamp,
) -> Result<Vec<Timestamp>> {
    let text = if kind.replaces_repeats() {
        "SELECT started_at FROM attempts
         WHERE run_id IN (SELECT id FROM runs WHERE org_id = $1 AND (finished_at IS NULL OR finished_at >= $3))
           AND org_id = $1 AND sender = $2 AND started_at >= $3"
    } else {
        "SELECT started_at FROM attempts WHERE org_id = $1 AND sender = $2 AND started_at >= $3 AND kind >= 4"
    };
    let mut session = Session::read(db).await?;
    let statement = sql(text).int(i64::from(org.0)).text(sender).int(since.0);
    let rows = session.fetch(statement).await?;
    rows.iter().map(|row| Ok(Timestamp(row.cells().int()?))).collect()
}
