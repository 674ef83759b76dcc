//! How far new numbers are (PRODUCT.md §8): from the day on which a worker first had them.

use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::warm_up::Progress;
use bellhop_domain::*;

/// Where the number is now; its first day begins with the first question. Mostly nothing has changed since the last one,
/// and nothing is written.
pub(super) async fn progress(db: &Db, org: OrgId, sender: &str, now: Timestamp) -> Result<Progress> {
    if let Some(known) = known(db, org, sender).await?
        && known.at(now) == known
    {
        return Ok(known);
    }
    let mut tx = Session::begin(db).await?;
    let text = "INSERT INTO sender_warm_ups (org_id, sender, day, since) VALUES ($1, $2, 0, $3)
                ON CONFLICT (org_id, sender) DO NOTHING";
    tx.execute(sql(text).int(i64::from(org.0)).text(sender).int(now.0))
        .await?;
    let before = read(&mut tx, org, sender, "FOR UPDATE").await?;
    let before = before.unwrap_or(Progress::connected(now));
    let after = before.at(now);
    if after != before {
        let text = "UPDATE sender_warm_ups SET day = $3, since = $4 WHERE org_id = $1 AND sender = $2";
        let statement = sql(text)
            .int(i64::from(org.0))
            .text(sender)
            .int(i64::from(after.day))
            .int(after.since.0);
        tx.execute(statement).await?;
    }
    tx.commit().await?;
    Ok(after)
}

/// Where the number was when it was last asked about.
pub(super) async fn known(db: &Db, org: OrgId, sender: &str) -> Result<Option<Progress>> {
    let mut session = Session::read(db).await?;
    let known = read(&mut session, org, sender, "").await?;
    session.commit().await?;
    Ok(known)
}

async fn read(session: &mut Session, org: OrgId, sender: &str, lock: &'static str) -> Result<Option<Progress>> {
    let text = "SELECT day, since FROM sender_warm_ups WHERE org_id = $1 AND sender = $2 {lock}";
    let statement = sql(text).int(i64::from(org.0)).text(sender).lock(lock);
    let Some(row) = session.first(statement).await? else {
        return Ok(None);
    };
    let mut c = row.cells();
    Ok(Some(Progress {
        day: u32::try_from(c.int()?).unwrap_or(0),
        since: Timestamp(c.int()?),
    }))
}
