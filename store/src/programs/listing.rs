//! Programs and their versions.

use super::told::absent;
use super::types::{Program, ProgramState, Version};
use crate::Result;
use crate::db::Db;
use crate::sql::{Row, Session, sql};
use bellhop_domain::*;

const PROGRAMS: &str =
    "SELECT p.id, p.org_id, p.name, p.state, p.version, v.definition, v.mailing_id, p.created_at, p.switched_at
    FROM programs p JOIN program_versions v ON v.program_id = p.id AND v.version = p.version";

pub(super) async fn all(db: &Db, org: OrgId) -> Result<Vec<Program>> {
    let text = format!("{PROGRAMS} WHERE p.org_id = $1 ORDER BY p.id DESC");
    let rows = Session::read(db).await?.fetch(sql(text).int(i64::from(org.0))).await?;
    rows.iter().map(program_of).collect()
}

/// Those of all organisations that are not off.
pub(super) async fn live(db: &Db) -> Result<Vec<Program>> {
    let text = format!("{PROGRAMS} WHERE p.state <> {} ORDER BY p.id", ProgramState::Off.code());
    let rows = Session::read(db).await?.fetch(sql(text)).await?;
    rows.iter().map(program_of).collect()
}

pub(super) async fn one(db: &Db, org: OrgId, id: ProgramId) -> Result<Program> {
    let text = format!("{PROGRAMS} WHERE p.id = $1 AND p.org_id = $2");
    let statement = sql(text).int(id.0).int(i64::from(org.0));
    let row = Session::read(db).await?.first(statement).await?;
    program_of(&row.ok_or_else(|| absent(id))?)
}

pub(super) async fn versions(db: &Db, org: OrgId, id: ProgramId) -> Result<Vec<Version>> {
    let text =
        "SELECT v.version, v.mailing_id, v.created_at FROM programs p JOIN program_versions v ON v.program_id = p.id
                WHERE p.id = $1 AND p.org_id = $2 ORDER BY v.version DESC";
    let statement = sql(text).int(id.0).int(i64::from(org.0));
    let rows = Session::read(db).await?.fetch(statement).await?;
    let version = |row: &Row| {
        let c = row.columns();
        Ok(Version {
            version: c.int("version")? as i32,
            mailing: MailingId(c.int("mailing_id")?),
            created_at: Timestamp(c.int("created_at")?),
        })
    };
    match rows.is_empty() {
        true => Err(absent(id)),
        false => rows.iter().map(version).collect(),
    }
}

fn program_of(row: &Row) -> Result<Program> {
    let c = row.columns();
    Ok(Program {
        id: ProgramId(c.int("id")?),
        org: OrgId(c.int("org_id")? as i32),
        name: c.text("name")?,
        state: c.code("state", "state of a program", ProgramState::from_code)?,
        version: c.int("version")? as i32,
        definition: c.text("definition")?,
        mailing: MailingId(c.int("mailing_id")?),
        created_at: Timestamp(c.int("created_at")?),
        switched_at: Timestamp(c.int("switched_at")?),
    })
}
