//! Apps that were opened by a tap on a push: opens of its message.

use super::fresh::Fresh;
use crate::Result;
use crate::ledger::taps::tapped;
use crate::sql::Session;
use bellhop_domain::event::text_of;
use bellhop_domain::{MessageId, OrgId, Timestamp};

/// A message that the organisation does not have, or no more, is not opened; its guest has opened the app all the same.
pub(super) async fn write(tx: &mut Session, org: OrgId, opened: Vec<&Fresh<'_>>) -> Result<()> {
    let tapped_on = |it: &&Fresh<'_>| Some((text_of(&it.told.data, "message_id")?.parse::<MessageId>().ok()?, it.at));
    let taps: Vec<(MessageId, Timestamp)> = opened.iter().filter_map(tapped_on).collect();
    tapped(tx, org, &taps).await
}
