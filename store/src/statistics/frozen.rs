//! How far messages and orders are frozen.

use crate::Result;
use crate::ledger::gone::frozen_before;
use crate::sql::{Session, sql};
use bellhop_domain::OrgId;

pub(crate) struct Frozen {
    /// Messages with lower numbers are frozen: their rows count no more, and may be gone. `None`: none is.
    pub messages_before: Option<i64>,
    /// Orders of the organisation placed before are decided for good.
    pub orders_before: i64,
}

impl Frozen {
    pub async fn read(session: &mut Session, org: OrgId) -> Result<Self> {
        Ok(Self {
            messages_before: frozen_before(session).await?,
            orders_before: orders_before(session, org).await?.unwrap_or(i64::MIN),
        })
    }

    /// SQL, to follow other conditions: that the message with this number is not frozen.
    pub fn alive(&self, number: &str) -> String {
        let before = self.messages_before;
        before.map_or_else(String::new, |before| format!(" AND {number} >= {before}"))
    }
}

/// When the first order was placed that is not decided for good, if any is.
pub(crate) async fn orders_before(session: &mut Session, org: OrgId) -> Result<Option<i64>> {
    let text = "SELECT before FROM frozen_orders WHERE org_id = $1";
    let row = session.first(sql(text).int(i64::from(org.0))).await?;
    row.map(|row| row.columns().int("before")).transpose()
}
