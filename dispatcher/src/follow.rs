//! Does what must follow a commit according to its rows in the outbox, and removes rows that all readers have read.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_store::base::outbox::{Kind, Notice, Reader, What};
use std::time::Duration;
use tracing::{info, warn};

/// The most rows in one turn.
const AT_ONCE: u32 = 500;
/// Of several dispatchers one writes the log; another takes over when that one has been silent for this long.
const TURN: Duration = Duration::from_secs(30);
/// How long a row is kept for a reader that does not fetch it.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// The reader that copies the audit to the log; `holder` is this process.
pub(crate) fn teller(holder: u64) -> Reader {
    Reader {
        name: "log",
        holder: format!("{holder:016x}"),
        kinds: &[Kind::Audited],
        turn: TURN,
    }
}

impl Dispatcher {
    /// Writes to the log who changed what, at least once, after the change is committed. So whoever collects the logs
    /// has the audit.
    pub(crate) async fn tell_audit(&self) -> Result<Turn, Trouble> {
        let handed = self.ledger.hand_over(&self.teller, AT_ONCE, self.now()).await?;
        handed.notices.iter().for_each(tell);
        let Some(upto) = handed.upto else {
            return Ok(Turn::Idle);
        };
        self.ledger.acknowledge(&self.teller, upto).await?;
        Ok(Turn::Busy)
    }

    pub(crate) async fn prune_outbox(&self) -> Result<Turn, Trouble> {
        let pruned = self.ledger.prune(LONGEST, self.now()).await?;
        for reader in pruned.dead {
            warn!(
                reader,
                "nobody has fetched what follows commits for a week; it is not kept for this reader any longer, and one that \
                 comes back misses it"
            );
        }
        for lag in self.ledger.lags().await? {
            let waited = lag.since.map_or(0, |since| self.now().0 - since.0);
            let gauge = metrics::gauge!("bellhop_outbox_rows", "reader" => lag.reader.clone());
            gauge.set(lag.rows as f64);
            metrics::gauge!("bellhop_outbox_waited_seconds", "reader" => lag.reader)
                .set(waited.max(0) as f64 / 1_000.0);
        }
        Ok(Turn::Idle)
    }
}

/// A guest is named only by number.
fn tell(notice: &Notice) {
    // This reader asks for nothing else.
    if let What::Audited { who, action, object } = &notice.what {
        metrics::counter!("bellhop_audited_total", "action" => action.clone()).increment(1);
        info!(org = notice.org.0, at = notice.at.0, who, action, object, "audit");
    }
}
