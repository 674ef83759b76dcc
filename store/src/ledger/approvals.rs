//! Four eyes: which version of a mailing somebody has approved for others to launch.

use super::commands::absent;
use crate::base::audit::{Deed, log};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::{MailingId, OrgId, PersonId, Timestamp};

/// Somebody who has approved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub person: PersonId,
    pub at: Timestamp,
}

#[async_trait]
pub trait Approving: Send + Sync {
    /// Approves the version that was read; `false` if the mailing is not at it any more.
    async fn approve(
        &self,
        org: OrgId,
        id: MailingId,
        version: i64,
        (person, who): (PersonId, &str),
        now: Timestamp,
    ) -> Result<bool>;
    /// Those of a version, the first first, as far as these people may still log in.
    async fn approvals(&self, org: OrgId, id: MailingId, version: i64) -> Result<Vec<Approval>>;
}

#[async_trait]
impl Approving for SqlStore {
    async fn approve(
        &self,
        org: OrgId,
        id: MailingId,
        version: i64,
        (person, who): (PersonId, &str),
        now: Timestamp,
    ) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "SELECT version FROM mailings WHERE id = $1 AND org_id = $2 AND removed_at IS NULL {lock}";
        let statement = sql(text).int(id.0).int(i64::from(org.0)).lock("FOR NO KEY UPDATE");
        let row = tx.first(statement).await?.ok_or_else(|| absent("mailing", id))?;
        if row.columns().int("version")? != version {
            return Ok(false);
        }
        let text = "INSERT INTO launch_approvals (mailing_id, version, person_id, at) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (mailing_id, version, person_id) DO NOTHING";
        let statement = sql(text).int(id.0).int(version).int(person.0).int(now.0);
        if tx.execute(statement).await? > 0 {
            let detail = format!("version {version}");
            let deed = Deed {
                org,
                who,
                action: "mailing.approve",
                object: format!("mailing {id}"),
                detail: Some(&detail),
                at: now,
            };
            log(&mut tx, deed).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn approvals(&self, org: OrgId, id: MailingId, version: i64) -> Result<Vec<Approval>> {
        let text = "SELECT a.person_id, a.at FROM launch_approvals a JOIN people p ON p.id = a.person_id
                    WHERE a.mailing_id = $1 AND a.version = $2 AND p.org_id = $3 AND p.disabled_at IS NULL
                    ORDER BY a.at, a.person_id";
        let statement = sql(text).int(id.0).int(version).int(i64::from(org.0));
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        let approval = |row: &crate::sql::Row| {
            let c = row.columns();
            Ok(Approval {
                person: PersonId(c.int("person_id")?),
                at: Timestamp(c.int("at")?),
            })
        };
        rows.iter().map(approval).collect()
    }
}
