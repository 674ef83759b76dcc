//! The guests of a planning page, as the planner sees them.

use super::runs::parse_spec;
use super::types::{PlanGuest, Run};
use crate::Result;
use crate::db::Db;
use crate::sql::{Row, Session, sql};
use bellhop_domain::*;

/// A run's audience, ready to be read page by page.
pub(super) struct Audience;

pub(super) async fn select(_db: &Db, run: &Run) -> Result<Audience> {
    parse_spec(run.id, &run.spec)?;
    Ok(Audience)
}

impl Audience {
    /// The guests after customer `after`, of the next `limit` customers; and the last of these customers, if any.
    pub async fn page(
        &self,
        tx: &mut Session,
        run: &Run,
        after: i64,
        limit: u32,
    ) -> Result<(Vec<PlanGuest>, Option<i64>)> {
        let org = i64::from(run.org.0);
        let text = "SELECT MAX(customer_id) FROM (
                        SELECT customer_id FROM customer_facts WHERE org_id = $1 AND customer_id > $2
                        ORDER BY customer_id LIMIT $3) AS page";
        let row = tx.first(sql(text).int(org).int(after).int(i64::from(limit))).await?;
        let Some(upto) = row.map_or(Ok(None), |row| row.cells().opt_int())? else {
            return Ok((Vec::new(), None));
        };
        let text = "SELECT customer_id, blacklisted, consent_mask, push_endpoint, push_kind, web_push_endpoint,
                           whatsapp_endpoint, phone_endpoint
                    FROM customer_facts WHERE org_id = $1 AND customer_id > $2 AND customer_id <= $3
                    ORDER BY customer_id";
        let rows = tx.fetch(sql(text).int(org).int(after).int(upto)).await?;
        Ok((rows.iter().map(guest).collect::<Result<_>>()?, Some(upto)))
    }
}

fn guest(row: &Row) -> Result<PlanGuest> {
    let mut c = row.cells();
    Ok(PlanGuest {
        customer: CustomerId(c.int()?),
        blacklisted: c.flag()?,
        consents: c.int()?,
        endpoints: endpoints(&mut c)?,
    })
}

/// Reads `push_endpoint, push_kind, web_push_endpoint, whatsapp_endpoint, phone_endpoint`: the live address to use
/// per channel.
pub(super) fn endpoints(c: &mut crate::sql::Cells<'_>) -> Result<[Option<(EndpointKind, EndpointId)>; 4]> {
    let push = c.opt_int()?;
    let push_kind = c.opt_code("endpoint kind", EndpointKind::from_code)?;
    let mut other = |kind: EndpointKind| Ok::<_, crate::StoreError>(c.opt_int()?.map(|id| (kind, EndpointId(id))));
    let (web_push, whatsapp, phone) = (
        other(EndpointKind::WebPush)?,
        other(EndpointKind::WhatsApp)?,
        other(EndpointKind::Phone)?,
    );
    Ok([push_kind.zip(push.map(EndpointId)), web_push, whatsapp, phone])
}
