//! Finished runs that go on.

use super::codes::{RUN_FINISHED, RUN_RUNNING};
use super::runs::tell_moved;
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::{Timestamp, time};

/// How long after a run's end of life its messages may still be found waiting.
pub(super) const FOUND_MS: i64 = 7 * time::DAY_MS;

/// Finished runs of which a message waits.
pub(super) fn wanted_again(since: &str) -> String {
    format!(
        "finished_at IS NOT NULL AND expires_at > {since}
         AND EXISTS (SELECT 1 FROM messages m WHERE m.run_id = runs.id AND m.due_at IS NOT NULL
                     ORDER BY m.due_at LIMIT 1 OFFSET 0)"
    )
}

/// A run that was finished goes on when a report wants a message of it sent again. A receipt locks no run, so that one
/// that crosses a cancel can leave a message waiting in a cancelled run: that is ended as the others were.
pub(super) async fn go_on(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE runs SET finished_at = NULL, state = CASE WHEN state = {RUN_FINISHED} THEN {RUN_RUNNING} ELSE state END WHERE {}
         RETURNING id, org_id, mailing_id, state",
        wanted_again("$1")
    );
    let rows = tx.fetch(sql(text).int(now.0 - FOUND_MS)).await?;
    tell_moved(&mut tx, &rows, now).await?;
    tx.commit().await
}
