//! Rows of addresses that are registered, and how many of them a guest may have whose key is no secret.

use super::{Device, DeviceBounds, EndpointRegistration, EndpointState};
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::{CustomerId, EndpointId, EndpointKind, OrgId, Timestamp};

/// Why an address is dead that made room for a newer one.
pub(crate) const MADE_ROOM_REASON: &str = "the guest has registered more recent devices";

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The endpoint of this address, if anybody has registered it.
pub(crate) async fn known(tx: &mut Session, org: OrgId, it: &EndpointRegistration) -> Result<Option<EndpointId>> {
    let text = "SELECT id FROM endpoints WHERE org_id = $1 AND kind = $2 AND address = $3";
    let statement = sql(text).int(i64::from(org.0)).int(i64::from(it.kind.code()));
    let row = tx.first(statement.text(it.address.as_str())).await?;
    row.map(|row| Ok(EndpointId(row.columns().int("id")?))).transpose()
}

/// Writes a registered address: new, or back from wherever it was.
pub(crate) async fn write_endpoint(
    session: &mut Session,
    org: OrgId,
    it: &EndpointRegistration,
    now: Timestamp,
) -> Result<EndpointId> {
    let state = if it.muted {
        EndpointState::Muted
    } else {
        EndpointState::Active
    };
    let text = "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
                VALUES ($1, $2, $3, $4, $5, $5)
                ON CONFLICT (org_id, kind, address) DO UPDATE SET reason = NULL,
                    state_since = CASE WHEN endpoints.state = excluded.state THEN endpoints.state_since
                        ELSE excluded.state_since END,
                    state = excluded.state, registered_at = excluded.registered_at
                RETURNING id";
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(i64::from(it.kind.code()))
        .text(it.address.as_str())
        .int(i64::from(state.code()))
        .int(now.0);
    let row = session.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    Ok(EndpointId(row.columns().int("id")?))
}

/// Whether the bounds forbid this device; from here to the end of the transaction, no other device of the guest is
/// registered.
pub(crate) async fn refused(
    tx: &mut Session,
    bounds: &DeviceBounds,
    kind: EndpointKind,
    known: Option<EndpointId>,
    customer: Option<CustomerId>,
    now: Timestamp,
) -> Result<Option<Device>> {
    if known.is_none() && !bounds.new {
        return Ok(Some(Device::NotNow));
    }
    let Some(customer) = customer else {
        return Ok(None);
    };
    let lock = "SELECT id FROM customers WHERE id = $1 {lock}";
    tx.execute(sql(lock).int(customer.0).lock("FOR NO KEY UPDATE")).await?;
    let text = "SELECT e.id FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id
                WHERE l.customer_id = $1 AND e.kind = $2 AND e.registered_at > $3";
    let statement = sql(text).int(customer.0).int(i64::from(kind.code()));
    let mut others = 0;
    for row in tx.fetch(statement.int(now.0.saturating_sub(DAY_MS))).await? {
        if Some(EndpointId(row.columns().int("id")?)) == known {
            return Ok(None);
        }
        others += 1;
    }
    Ok((others >= bounds.a_day).then_some(Device::TooMany))
}

/// Retires what the guest has beyond the bound, except the device that was registered just now.
pub(crate) async fn make_room(
    tx: &mut Session,
    bounds: &DeviceBounds,
    kind: EndpointKind,
    newest: EndpointId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<()> {
    let text = "UPDATE endpoints SET state = $1, state_since = $2, reason = $3 WHERE id IN (
                    SELECT e.id FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id
                    WHERE l.customer_id = $4 AND e.kind = $5 AND e.state <> $1
                    ORDER BY CASE WHEN e.id = $6 THEN 0 ELSE 1 END, e.registered_at DESC, e.id DESC
                    LIMIT 1000000 OFFSET $7)";
    let statement = sql(text)
        .int(i64::from(EndpointState::Dead.code()))
        .int(now.0)
        .text(MADE_ROOM_REASON)
        .int(customer.0)
        .int(i64::from(kind.code()))
        .int(newest.0);
    tx.execute(statement.int(i64::from(bounds.live))).await?;
    Ok(())
}
