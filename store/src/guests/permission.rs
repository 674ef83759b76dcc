//! What guests allow, as the facts have it.

use super::codes::space_of;
use crate::Result;
use crate::base::codes::NOTIFICATION;
use crate::sql::{Columns, Session, sql};
use bellhop_domain::{Channel, CustomerId, EndpointId, OrgId, Permission};

/// From the columns `consent_mask` and `silenced_mask` of `customer_facts`. Who has no facts yet has consented to nothing
/// and switched nothing off.
pub(crate) fn permission(columns: &Columns<'_>) -> Result<Permission> {
    Ok(Permission {
        consents: columns.opt_int("consent_mask")?.unwrap_or(0),
        silenced: columns.opt_int("silenced_mask")?.unwrap_or(0),
    })
}

/// The stored facts, which know every no at once.
pub(super) async fn of_customer(tx: &mut Session, org: OrgId, it: CustomerId) -> Result<Permission> {
    let text = "SELECT consent_mask, silenced_mask FROM customer_facts WHERE org_id = $1 AND customer_id = $2";
    let row = tx.first(sql(text).int(i64::from(org.0)).int(it.0)).await?;
    row.map_or(Ok(Permission::default()), |row| permission(&row.columns()))
}

/// What an address has said that belongs to no guest, or to several.
pub(crate) async fn of_address(tx: &mut Session, it: EndpointId) -> Result<Permission> {
    let space = space_of("e.kind");
    let text = format!(
        "SELECT w.channel FROM endpoints e JOIN consent_stands w ON w.org_id = e.org_id AND w.space = {space}
             AND w.address = e.address AND w.purpose = {NOTIFICATION} AND w.stops
         WHERE e.id = $1"
    );
    let mut found = Permission::default();
    for row in tx.fetch(sql(text).int(it.0)).await? {
        let number = row.columns().int("channel")?;
        let channel = Channel::ALL.into_iter().find(|channel| *channel as i64 == number);
        found.silenced |= channel.map_or(0, Channel::bit);
    }
    Ok(found)
}
