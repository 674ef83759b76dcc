//! Removes what has had its time, once a day, by one of the dispatchers.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use std::time::Duration;
use tracing::info;

/// Another dispatcher takes over when the one whose turn it is has been silent for this long.
const SILENCE: Duration = Duration::from_secs(120);
const DAY: Duration = Duration::from_secs(86_400);

impl Dispatcher {
    /// Piece by piece, so that nobody waits for it, and the round ends at once with the process.
    pub(crate) async fn remove_outlived(&self) -> Result<Turn, Trouble> {
        let holder = self.teller.holder.as_str();
        if !self.ledger.take_turn(holder, SILENCE, self.now()).await? {
            return Ok(Turn::Idle);
        }
        let Some(piece) = self.ledger.remove_piece(self.now()).await? else {
            self.ledger.end_round(holder, self.now().plus(DAY)).await?;
            return Ok(Turn::Idle);
        };
        metrics::counter!("bellhop_pruned_rows_total", "kind" => piece.kind.name()).increment(piece.rows);
        if let Some(month) = piece.month.filter(|_| piece.rows == 0) {
            info!(
                month,
                "the messages of a month have had their time; their figures are kept"
            );
        }
        Ok(Turn::Busy)
    }
}
