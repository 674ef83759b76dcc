//! Names and external ids, turned into row ids; unknown ones are created.

use super::tag_marks::mark_new;
use crate::Result;
use crate::db::Dialect;
use crate::sql::{PerDialect, Session, sql};
use bellhop_domain::{CustomerId, OrgId};
use std::collections::{BTreeSet, HashMap};

/// How many customers a long import remembers; past this it forgets and asks the database again.
const REMEMBERED_CUSTOMERS: usize = 1_000_000;

/// What is named within an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Named {
    Restaurant,
    Dish,
    Category,
    Tag,
}

/// Row ids already looked up. Valid while the transactions that filled it were committed: forget it after an error.
#[derive(Debug, Default)]
pub(crate) struct Names {
    named: HashMap<Named, HashMap<String, i64>>,
    customers: HashMap<String, CustomerId>,
}

impl Names {
    pub fn id(&self, kind: Named, name: Option<&String>) -> Option<i64> {
        self.named.get(&kind)?.get(name?).copied()
    }

    pub fn customer(&self, external_id: &str) -> Option<CustomerId> {
        self.customers.get(external_id).copied()
    }

    /// Which of these names are not known yet.
    pub fn unknown<'a>(&self, kind: Named, names: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
        names
            .filter(|name| self.id(kind, Some(name)).is_none())
            .cloned()
            .collect()
    }

    /// Which of these customers are not known yet. Forgets all known ones first if there are too many.
    pub fn unknown_customers<'a>(&mut self, external_ids: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
        if self.customers.len() > REMEMBERED_CUSTOMERS {
            self.customers.clear();
        }
        external_ids
            .filter(|id| !self.customers.contains_key(*id))
            .cloned()
            .collect()
    }
}

pub(crate) fn json_texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    let texts: Vec<&str> = texts.into_iter().map(String::as_str).collect();
    serde_json::Value::from(texts).to_string()
}

/// The texts of a JSON array as a table of one column, `value`.
pub(crate) fn texts_of(dialect: Dialect, parameter: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("SELECT value FROM json_each({parameter})"),
        Dialect::Postgres => format!("SELECT value FROM json_array_elements_text(CAST({parameter} AS json))"),
    }
}

fn create_sql(dialect: Dialect, kind: Named) -> String {
    let texts = texts_of(dialect, "$1");
    match kind {
        Named::Dish => format!("INSERT INTO dishes (org_id, name) SELECT $2, value FROM ({texts}) AS t"),
        Named::Category | Named::Tag => {
            let table = table(kind);
            format!(
                "INSERT INTO {table} (org_id, ordinal, name)
                SELECT $2, (SELECT COALESCE(MAX(ordinal), 0) FROM {table} WHERE org_id = $2)
                    + ROW_NUMBER() OVER (ORDER BY value), value FROM ({texts}) AS t"
            )
        }
        Named::Restaurant => format!(
            "INSERT INTO restaurants (org_id, ordinal, name, timezone)
            SELECT $2, (SELECT COALESCE(MAX(ordinal), 0) FROM restaurants WHERE org_id = $2)
                + ROW_NUMBER() OVER (ORDER BY value), value,
                (SELECT timezone FROM organisations WHERE id = $2) FROM ({texts}) AS t"
        ),
    }
}

fn table(kind: Named) -> &'static str {
    match kind {
        Named::Dish => "dishes",
        Named::Tag => "tags",
        Named::Category => "categories",
        Named::Restaurant => "restaurants",
    }
}

fn find_sql(dialect: Dialect, kind: Named) -> String {
    let table = table(kind);
    format!(
        "SELECT name, id FROM {table} WHERE org_id = $2 AND name IN ({})",
        texts_of(dialect, "$1")
    )
}

static FIND_CUSTOMERS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT external_id, id FROM customers WHERE org_id = $2 AND external_id IN ({})",
        texts_of(dialect, "$1")
    )
});
static CREATE_CUSTOMERS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "INSERT INTO customers (org_id, external_id) SELECT $2, value FROM ({}) AS t WHERE TRUE ORDER BY value
        ON CONFLICT (org_id, external_id) DO NOTHING RETURNING external_id, id",
        texts_of(dialect, "$1")
    )
});

/// Learns the ids of names unknown until now, inside a transaction, creating rows where there are none.
pub(crate) async fn learn(
    tx: &mut Session,
    org: OrgId,
    kind: Named,
    mut wanted: BTreeSet<String>,
    known: &mut Names,
) -> Result<()> {
    look_up_all(tx, org, kind, &mut wanted, known).await?;
    if wanted.is_empty() {
        return Ok(());
    }
    // One transaction at a time gives out ordinals; SQLite has only one anyway.
    if tx.dialect() == Dialect::Postgres {
        let text = "SELECT id FROM organisations WHERE id = $1 FOR NO KEY UPDATE";
        tx.fetch(sql(text).int(i64::from(org.0))).await?;
        look_up_all(tx, org, kind, &mut wanted, known).await?;
        if wanted.is_empty() {
            return Ok(());
        }
    }
    let names = json_texts(wanted.iter());
    let statement = sql(create_sql(tx.dialect(), kind)).text(names.as_str());
    tx.execute(statement.int(i64::from(org.0))).await?;
    look_up_all(tx, org, kind, &mut wanted, known).await
}

/// Learns the ids of those names that there are, and creates none.
pub(crate) async fn look_up(
    tx: &mut Session,
    org: OrgId,
    kind: Named,
    mut wanted: BTreeSet<String>,
    known: &mut Names,
) -> Result<()> {
    look_up_all(tx, org, kind, &mut wanted, known).await
}

/// The same as [`learn`] for customers, by external id; those that were created.
pub(crate) async fn learn_customers(
    tx: &mut Session,
    org: OrgId,
    mut wanted: BTreeSet<String>,
    known: &mut Names,
) -> Result<Vec<CustomerId>> {
    customers(tx, &FIND_CUSTOMERS, org, &mut wanted, known).await?;
    let created = customers(tx, &CREATE_CUSTOMERS, org, &mut wanted, known).await?;
    mark_new(tx, org, &created).await?;
    // Somebody else created them a moment ago.
    customers(tx, &FIND_CUSTOMERS, org, &mut wanted, known).await?;
    Ok(created)
}

/// Moves the rows found into `known`; what was not found stays in `wanted`.
async fn look_up_all(
    tx: &mut Session,
    org: OrgId,
    kind: Named,
    wanted: &mut BTreeSet<String>,
    known: &mut Names,
) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let names = json_texts(wanted.iter());
    let statement = sql(find_sql(tx.dialect(), kind)).text(names.as_str());
    for row in tx.fetch(statement.int(i64::from(org.0))).await? {
        let c = row.columns();
        let name = c.text("name")?;
        wanted.remove(&name);
        known.named.entry(kind).or_default().insert(name, c.int("id")?);
    }
    Ok(())
}

/// The same for customers, with a statement that finds or creates; their ids.
async fn customers(
    tx: &mut Session,
    text: &'static PerDialect,
    org: OrgId,
    wanted: &mut BTreeSet<String>,
    known: &mut Names,
) -> Result<Vec<CustomerId>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let names = json_texts(wanted.iter());
    let statement = sql(text.of(tx.dialect())).text(names.as_str()).int(i64::from(org.0));
    let rows = tx.fetch(statement).await?;
    let mut ids = Vec::with_capacity(rows.len());
    for row in rows {
        let c = row.columns();
        let (external_id, id) = (c.text("external_id")?, CustomerId(c.int("id")?));
        wanted.remove(&external_id);
        known.customers.insert(external_id, id);
        ids.push(id);
    }
    Ok(ids)
}
