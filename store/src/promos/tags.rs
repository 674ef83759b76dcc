//! Which tags the use of a promo sets. Orders look here as they are written (`guests::promo_tags`).

use super::lists::deed;
use crate::base::audit::log;
use crate::guests::{Named, Names, learn};
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use bellhop_domain::{OrgId, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;

/// A promo and the tags that its use sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromoTags {
    pub promo: String,
    pub tags: Vec<String>,
}

pub(super) async fn all(session: &mut Session, org: OrgId) -> Result<Vec<PromoTags>> {
    let text = "SELECT p.promo, t.name FROM promo_tags p JOIN tags t ON t.id = p.tag_id
                WHERE p.org_id = $1 ORDER BY p.promo, t.name";
    let mut found: Vec<PromoTags> = Vec::new();
    for row in session.fetch(sql(text).int(i64::from(org.0))).await? {
        let c = row.columns();
        let (promo, tag) = (c.text("promo")?, c.text("name")?);
        match found.last_mut() {
            Some(last) if last.promo == promo => last.tags.push(tag),
            _ => found.push(PromoTags { promo, tags: vec![tag] }),
        }
    }
    Ok(found)
}

pub(super) async fn set(
    store: &SqlStore,
    org: OrgId,
    promo: &str,
    tags: &BTreeSet<String>,
    who: &str,
    now: Timestamp,
) -> Result<()> {
    let mut tx = Session::begin(&store.db).await?;
    let mut names = Names::default();
    learn(&mut tx, org, Named::Tag, tags.clone(), &mut names).await?;
    let text = "DELETE FROM promo_tags WHERE org_id = $1 AND promo = $2";
    tx.execute(sql(text).int(i64::from(org.0)).text(promo)).await?;
    let ids = tags.iter().filter_map(|tag| names.id(Named::Tag, Some(tag)));
    let text = "INSERT INTO promo_tags (org_id, promo, tag_id) SELECT $1, $2, r.tag FROM {rows}";
    let statement = sql(text).int(i64::from(org.0)).text(promo);
    tx.execute(statement.rows(Table::default().ints("tag", ids))).await?;
    log(&mut tx, deed(org, who, "promo.tags", promo, now)).await?;
    tx.commit().await
}
