//! Mappings of columns, by the names that people give them.

use super::types::{ColumnMapping, Holds, KeptMapping};
use crate::base::audit::{Deed, log};
use crate::db::Db;
use crate::sql::{Row, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::{OrgId, Timestamp};

const COLUMNS: &str = "name, holds, mapping, version, changed_at";

fn absent(name: &str) -> StoreError {
    let (what, id) = ("import mapping", name.to_owned());
    StoreError::NotFound { what, id }
}

pub(super) async fn all(db: &Db, org: OrgId) -> Result<Vec<KeptMapping>> {
    let text = format!("SELECT {COLUMNS} FROM import_mappings WHERE org_id = $1 ORDER BY name LIMIT 1000");
    let rows = Session::read(db).await?.fetch(sql(text).int(i64::from(org.0))).await?;
    rows.iter().map(kept).collect()
}

pub(super) async fn one(db: &Db, org: OrgId, name: &str) -> Result<KeptMapping> {
    let text = format!("SELECT {COLUMNS} FROM import_mappings WHERE org_id = $1 AND name = $2");
    let statement = sql(text).int(i64::from(org.0)).text(name);
    let row = Session::read(db).await?.first(statement).await?;
    kept(&row.ok_or_else(|| absent(name))?)
}

pub(super) async fn keep(
    db: &Db,
    org: OrgId,
    (name, holds, mapping): (&str, Holds, &ColumnMapping),
    who: &str,
    now: Timestamp,
) -> Result<()> {
    let json = serde_json::to_string(mapping).map_err(|error| spoilt(name, &error))?;
    let mut tx = Session::begin(db).await?;
    let text = "INSERT INTO import_mappings (org_id, name, holds, mapping, version, changed_at)
                VALUES ($1, $2, $3, $4, 1, $5)
                ON CONFLICT (org_id, name) DO UPDATE SET holds = excluded.holds, mapping = excluded.mapping,
                    version = import_mappings.version + 1, changed_at = excluded.changed_at";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(name)
        .int(i64::from(holds.code()))
        .text(json.as_str())
        .int(now.0);
    tx.execute(statement).await?;
    log(&mut tx, deed(org, who, "import_mapping.put", name, now)).await?;
    tx.commit().await
}

pub(super) async fn remove(db: &Db, org: OrgId, name: &str, who: &str, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = "DELETE FROM import_mappings WHERE org_id = $1 AND name = $2";
    if tx.execute(sql(text).int(i64::from(org.0)).text(name)).await? == 0 {
        return Err(absent(name));
    }
    log(&mut tx, deed(org, who, "import_mapping.delete", name, now)).await?;
    tx.commit().await
}

fn deed<'a>(org: OrgId, who: &'a str, action: &'static str, name: &str, now: Timestamp) -> Deed<'a> {
    Deed {
        org,
        who,
        action,
        object: format!("import mapping {name}"),
        detail: None,
        at: now,
    }
}

fn spoilt(name: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt {
        what: "import mapping",
        id: name.to_owned(),
        problem: error.to_string(),
    }
}

fn kept(row: &Row) -> Result<KeptMapping> {
    let c = row.columns();
    let name = c.text("name")?;
    Ok(KeptMapping {
        holds: c.code("holds", "content of a file", Holds::from_code)?,
        mapping: serde_json::from_str(&c.text("mapping")?).map_err(|error| spoilt(&name, &error))?,
        version: c.int("version")?,
        changed_at: Timestamp(c.int("changed_at")?),
        name,
    })
}
