//! Who has what open, so that two who edit one thing see each other.
//!
//! What a page says holds for [`HOLDS`]: a page that is closed without a word, or whose line is gone, is gone by itself.

use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::{OrgId, PersonId, Timestamp};
use std::time::Duration;

/// How long a word holds that is not said again.
pub const HOLDS: Duration = Duration::from_secs(30);

/// The most that is shown of an organisation.
const MOST: u32 = 500;

/// What a page says.
#[derive(Debug, Clone, Copy)]
pub struct AtIt<'a> {
    /// What is open, as `mailing 7`.
    pub thing: &'a str,
    /// As the audit log names them.
    pub who: &'a str,
    pub person: Option<PersonId>,
    /// Whether they write, or only look.
    pub editing: bool,
}

/// Somebody who has something open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    pub thing: String,
    pub who: String,
    pub person: Option<PersonId>,
    pub editing: bool,
    pub since: Timestamp,
}

/// Who is at what.
#[async_trait]
pub trait Presence: Send + Sync {
    /// They have it open, still or from now on.
    async fn be_present(&self, org: OrgId, at_it: AtIt<'_>, now: Timestamp) -> Result<()>;
    async fn leave(&self, org: OrgId, thing: &str, who: &str) -> Result<()>;
    /// Everybody in the organisation who has something open, by what it is.
    async fn present(&self, org: OrgId, now: Timestamp) -> Result<Vec<Present>>;
}

#[async_trait]
impl Presence for SqlStore {
    async fn be_present(&self, org: OrgId, at_it: AtIt<'_>, now: Timestamp) -> Result<()> {
        let gone = now.minus(HOLDS).0;
        let mut tx = Session::autocommit(&self.db).await?;
        let text = "INSERT INTO presence (org_id, thing, who, person_id, editing, since, seen_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $6)
                    ON CONFLICT (org_id, thing, who) DO UPDATE SET editing = excluded.editing, person_id = excluded.person_id,
                        since = CASE WHEN presence.seen_at > $7 THEN presence.since ELSE excluded.since END,
                        seen_at = excluded.seen_at";
        let statement = sql(text)
            .int(i64::from(org.0))
            .text(at_it.thing)
            .text(at_it.who)
            .int(at_it.person.map(|it| it.0))
            .flag(at_it.editing)
            .int(now.0)
            .int(gone);
        tx.execute(statement).await?;
        tx.execute(sql("DELETE FROM presence WHERE seen_at <= $1").int(gone))
            .await?;
        tx.commit().await
    }

    async fn leave(&self, org: OrgId, thing: &str, who: &str) -> Result<()> {
        let mut tx = Session::autocommit(&self.db).await?;
        let text = "DELETE FROM presence WHERE org_id = $1 AND thing = $2 AND who = $3";
        tx.execute(sql(text).int(i64::from(org.0)).text(thing).text(who))
            .await?;
        tx.commit().await
    }

    async fn present(&self, org: OrgId, now: Timestamp) -> Result<Vec<Present>> {
        let text = format!(
            "SELECT thing, who, person_id, editing, since FROM presence WHERE org_id = $1 AND seen_at > $2
             ORDER BY thing, since, who LIMIT {MOST}"
        );
        let statement = sql(text).int(i64::from(org.0)).int(now.minus(HOLDS).0);
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        let read = rows.iter().map(|row| {
            let c = row.columns();
            Ok(Present {
                thing: c.text("thing")?,
                who: c.text("who")?,
                person: c.opt_int("person_id")?.map(PersonId),
                editing: c.flag("editing")?,
                since: Timestamp(c.int("since")?),
            })
        });
        read.collect()
    }
}
