//! The guests of a planning page, as the planner sees them.

use super::types::PlanGuest;
use crate::Result;
use crate::audience::Selection;
use crate::guests::permission::permission;
use crate::live_endpoints;
use crate::sql::{Row, Session, sql};
use bellhop_domain::*;

/// The guests of the audience among the next `limit` customers after `after`; and the last of these customers, if any.
pub(super) async fn page(
    session: &mut Session,
    org: OrgId,
    audience: &Selection,
    after: CustomerId,
    limit: u32,
) -> Result<(Vec<PlanGuest>, Option<CustomerId>)> {
    let text = "SELECT MAX(customer_id) AS upto FROM (
                    SELECT customer_id FROM customer_facts WHERE org_id = $1 AND customer_id > $2
                    ORDER BY customer_id LIMIT $3) AS page";
    let statement = sql(text).int(i64::from(org.0)).int(after.0).int(i64::from(limit));
    let row = session.first(statement).await?;
    let Some(upto) = row
        .map_or(Ok(None), |row| row.columns().opt_int("upto"))?
        .map(CustomerId)
    else {
        return Ok((Vec::new(), None));
    };
    let rows = session.fetch_rendered(&audience.page(after, upto)).await?;
    Ok((rows.iter().map(guest).collect::<Result<_>>()?, Some(upto)))
}

fn guest(row: &Row) -> Result<PlanGuest> {
    let c = row.columns();
    Ok(PlanGuest {
        customer: CustomerId(c.int("customer_id")?),
        blacklisted: c.flag("blacklisted")?,
        may: permission(&c)?,
        endpoints: live_endpoints::read(&c)?,
    })
}
