//! Landings, read.

use crate::base::row::Columns;
use crate::db::Db;
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::landing::Landing;
use bellhop_domain::{LandingId, OrgId, Timestamp};

/// More are not shown at the entry at once.
const AT_ENTRY: u32 = 50;

/// A landing that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLanding {
    pub id: LandingId,
    pub org: OrgId,
    /// What its address ends with.
    pub token: String,
    pub landing: Landing,
    /// When it began, or will.
    pub starts_at: Timestamp,
    /// Counts its changes, from 1.
    pub version: i64,
    pub created_at: Timestamp,
}

impl KeptLanding {
    /// Whether guests see it.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.starts_at <= now && self.landing.ends_at.is_none_or(|end| now < end)
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandingPage {
    pub landings: Vec<KeptLanding>,
    /// How many there are in all.
    pub total: u64,
}

pub(super) fn absent(id: LandingId) -> StoreError {
    StoreError::NotFound {
        what: "landing",
        id: id.to_string(),
    }
}

const COLUMNS: &str = "l.id, l.org_id, l.token, l.page, l.starts_at, l.version, l.created_at";

fn read(c: &Columns<'_>) -> Result<KeptLanding> {
    let id = LandingId(c.int("id")?);
    let landing = serde_json::from_str(&c.text("page")?).map_err(|error| StoreError::Corrupt {
        what: "landing",
        id: id.to_string(),
        problem: error.to_string(),
    })?;
    Ok(KeptLanding {
        id,
        org: OrgId(c.int("org_id")? as i32),
        token: c.text("token")?,
        landing,
        starts_at: Timestamp(c.int("starts_at")?),
        version: c.int("version")?,
        created_at: Timestamp(c.int("created_at")?),
    })
}

pub(super) async fn one(session: &mut Session, org: OrgId, id: LandingId) -> Result<KeptLanding> {
    let text = format!("SELECT {COLUMNS} FROM landings l WHERE l.id = $1 AND l.org_id = $2 AND l.removed_at IS NULL");
    let row = session.first(sql(text).int(id.0).int(i64::from(org.0))).await?;
    read(&row.ok_or_else(|| absent(id))?.columns())
}

pub(super) async fn page(db: &Db, org: OrgId, before: Option<LandingId>, limit: u32) -> Result<LandingPage> {
    let mut session = Session::snapshot(db).await?;
    let text = format!(
        "SELECT {COLUMNS} FROM landings l WHERE l.org_id = $1 AND l.removed_at IS NULL AND l.id < $2
         ORDER BY l.id DESC LIMIT {limit}"
    );
    let before = before.map_or(i64::MAX, |id| id.0);
    let rows = session.fetch(sql(text).int(i64::from(org.0)).int(before)).await?;
    let total = count(&mut session, org).await?;
    session.commit().await?;
    let landings = rows.iter().map(|row| read(&row.columns())).collect::<Result<_>>()?;
    Ok(LandingPage { landings, total })
}

pub(super) async fn count(session: &mut Session, org: OrgId) -> Result<u64> {
    let text = "SELECT COUNT(*) AS number FROM landings WHERE org_id = $1 AND removed_at IS NULL";
    let row = session.first(sql(text).int(i64::from(org.0))).await?;
    let number = row.map_or(Ok(0), |row| row.columns().int("number"))?;
    Ok(number.unsigned_abs())
}

pub(super) async fn by_token(session: &mut Session, token: &str) -> Result<Option<KeptLanding>> {
    let text = format!("SELECT {COLUMNS} FROM landings l WHERE l.token = $1 AND l.removed_at IS NULL");
    let row = session.first(sql(text).text(token)).await?;
    row.map(|row| read(&row.columns())).transpose()
}

pub(super) async fn at_entry(session: &mut Session, org: OrgId, now: Timestamp) -> Result<Vec<KeptLanding>> {
    let text = format!(
        "SELECT {COLUMNS} FROM landings l WHERE l.org_id = $1 AND l.at_entry AND l.removed_at IS NULL
            AND l.starts_at <= $2 AND (l.ends_at IS NULL OR l.ends_at > $2)
         ORDER BY l.id DESC LIMIT {AT_ENTRY}"
    );
    let rows = session.fetch(sql(text).int(i64::from(org.0)).int(now.0)).await?;
    rows.iter().map(|row| read(&row.columns())).collect()
}
