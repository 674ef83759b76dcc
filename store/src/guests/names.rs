//! Names and external ids, turned into row ids; unknown ones are created.

use crate::Result;
use crate::db::{Dialect, on_both};
use bellhop_domain::{CustomerId, OrgId};
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

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

/// Looking up and creating, inside a transaction.
pub(crate) trait NamedRows {
    /// Learns the ids of names unknown until now, creating rows where there are none.
    async fn learn(&mut self, org: OrgId, kind: Named, unknown: BTreeSet<String>, known: &mut Names) -> Result<()>;
    /// Learns the ids of those names that there are, and creates none.
    async fn look_up(&mut self, org: OrgId, kind: Named, wanted: BTreeSet<String>, known: &mut Names) -> Result<()>;
    /// The same as [`NamedRows::learn`] for customers, by external id; those that were created.
    async fn learn_customers(
        &mut self,
        org: OrgId,
        unknown: BTreeSet<String>,
        known: &mut Names,
    ) -> Result<Vec<CustomerId>>;
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

on_both! {
    static FIND_CUSTOMERS: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT external_id, id FROM customers WHERE org_id = $2 AND external_id IN ({})",
            texts_of(DIALECT, "$1")
        )
    });
    static CREATE_CUSTOMERS: LazyLock<String> = LazyLock::new(|| {
        format!(
            "INSERT INTO customers (org_id, external_id) SELECT $2, value FROM ({}) AS t WHERE TRUE ORDER BY value
            ON CONFLICT (org_id, external_id) DO NOTHING RETURNING external_id, id",
            texts_of(DIALECT, "$1")
        )
    });

    /// Moves the rows found into `known`; what was not found stays in `wanted`.
    async fn find(
        conn: &mut Conn,
        org: OrgId,
        kind: Named,
        wanted: &mut BTreeSet<String>,
        known: &mut Names,
    ) -> Result<()> {
        let rows = sqlx::query(AssertSqlSafe(find_sql(DIALECT, kind)))
            .bind(json_texts(wanted.iter()))
            .bind(org.0)
            .fetch_all(&mut *conn)
            .await?;
        for row in rows {
            let name: String = row.try_get(0)?;
            wanted.remove(&name);
            known.named.entry(kind).or_default().insert(name, row.try_get(1)?);
        }
        Ok(())
    }

    /// The same for customers, with a statement that finds or creates; their ids.
    async fn customers(
        conn: &mut Conn,
        sql: &'static str,
        org: OrgId,
        wanted: &mut BTreeSet<String>,
        known: &mut Names,
    ) -> Result<Vec<CustomerId>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(sql)
            .bind(json_texts(wanted.iter()))
            .bind(org.0)
            .fetch_all(&mut *conn)
            .await?;
        let mut ids = Vec::with_capacity(rows.len());
        for row in rows {
            let (external_id, id): (String, CustomerId) = (row.try_get(0)?, CustomerId(row.try_get(1)?));
            wanted.remove(&external_id);
            known.customers.insert(external_id, id);
            ids.push(id);
        }
        Ok(ids)
    }

    impl NamedRows for Conn {
        async fn learn(
            &mut self,
            org: OrgId,
            kind: Named,
            mut wanted: BTreeSet<String>,
            known: &mut Names,
        ) -> Result<()> {
            if wanted.is_empty() {
                return Ok(());
            }
            find(self, org, kind, &mut wanted, known).await?;
            if wanted.is_empty() {
                return Ok(());
            }
            // One transaction at a time gives out ordinals; SQLite has only one anyway.
            if DIALECT == Dialect::Postgres {
                sqlx::query("SELECT id FROM organisations WHERE id = $1 FOR NO KEY UPDATE")
                    .bind(org.0)
                    .execute(&mut *self)
                    .await?;
                find(self, org, kind, &mut wanted, known).await?;
            }
            sqlx::query(AssertSqlSafe(create_sql(DIALECT, kind)))
                .bind(json_texts(wanted.iter()))
                .bind(org.0)
                .execute(&mut *self)
                .await?;
            find(self, org, kind, &mut wanted, known).await
        }

        async fn look_up(
            &mut self,
            org: OrgId,
            kind: Named,
            mut wanted: BTreeSet<String>,
            known: &mut Names,
        ) -> Result<()> {
            if wanted.is_empty() {
                return Ok(());
            }
            find(self, org, kind, &mut wanted, known).await
        }

        async fn learn_customers(
            &mut self,
            org: OrgId,
            mut wanted: BTreeSet<String>,
            known: &mut Names,
        ) -> Result<Vec<CustomerId>> {
            customers(self, FIND_CUSTOMERS.as_str(), org, &mut wanted, known).await?;
            let created = customers(self, CREATE_CUSTOMERS.as_str(), org, &mut wanted, known).await?;
            // Somebody else created them a moment ago.
            customers(self, FIND_CUSTOMERS.as_str(), org, &mut wanted, known).await?;
            Ok(created)
        }
    }
}
