//! Begins mailings whose starts have come by their schedules.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_campaigns::schedule::begin_due;
use tracing::{error, info, warn};

impl Dispatcher {
    /// What begins is planned as any run; a schedule that cannot be followed hinders no other.
    pub(crate) async fn begin_scheduled(&self) -> Result<Turn, Trouble> {
        let begun = begin_due(&*self.ledger, self.now()).await?;
        for run in begun.runs {
            info!(%run, "launched by its schedule");
        }
        for (org, mailing, at) in begun.missed {
            metrics::counter!("bellhop_starts_missed_total").increment(1);
            warn!(org = org.0, %mailing, start = %at, "this start was missed: no dispatcher ran in time");
        }
        for (mailing, error) in begun.trouble {
            error!(%mailing, %error, "its schedule cannot be followed");
        }
        Ok(if begun.more { Turn::Busy } else { Turn::Idle })
    }
}
