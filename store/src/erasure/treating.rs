//! What the registry says of a table, as statements.

use super::codes::{DEAD, ERASED, EXPORT, EXPORT_ERASED, EXPORT_LIVING, FIRING_SKIPPED, FIRING_WAITS};
use super::registry::{Entry, Treatment};
use crate::Result;
use crate::db::Dialect;
use crate::sql::{Session, sql};
use bellhop_domain::{CustomerId, Timestamp};
use std::collections::BTreeSet;

/// SQLite leaves what is deleted in its file until the room is used again, unless it is told to write zeros over it.
pub(super) async fn overwrite(tx: &mut Session) -> Result<()> {
    if tx.dialect() == Dialect::Sqlite {
        tx.fetch(sql("PRAGMA secure_delete = ON")).await?;
    }
    Ok(())
}

/// Rows that go, and rows that stay without the person.
pub(super) async fn treat(
    tx: &mut Session,
    entry: &Entry,
    own: &BTreeSet<i64>,
    guest: CustomerId,
    now: Timestamp,
) -> Result<()> {
    let table = entry.table;
    let text = match entry.treatment {
        Treatment::Rows(condition) => format!("DELETE FROM {table} WHERE {condition}"),
        Treatment::Set(what, condition) => format!("UPDATE {table} SET {what} WHERE {condition}"),
        Treatment::ByAddress | Treatment::ByMonth | Treatment::ByText | Treatment::Nobody(_) => return Ok(()),
    };
    tx.execute(sql(filled(&text, own, guest, now))).await?;
    Ok(())
}

/// Numbers alone are put in, never a text.
fn filled(text: &str, own: &BTreeSet<i64>, guest: CustomerId, now: Timestamp) -> String {
    let own: Vec<String> = own.iter().map(i64::to_string).collect();
    let own = match own.is_empty() {
        true => "(NULL)".to_owned(),
        false => format!("({})", own.join(", ")),
    };
    text.replace("{guest}", &guest.0.to_string())
        .replace("{own}", &own)
        .replace("{now}", &now.0.to_string())
        .replace("{dead}", &DEAD.to_string())
        .replace("{waits}", &FIRING_WAITS.to_string())
        .replace("{skipped}", &FIRING_SKIPPED.to_string())
        .replace("{erased}", &ERASED.to_string())
        .replace("{export}", &EXPORT.to_string())
        .replace("{export_erased}", &EXPORT_ERASED.to_string())
        .replace(
            "{export_living}",
            &EXPORT_LIVING.map(|code| code.to_string()).join(", "),
        )
}
