//! All that a database holds, as text.

use crate::world::*;
use bellhop_store::Dialect;

/// The tables, parts of a table as the whole.
pub async fn tables(world: &World) -> Vec<String> {
    let text = match world.store.dialect() {
        Dialect::Sqlite => "SELECT name AS x FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Dialect::Postgres => {
            "SELECT c.relname AS x FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
             AND c.relnamespace = current_schema()::regnamespace"
        }
    };
    let all = world.column(text).await.into_iter();
    all.filter(|name| name != "_sqlx_migrations").collect()
}

/// The tables that hold one of these texts, in any case of letters, each with a row that does.
pub async fn holding(world: &World, needles: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for table in tables(world).await {
        for row in rows(world, &table).await {
            let lower = row.to_lowercase();
            if needles.iter().any(|needle| lower.contains(&needle.to_lowercase())) {
                found.push((table.clone(), row));
            }
        }
    }
    found
}

async fn rows(world: &World, table: &str) -> Vec<String> {
    match world.store.dialect() {
        Dialect::Postgres => world.column(&format!("SELECT t::text AS x FROM {table} t")).await,
        Dialect::Sqlite => {
            let columns = world
                .column(&format!("SELECT name AS x FROM pragma_table_info('{table}')"))
                .await;
            let cells: Vec<String> = columns
                .iter()
                .map(|column| {
                    let text =
                        format!("CASE typeof(\"{column}\") WHEN 'blob' THEN hex(\"{column}\") ELSE \"{column}\" END");
                    format!("COALESCE(CAST({text} AS TEXT), '')")
                })
                .collect();
            let text = format!("SELECT {} AS x FROM {table}", cells.join(" || ' | ' || "));
            world.column(&text).await
        }
    }
}
