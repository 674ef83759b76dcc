//! What happened becomes deliveries: stored before the notices are acknowledged, so each is told at least once, and once only
//! by the store's unique index.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};

/// The most messages looked at, and notices read, in one turn.
const LOOKED_AT_ONCE: u32 = 2_000;
const READ_AT_ONCE: u32 = 1_000;

impl Dispatcher {
    pub(crate) async fn look_at_watched(&self) -> Result<Turn, Trouble> {
        let looked = self.ledger.look_at_watched(LOOKED_AT_ONCE, self.now()).await?;
        Ok(match looked < u64::from(LOOKED_AT_ONCE) {
            true => Turn::Idle,
            false => Turn::Busy,
        })
    }

    pub(crate) async fn tell_webhooks(&self) -> Result<Turn, Trouble> {
        let reader = &self.webhooks.reader;
        let handed = self.ledger.hand_over(reader, READ_AT_ONCE, self.now()).await?;
        let Some(upto) = handed.upto else {
            return Ok(Turn::Idle);
        };
        if !handed.notices.is_empty() {
            let (notices, numbers) = (&handed.notices, &handed.numbers);
            let told = self.ledger.tell_webhooks(notices, numbers, &drawn, self.now()).await?;
            metrics::counter!("bellhop_webhook_deliveries_total", "what" => "made").increment(told);
        }
        self.ledger.acknowledge(reader, upto).await?;
        Ok(Turn::Busy)
    }
}

/// An id that nobody has had before.
fn drawn() -> String {
    format!("msg_{:032x}", rand::random::<u128>())
}
