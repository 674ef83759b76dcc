//! Segments, read.

use crate::base::row::Columns;
use crate::db::Db;
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::segment::Segment;
use bellhop_domain::{LandingId, MailingId, OrgId, ProgramId, SegmentId, Timestamp};

/// Users that are named; whoever has more needs no list.
const USES: u32 = 200;

/// A segment to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewSegment<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub filter: &'a Segment,
}

/// A saved segment.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptSegment {
    pub id: SegmentId,
    pub name: String,
    pub description: String,
    pub filter: Segment,
    /// Counts its changes, from 1.
    pub version: i64,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentPage {
    pub segments: Vec<KeptSegment>,
    /// How many there are in all.
    pub total: u64,
}

/// Who uses a segment, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SegmentUse {
    Mailing(MailingId, String),
    /// By its present version.
    Program(ProgramId, String),
    Landing(LandingId, String),
}

pub(super) fn absent(id: SegmentId) -> StoreError {
    StoreError::NotFound {
        what: "segment",
        id: id.to_string(),
    }
}

pub(super) fn filter_of(id: SegmentId, text: &str) -> Result<Segment> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
        what: "segment",
        id: id.to_string(),
        problem: error.to_string(),
    })
}

const COLUMNS: &str = "s.id, s.name, s.description, s.filter, s.version, s.created_at, s.changed_at";

fn read(c: &Columns<'_>) -> Result<KeptSegment> {
    let id = SegmentId(c.int("id")?);
    Ok(KeptSegment {
        id,
        name: c.text("name")?,
        description: c.text("description")?,
        filter: filter_of(id, &c.text("filter")?)?,
        version: c.int("version")?,
        created_at: Timestamp(c.int("created_at")?),
        changed_at: Timestamp(c.int("changed_at")?),
    })
}

pub(super) async fn one(session: &mut Session, org: OrgId, id: SegmentId) -> Result<KeptSegment> {
    let text = format!("SELECT {COLUMNS} FROM segments s WHERE s.id = $1 AND s.org_id = $2 AND s.removed_at IS NULL");
    let row = session.first(sql(text).int(id.0).int(i64::from(org.0))).await?;
    read(&row.ok_or_else(|| absent(id))?.columns())
}

pub(super) async fn page(db: &Db, org: OrgId, before: Option<SegmentId>, limit: u32) -> Result<SegmentPage> {
    let mut session = Session::snapshot(db).await?;
    let text = format!(
        "SELECT {COLUMNS} FROM segments s WHERE s.org_id = $1 AND s.removed_at IS NULL AND s.id < $2
         ORDER BY s.id DESC LIMIT {limit}"
    );
    let before = before.map_or(i64::MAX, |id| id.0);
    let rows = session.fetch(sql(text).int(i64::from(org.0)).int(before)).await?;
    let total = count(&mut session, org).await?;
    session.commit().await?;
    let segments = rows.iter().map(|row| read(&row.columns())).collect::<Result<_>>()?;
    Ok(SegmentPage { segments, total })
}

pub(super) async fn count(session: &mut Session, org: OrgId) -> Result<u64> {
    let text = "SELECT COUNT(*) AS number FROM segments WHERE org_id = $1 AND removed_at IS NULL";
    let row = session.first(sql(text).int(i64::from(org.0))).await?;
    let number = row.map_or(Ok(0), |row| row.columns().int("number"))?;
    Ok(number.unsigned_abs())
}

pub(super) async fn uses(session: &mut Session, org: OrgId, id: SegmentId) -> Result<Vec<SegmentUse>> {
    let text = format!(
        "SELECT m.id, m.name, v.program_id FROM segment_uses u JOIN mailings m ON m.id = u.mailing_id
         LEFT JOIN program_versions v ON v.mailing_id = m.id LEFT JOIN programs p ON p.id = v.program_id
         WHERE u.segment_id = $1 AND m.org_id = $2 AND m.removed_at IS NULL
            AND (v.mailing_id IS NULL OR v.version = p.version)
         ORDER BY m.id DESC LIMIT {USES}"
    );
    let rows = session.fetch(sql(text).int(id.0).int(i64::from(org.0))).await?;
    let mut uses = Vec::new();
    for row in &rows {
        let c = row.columns();
        let name = c.text("name")?;
        uses.push(match c.opt_int("program_id")? {
            Some(program) => SegmentUse::Program(ProgramId(program), name),
            None => SegmentUse::Mailing(MailingId(c.int("id")?), name),
        });
    }
    let text = format!(
        "SELECT l.id, l.name FROM landings l WHERE l.segment_id = $1 AND l.org_id = $2 AND l.removed_at IS NULL
         ORDER BY l.id DESC LIMIT {USES}"
    );
    for row in &session.fetch(sql(text).int(id.0).int(i64::from(org.0))).await? {
        let c = row.columns();
        uses.push(SegmentUse::Landing(LandingId(c.int("id")?), c.text("name")?));
    }
    Ok(uses)
}
