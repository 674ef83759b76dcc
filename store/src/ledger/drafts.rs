//! Mailings as they are written: made once, read with their version, changed and removed while nothing of them is under
//! way, and listed a page at a time.

use super::commands::{absent, create, runs_before};
use super::listing::{COLUMNS, ListedMailing, MAILINGS, listed_mailing};
use crate::base::audit::{Deed, Difference, log, log_change};
use crate::base::crossed::again_if_crossed;
use crate::base::once::{self, Once};
use crate::segments::note;
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::message::RunState;
use bellhop_domain::statistics::MailingState;
use bellhop_domain::{MailingId, OrgId, RunId, Timestamp};
use serde::Deserialize;

/// A mailing as whoever changes it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMailing {
    /// As in a list.
    pub listed: ListedMailing,
    /// Its file, JSON.
    pub spec: String,
    /// Counts its changes, from 1.
    pub version: i64,
}

/// A change of a mailing.
#[derive(Debug, Clone, Copy)]
pub struct MailingEdit<'a> {
    pub id: MailingId,
    /// The version that was read.
    pub version: i64,
    pub name: &'a str,
    pub spec: &'a str,
}

/// Which mailings are listed: all, unless it says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailingFilter {
    pub state: Option<MailingState>,
    /// Created then or later.
    pub created_from: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailingPage {
    /// The latest first.
    pub mailings: Vec<ListedMailing>,
    /// All that the filter lets in.
    pub total: u64,
}

/// Whoever writes mailings; `who` goes to the audit log.
#[async_trait]
pub trait Drafting: Send + Sync {
    /// Makes a mailing, or returns the one that was made for the same request before.
    async fn create_mailing_once(
        &self,
        org: OrgId,
        name_and_spec: (&str, &str),
        once: &Once<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<MailingId>;
    /// The number of what was made for this request, a mailing or a run.
    async fn made(&self, org: OrgId, once: &Once<'_>) -> Result<Option<i64>>;
    async fn kept_mailing(&self, org: OrgId, id: MailingId) -> Result<KeptMailing>;
    /// Those before a mailing, the latest first.
    async fn mailing_page(
        &self,
        org: OrgId,
        filter: &MailingFilter,
        before: Option<MailingId>,
        limit: u32,
    ) -> Result<MailingPage>;
    /// Changes a mailing that is at the version that was read; `false` if it is not. A conflict while a run of it is alive,
    /// and for a target promo that orders have been credited by.
    async fn change_mailing(&self, org: OrgId, edit: MailingEdit<'_>, who: &str, now: Timestamp) -> Result<bool>;
    /// Removes a mailing that is at this version; `false` if it is not. A conflict if it was launched: its statistics stay
    /// for ever.
    async fn remove_mailing(&self, org: OrgId, id: MailingId, version: i64, who: &str, now: Timestamp) -> Result<bool>;
}

#[async_trait]
impl Drafting for SqlStore {
    async fn create_mailing_once(
        &self,
        org: OrgId,
        name_and_spec: (&str, &str),
        once: &Once<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<MailingId> {
        again_if_crossed!(self.try_create_once(org, name_and_spec, once, who, now))
    }

    async fn made(&self, org: OrgId, once: &Once<'_>) -> Result<Option<i64>> {
        once::made(&mut Session::read(&self.db).await?, org, once).await
    }

    async fn kept_mailing(&self, org: OrgId, id: MailingId) -> Result<KeptMailing> {
        let text = format!("SELECT {COLUMNS}, m.spec, m.version FROM {MAILINGS} AND m.id = $2");
        let statement = sql(text).int(i64::from(org.0)).int(id.0);
        let row = Session::read(&self.db).await?.first(statement).await?;
        kept(&row.ok_or_else(|| absent("mailing", id))?)
    }

    async fn mailing_page(
        &self,
        org: OrgId,
        filter: &MailingFilter,
        before: Option<MailingId>,
        limit: u32,
    ) -> Result<MailingPage> {
        let mut session = Session::snapshot(&self.db).await?;
        let of = format!(
            "{MAILINGS} AND m.created_at >= $2 AND m.created_at < $3{}",
            of_state(filter.state)
        );
        let filtered = |text: String| {
            let from = filter.created_from.map_or(i64::MIN, |at| at.0);
            let until = filter.created_before.map_or(i64::MAX, |at| at.0);
            sql(text).int(i64::from(org.0)).int(from).int(until)
        };
        let text = format!("SELECT {COLUMNS} FROM {of} AND m.id < $4 ORDER BY m.id DESC LIMIT {limit}");
        let statement = filtered(text).int(before.map_or(i64::MAX, |id| id.0));
        let rows = session.fetch(statement).await?;
        let all = filtered(format!("SELECT COUNT(*) AS number FROM {of}"));
        let total = session.first(all).await?;
        let total = total.map_or(Ok(0), |row| row.columns().int("number"))?;
        session.commit().await?;
        Ok(MailingPage {
            mailings: rows.iter().map(listed_mailing).collect::<Result<_>>()?,
            total: total.unsigned_abs(),
        })
    }

    async fn change_mailing(&self, org: OrgId, edit: MailingEdit<'_>, who: &str, now: Timestamp) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        let found = locked(&mut tx, org, edit.id).await?;
        if found.version != edit.version {
            return Ok(false);
        }
        let runs = runs_before(&mut tx, edit.id).await?;
        at_rest(edit.id, &runs)?;
        if !runs.is_empty() && promo(edit.id, &found.spec)? != promo(edit.id, edit.spec)? {
            return Err(StoreError::Conflict(Why::MailingPromoCounts { mailing: edit.id.0 }));
        }
        if found.spec == edit.spec {
            tx.commit().await?;
            return Ok(true);
        }
        let text = "UPDATE mailings SET name = $2, spec = $3, version = version + 1 WHERE id = $1";
        tx.execute(sql(text).int(edit.id.0).text(edit.name).text(edit.spec))
            .await?;
        note(&mut tx, edit.id, edit.spec).await?;
        let deed = deed(org, who, "mailing.change", edit.id, Some(edit.name), now);
        log_change(&mut tx, deed, &difference(&found.spec, edit.spec)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn remove_mailing(&self, org: OrgId, id: MailingId, version: i64, who: &str, now: Timestamp) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        let found = locked(&mut tx, org, id).await?;
        if found.version != version {
            return Ok(false);
        }
        if !runs_before(&mut tx, id).await?.is_empty() {
            return Err(StoreError::Conflict(Why::MailingLaunched { mailing: id.0 }));
        }
        let text = "UPDATE mailings SET removed_at = $2 WHERE id = $1";
        tx.execute(sql(text).int(id.0).int(now.0)).await?;
        tx.execute(sql("DELETE FROM schedules WHERE mailing_id = $1").int(id.0))
            .await?;
        log(&mut tx, deed(org, who, "mailing.remove", id, None, now)).await?;
        tx.commit().await?;
        Ok(true)
    }
}

impl SqlStore {
    async fn try_create_once(
        &self,
        org: OrgId,
        (name, spec): (&str, &str),
        once: &Once<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<MailingId> {
        let mut tx = Session::begin(&self.db).await?;
        if let Some(made) = once::made(&mut tx, org, once).await? {
            return Ok(MailingId(made));
        }
        let id = create(&mut tx, org, (name, spec), who, now).await?;
        once::keep(&mut tx, org, once, id.0, now).await?;
        tx.commit().await?;
        Ok(id)
    }
}

fn of_state(state: Option<MailingState>) -> String {
    match state {
        None => String::new(),
        Some(MailingState::Draft) => " AND r.id IS NULL".to_owned(),
        Some(MailingState::Run(state)) => format!(" AND r.state = {}", state.code()),
    }
}

fn kept(row: &Row) -> Result<KeptMailing> {
    let c = row.columns();
    Ok(KeptMailing {
        listed: listed_mailing(row)?,
        spec: c.text("spec")?,
        version: c.int("version")?,
    })
}

/// A mailing as it is, which a launch waits for.
struct Found {
    spec: String,
    version: i64,
}

async fn locked(tx: &mut Session, org: OrgId, id: MailingId) -> Result<Found> {
    let text = "SELECT spec, version FROM mailings WHERE id = $1 AND org_id = $2 AND removed_at IS NULL {lock}";
    let statement = sql(text).int(id.0).int(i64::from(org.0)).lock("FOR NO KEY UPDATE");
    let row = tx.first(statement).await?.ok_or_else(|| absent("mailing", id))?;
    let c = row.columns();
    Ok(Found {
        spec: c.text("spec")?,
        version: c.int("version")?,
    })
}

/// A run has a copy of the file, and whoever follows it would read another.
fn at_rest(mailing: MailingId, runs: &[(RunId, RunState)]) -> Result<()> {
    let alive = runs
        .iter()
        .find(|(_, state)| !matches!(state, RunState::Finished | RunState::Cancelled));
    match alive {
        None => Ok(()),
        Some(&(run, state)) => Err(StoreError::Conflict(Why::MailingUnderWay {
            mailing: mailing.0,
            run: run.0,
            state: Term(state.name()),
        })),
    }
}

/// What of the file is different; nothing of one that is no JSON.
fn difference(before: &str, after: &str) -> Difference {
    let read = |text: &str| serde_json::from_str(text).unwrap_or_default();
    Difference::of(&read(before), &read(after))
}

/// By which orders are credited to the mailing.
fn promo(mailing: MailingId, spec: &str) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct File {
        target_promo: Option<String>,
    }
    let file = serde_json::from_str::<File>(spec).map_err(|e| StoreError::Corrupt {
        what: "mailing",
        id: mailing.to_string(),
        problem: format!("its file: {e}"),
    })?;
    Ok(file.target_promo)
}

fn deed<'a>(
    org: OrgId,
    who: &'a str,
    action: &'static str,
    mailing: MailingId,
    detail: Option<&'a str>,
    at: Timestamp,
) -> Deed<'a> {
    Deed {
        org,
        who,
        action,
        object: format!("mailing {mailing}"),
        detail,
        at,
    }
}
