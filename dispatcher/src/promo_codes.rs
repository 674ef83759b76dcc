//! Promo codes that were given: free again if their messages failed for good; and how many of each list are left.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};

/// More free codes of a list than this are not counted: nobody has to be told of them.
const COUNTED: u32 = 10_000;

impl Dispatcher {
    pub(crate) async fn look_at_promo_codes(&self) -> Result<Turn, Trouble> {
        let look = self.ledger.look_at_promo_codes(self.now()).await?;
        metrics::counter!("bellhop_promo_codes_returned_total").increment(look.returned);
        Ok(if look.more { Turn::Busy } else { Turn::Idle })
    }

    /// Says how many codes are left, up to a number, so that one hears of a list that runs short while it still gives.
    pub(crate) async fn count_promo_codes(&self) -> Result<Turn, Trouble> {
        for list in self.ledger.promo_lists_in_use(COUNTED, self.now()).await? {
            let (organisation, number) = (list.org.0.to_string(), list.id.to_string());
            metrics::gauge!("bellhop_promo_codes_left", "organisation" => organisation, "list" => number)
                .set(list.left as f64);
        }
        Ok(Turn::Idle)
    }
}
