//! The audit log as people read it.

use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::{OrgId, PersonId, Timestamp, person};
use serde_json::Value;

/// Who changed what.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: i64,
    pub at: Timestamp,
    /// A person, an API key, the command line, or Bellhop by itself.
    pub who: String,
    /// Like `mailing.change`.
    pub action: String,
    /// Like `mailing 7`.
    pub object: String,
    pub detail: Option<String>,
    /// What was different of it before, and is afterwards.
    pub was: Option<Value>,
    pub became: Option<Value>,
}

/// Which entries: all, unless it says otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub struct JournalFilter<'a> {
    pub person: Option<PersonId>,
    /// A thing, like `mailing 7`.
    pub object: Option<&'a str>,
    pub from: Option<Timestamp>,
    pub before: Option<Timestamp>,
}

#[async_trait]
pub trait Journal: Send + Sync {
    /// Entries below a number, the latest first.
    async fn journal(
        &self,
        org: OrgId,
        filter: JournalFilter<'_>,
        below: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Entry>>;
}

#[async_trait]
impl Journal for SqlStore {
    async fn journal(
        &self,
        org: OrgId,
        filter: JournalFilter<'_>,
        below: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let signature = filter.person.map(|id| format!("{}%", person::signature(id)));
        let mut text = "SELECT id, at, who, action, object, detail, was, became FROM audit_log
                        WHERE org_id = $1 AND id < $2 AND at >= $3 AND at < $4"
            .to_owned();
        let mut arguments = Vec::new();
        for (column, value) in [("who LIKE", signature.as_deref()), ("object =", filter.object)] {
            if let Some(value) = value {
                arguments.push(value);
                text.push_str(&format!(" AND {column} ${}", 4 + arguments.len()));
            }
        }
        text.push_str(&format!(" ORDER BY id DESC LIMIT {limit}"));
        let statement = sql(text)
            .int(i64::from(org.0))
            .int(below.unwrap_or(i64::MAX))
            .int(filter.from.map_or(i64::MIN, |at| at.0))
            .int(filter.before.map_or(i64::MAX, |at| at.0));
        let statement = arguments.into_iter().fold(statement, |it, value| it.text(value));
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        rows.iter().map(entry_of).collect()
    }
}

fn entry_of(row: &Row) -> Result<Entry> {
    let c = row.columns();
    let id = c.int("id")?;
    let read = |column: &str| {
        let text = c.opt_text(column)?;
        let value = text.map(|text| serde_json::from_str(&text)).transpose();
        value.map_err(|e| StoreError::Corrupt {
            what: "audit entry",
            id: id.to_string(),
            problem: e.to_string(),
        })
    };
    Ok(Entry {
        id,
        at: Timestamp(c.int("at")?),
        who: c.text("who")?,
        action: c.text("action")?,
        object: c.text("object")?,
        detail: c.opt_text("detail")?,
        was: read("was")?,
        became: read("became")?,
    })
}
