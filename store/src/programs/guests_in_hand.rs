//! The guests of firings, as whoever decides sees them.

use super::dated;
use super::deciding::{Needs, Standing};
use crate::Result;
use crate::audience::Selection;
use crate::guests::permission::permission;
use crate::ledger::{PlanGuest, admit};
use crate::live_endpoints;
use crate::sql::{Row, Session};
use bellhop_domain::*;
use std::collections::HashMap;

/// How these guests stand; who is missing has no card any more. Only they are looked at, whoever else is in the audience.
pub(super) async fn standing(
    session: &mut Session,
    audience: &Selection,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Standing>> {
    if customers.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = session.fetch_rendered(&audience.among(customers)).await?;
    rows.iter().map(one).collect()
}

/// Adds what a rule asks of the guests beside that.
pub(super) async fn complete(
    session: &mut Session,
    org: OrgId,
    needs: Needs,
    customers: &[CustomerId],
    standing: &mut HashMap<CustomerId, Standing>,
) -> Result<()> {
    if needs.zones {
        for (customer, zone) in admit::zones(session, org, customers).await? {
            if let Some(it) = standing.get_mut(&customer) {
                it.zone = Some(zone);
            }
        }
    }
    if needs.burns {
        for (customer, burns) in dated::burns(session, customers).await? {
            if let Some(it) = standing.get_mut(&customer) {
                it.burns = Some(burns);
            }
        }
    }
    Ok(())
}

fn one(row: &Row) -> Result<(CustomerId, Standing)> {
    let c = row.columns();
    let guest = PlanGuest {
        customer: CustomerId(c.int("customer_id")?),
        blacklisted: c.flag("blacklisted")?,
        may: permission(&c)?,
        endpoints: live_endpoints::read(&c)?,
    };
    let holds = c.flag("holds")?;
    let standing = Standing {
        guest,
        holds,
        zone: None,
        burns: None,
    };
    Ok((standing.guest.customer, standing))
}
