//! A dispatcher's part: who is due is looked at, and passes go on.

use super::judging::{in_hand, look, plan};
use super::passing;
use super::types::{Looked, Passed};
use crate::base::crossed::again_if_crossed;
use crate::consent::lock::among_others;
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::{OrgId, Timestamp};

/// A dispatcher's, for automatic tags.
#[async_trait]
pub trait AutomaticTags: Send + Sync {
    /// Organisations with guests whom rules are to look at now.
    async fn due_for_tags(&self, now: Timestamp) -> Result<Vec<OrgId>>;
    /// Looks at the next of them, in one transaction; several may look at once.
    async fn look_at_tags(&self, org: OrgId, limit: u32, now: Timestamp) -> Result<Looked>;
    /// Organisations over whose guests a pass is under way.
    async fn passes_under_way(&self) -> Result<Vec<OrgId>>;
    /// Looks at the next guests of the pass, in one transaction.
    async fn pass_on(&self, org: OrgId, limit: u32, now: Timestamp) -> Result<Passed>;
}

#[async_trait]
impl AutomaticTags for SqlStore {
    async fn due_for_tags(&self, now: Timestamp) -> Result<Vec<OrgId>> {
        // One look into the index for each organisation that has or had rules, however many guests wait.
        let text = "SELECT own.org_id FROM (SELECT DISTINCT org_id FROM tag_rules) own
                    WHERE EXISTS (SELECT 1 FROM tag_looks t WHERE t.org_id = own.org_id AND t.look_at <= $1)
                    ORDER BY own.org_id";
        let rows = Session::read(&self.db).await?.fetch(sql(text).int(now.0)).await?;
        rows.iter().map(org_of).collect()
    }

    async fn look_at_tags(&self, org: OrgId, limit: u32, now: Timestamp) -> Result<Looked> {
        again_if_crossed!(self.try_look(org, limit, now))
    }

    async fn passes_under_way(&self) -> Result<Vec<OrgId>> {
        let text = "SELECT org_id FROM tag_passes WHERE ended_at IS NULL ORDER BY org_id";
        let rows = Session::read(&self.db).await?.fetch(sql(text)).await?;
        rows.iter().map(org_of).collect()
    }

    async fn pass_on(&self, org: OrgId, limit: u32, now: Timestamp) -> Result<Passed> {
        again_if_crossed!(passing::page(self, org, limit, now))
    }
}

impl SqlStore {
    async fn try_look(&self, org: OrgId, limit: u32, now: Timestamp) -> Result<Looked> {
        let mut tx = Session::begin(&self.db).await?;
        among_others(&mut tx, org).await?;
        let text = "SELECT customer_id, heard_rule FROM tag_looks WHERE org_id = $1 AND look_at <= $2
                    ORDER BY look_at, customer_id LIMIT $3 {lock}";
        let statement = sql(text)
            .int(i64::from(org.0))
            .int(now.0)
            .int(i64::from(limit))
            .lock("FOR UPDATE SKIP LOCKED");
        let guests = in_hand(&mut tx, statement).await?;
        if guests.is_empty() {
            return Ok(Looked::default());
        }
        let (judged, changed) = look(&mut tx, org, &guests, now).await?;
        plan(&mut tx, &judged).await?;
        tx.commit().await?;
        Ok(Looked {
            guests: guests.len() as u64,
            changed,
        })
    }
}

fn org_of(row: &Row) -> Result<OrgId> {
    Ok(OrgId(row.columns().int("org_id")? as i32))
}
