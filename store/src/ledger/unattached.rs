//! Addresses of apps and sites that nobody has logged in to.

use super::codes::ENDPOINT_ACTIVE;
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::*;

/// The living ones of these kinds among the next `limit` after `after`.
pub(super) async fn page(
    session: &mut Session,
    org: OrgId,
    kinds: &[EndpointKind],
    after: EndpointId,
    limit: u32,
) -> Result<Vec<(EndpointId, EndpointKind)>> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.code().to_string()).collect();
    let text = format!(
        "SELECT id, kind FROM endpoints e
         WHERE org_id = $1 AND id > $2 AND kind IN ({}) AND state = {ENDPOINT_ACTIVE}
           AND NOT EXISTS (SELECT 1 FROM customer_endpoints ce WHERE ce.endpoint_id = e.id)
         ORDER BY id LIMIT $3",
        kinds.join(", ")
    );
    let statement = sql(text).int(i64::from(org.0)).int(after.0).int(i64::from(limit));
    let rows = session.fetch(statement).await?;
    let found = rows.iter().map(|row| {
        let c = row.columns();
        Ok((
            EndpointId(c.int("id")?),
            c.code("kind", "endpoint kind", EndpointKind::from_code)?,
        ))
    });
    found.collect()
}
