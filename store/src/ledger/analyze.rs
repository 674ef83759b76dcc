//! PostgreSQL's statistics after bulk inserts. Plans made while a table was empty scan it whole; that made single
//! updates several times slower on the reference machine.

use super::months;
use crate::base::pools::Pools;
use crate::db::{Db, Dialect};
use bellhop_domain::Era;
use sqlx::{AssertSqlSafe, Executor};

/// The pages after which statistics are refreshed, besides the last.
const PAGES: [i64; 4] = [1, 3, 10, 30];
/// A tenth of PostgreSQL's usual sample tells how large a table is and how many batches it has; the rest comes with autovacuum.
const SAMPLE: i64 = 10;

/// Block range indexes know of new pages only when they are told to look; the statement names all of a month.
fn summary([messages, attempts]: &[String; 2]) -> String {
    format!(
        "SELECT brin_summarize_new_values(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
         WHERE a.amname = 'brin' AND i.indrelid IN (to_regclass('{messages}'), to_regclass('{attempts}'))"
    )
}

/// Refreshes statistics of a run's month in the background, if it is time; planning does not wait for it, and a failure only leaves
/// the old statistics.
pub(super) fn refresh(db: &Db, era: Era, pages: i64, complete: bool) {
    let Pools::Postgres { pool, .. } = &db.pools else {
        return;
    };
    if !complete && !PAGES.contains(&pages) {
        return;
    }
    let pool = pool.clone();
    let parts = ["messages", "attempts"].map(|table| months::part(Dialect::Postgres, table, era));
    let [messages, attempts] = &parts;
    // Texts sent as one are one transaction, in which alone the setting holds.
    let text = format!(
        "SELECT set_config('default_statistics_target', '{SAMPLE}', TRUE);
         ANALYZE {messages}, batches, {attempts}, run_endpoints"
    );
    let summary = complete.then(|| summary(&parts));
    tokio::spawn(async move {
        for text in [Some(text), summary].into_iter().flatten() {
            if let Err(error) = pool.execute(AssertSqlSafe(text)).await {
                tracing::warn!(%error, "refreshing the database's statistics failed; queries may be slow for a while");
            }
        }
    });
}
