//! Lists of promo codes, as they are kept.

use crate::base::audit::Deed;
use crate::base::row::Columns;
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::{OrgId, Timestamp};
use serde::Serialize;

/// A list of promo codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromoList {
    #[serde(skip)]
    pub id: i64,
    #[serde(skip)]
    pub org: OrgId,
    pub name: String,
    /// The code of all guests; absent if each message has one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub common_code: Option<String>,
    /// From then on no code is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Characters of its longest code.
    #[serde(skip)]
    pub longest: usize,
    pub created_at: Timestamp,
    /// Personal codes that it has, given ones included.
    pub codes: u64,
    /// Personal codes that no message has.
    pub left: u64,
}

/// A list to be made, or a known one to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPromoList<'a> {
    pub name: &'a str,
    /// The code of all guests.
    pub common_code: Option<&'a str>,
    /// What a known list has stays if absent.
    pub ends_at: Option<Timestamp>,
}

impl PromoList {
    pub fn is_common(&self) -> bool {
        self.common_code.is_some()
    }
}

const COLUMNS: &str = "l.id, l.org_id, l.name, l.common_code, l.ends_at, l.longest, l.codes, l.created_at";
/// The free ones of a list are an index.
const LEFT: &str = "(SELECT COUNT(*) FROM promo_codes p WHERE p.list_id = l.id AND p.message_id IS NULL) AS free";
/// No question is about more lists than this.
const MOST: usize = 1_000;

fn read(c: &Columns<'_>, left: i64) -> Result<PromoList> {
    Ok(PromoList {
        id: c.int("id")?,
        org: OrgId(c.int("org_id")? as i32),
        name: c.text("name")?,
        common_code: c.opt_text("common_code")?,
        ends_at: c.opt_int("ends_at")?.map(Timestamp),
        longest: usize::try_from(c.int("longest")?).unwrap_or_default(),
        created_at: Timestamp(c.int("created_at")?),
        codes: c.int("codes")?.unsigned_abs(),
        left: left.unsigned_abs(),
    })
}

/// The list of a name, without the number of its free codes, which a claim does not ask for.
pub(crate) async fn find(session: &mut Session, org: OrgId, name: &str) -> Result<Option<PromoList>> {
    let text =
        format!("SELECT {COLUMNS} FROM promo_lists l WHERE l.org_id = $1 AND l.name = $2 AND l.deleted_at IS NULL");
    let row = session.first(sql(text).int(i64::from(org.0)).text(name)).await?;
    row.map(|row| read(&row.columns(), 0)).transpose()
}

/// The same with a lock, for whoever changes it.
pub(super) async fn hold(session: &mut Session, org: OrgId, name: &str) -> Result<Option<PromoList>> {
    let text = format!(
        "SELECT {COLUMNS} FROM promo_lists l WHERE l.org_id = $1 AND l.name = $2 AND l.deleted_at IS NULL {{lock}}"
    );
    let statement = sql(text).int(i64::from(org.0)).text(name).lock("FOR NO KEY UPDATE");
    let row = session.first(statement).await?;
    row.map(|row| read(&row.columns(), 0)).transpose()
}

/// The list of a name, with the number of its free codes.
pub(super) async fn counted(session: &mut Session, org: OrgId, name: &str) -> Result<Option<PromoList>> {
    let text = format!(
        "SELECT {COLUMNS}, {LEFT} FROM promo_lists l WHERE l.org_id = $1 AND l.name = $2 AND l.deleted_at IS NULL"
    );
    let row = session.first(sql(text).int(i64::from(org.0)).text(name)).await?;
    row.map(|row| read(&row.columns(), row.columns().int("free")?))
        .transpose()
}

/// All lists of an organisation, by name.
pub(super) async fn all(session: &mut Session, org: OrgId) -> Result<Vec<PromoList>> {
    let text = format!(
        "SELECT {COLUMNS}, {LEFT} FROM promo_lists l WHERE l.org_id = $1 AND l.deleted_at IS NULL
         ORDER BY l.name LIMIT {MOST}"
    );
    let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
    rows.iter()
        .map(|row| read(&row.columns(), row.columns().int("free")?))
        .collect()
}

/// The lists of all organisations that may give personal codes; of their free codes at most so many are counted.
pub(super) async fn in_use(session: &mut Session, now: Timestamp, counted: u32) -> Result<Vec<PromoList>> {
    let text = format!(
        "SELECT {COLUMNS}, (SELECT COUNT(*) FROM (SELECT 1 FROM promo_codes p WHERE p.list_id = l.id
                            AND p.message_id IS NULL LIMIT {counted}) some) AS free
         FROM promo_lists l WHERE l.deleted_at IS NULL AND l.common_code IS NULL AND (l.ends_at IS NULL OR l.ends_at > $1)
         ORDER BY l.id LIMIT {MOST}"
    );
    let rows = session.fetch(sql(text).int(now.0)).await?;
    rows.iter()
        .map(|row| read(&row.columns(), row.columns().int("free")?))
        .collect()
}

pub(crate) fn absent(name: &str) -> StoreError {
    StoreError::NotFound {
        what: "promo list",
        id: name.to_owned(),
    }
}

pub(super) fn deed<'a>(org: OrgId, who: &'a str, action: &'static str, name: &str, at: Timestamp) -> Deed<'a> {
    Deed {
        org,
        who,
        action,
        object: format!("promo list {name}"),
        detail: None,
        at,
    }
}
