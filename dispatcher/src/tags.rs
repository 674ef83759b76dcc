//! Automatic tags: guests whom rules are to look at, because of an order or because time has passed, and passes over
//! everybody after a rule was changed. What rules say is decided by `domain`, and written by the store.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_store::tagging::{Looked, Passed};

/// Guests of one transaction: orders that are being written wait for it.
const AT_ONCE: u32 = 500;

impl Dispatcher {
    /// Organisations take turns, so that an import of one holds up nobody else. Guests of the orders of a tick are looked at
    /// together, for a look costs as much as many.
    pub(crate) async fn look_at_tags(&self) -> Result<Turn, Trouble> {
        let mut turn = Turn::Idle;
        for org in self.ledger.due_for_tags(self.now()).await? {
            let looked = self.ledger.look_at_tags(org, AT_ONCE, self.now()).await?;
            if looked.guests >= u64::from(AT_ONCE) {
                turn = Turn::Busy;
            }
            count(looked);
        }
        Ok(turn)
    }

    pub(crate) async fn pass_over_tags(&self) -> Result<Turn, Trouble> {
        let mut turn = Turn::Idle;
        for org in self.ledger.passes_under_way().await? {
            if let Passed::Page(looked) = self.ledger.pass_on(org, AT_ONCE, self.now()).await? {
                turn = Turn::Busy;
                count(looked);
            }
        }
        Ok(turn)
    }
}

fn count(looked: Looked) {
    metrics::counter!("bellhop_tags_looked_total").increment(looked.guests);
    metrics::counter!("bellhop_tags_changed_total").increment(looked.changed);
}
