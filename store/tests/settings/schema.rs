//! A program works with its own schema and with one additive step more.

use crate::database::Database;
use crate::on_both;
use bellhop_store::StoreError;
use bellhop_store::schema::{Misfit, own};
use bellhop_store::settings::SettingsBook;

on_both!(
    its_own_schema_fits,
    a_step_newer_fits_if_it_only_adds,
    every_migration_says_what_may_work_with_it,
);

/// The last file of the baseline, which is one version of the schema: no program knows a part of it.
const BASELINE: i64 = 11;

/// As if a program of later had migrated: so many steps, of which the last is marked so.
async fn migrated_by_a_later_one(database: &Database, steps: i64, additive: bool, works_with: i64) {
    for number in own() + 1..=own() + steps {
        let row = format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             SELECT {number}, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1;
             INSERT INTO schema_marks (number, additive, works_with) VALUES ({number}, {additive}, {works_with})"
        );
        database.exec(&row).await;
    }
}

fn misfit(refused: Result<(), StoreError>) -> Misfit {
    match refused.unwrap_err() {
        StoreError::Schema(misfit) => misfit,
        other => panic!("{other}"),
    }
}

async fn its_own_schema_fits(database: Database) {
    database.store.fits_schema().await.unwrap();
    // Migrating it again changes nothing.
    database.store.migrate().await.unwrap();
    let last = format!("DELETE FROM _sqlx_migrations WHERE version = {}", own());
    database.exec(&last).await;
    let (own, found) = (own(), own() - 1);
    assert_eq!(misfit(database.store.fits_schema().await), Misfit::Older { own, found });
}

async fn a_step_newer_fits_if_it_only_adds(database: Database) {
    let (store, own) = (&database.store, own());
    migrated_by_a_later_one(&database, 1, true, own).await;
    store.fits_schema().await.unwrap();
    // Neither changes it, nor stumbles over what it does not know.
    store.migrate().await.unwrap();
    store.settings_version().await.unwrap();
    let newer = |found| Misfit::Newer { own, found };
    for mark in [
        "additive = FALSE".to_owned(),
        format!("additive = TRUE, works_with = {}", own + 1),
    ] {
        let text = format!("UPDATE schema_marks SET {mark} WHERE number = {}", own + 1);
        database.exec(&text).await;
        assert_eq!(misfit(store.fits_schema().await), newer(own + 1), "{mark}");
        assert_eq!(misfit(store.migrate().await), newer(own + 1), "{mark}");
    }
    let undone =
        format!("DELETE FROM _sqlx_migrations WHERE version > {own}; DELETE FROM schema_marks WHERE number > {own}");
    database.exec(&undone).await;
    migrated_by_a_later_one(&database, 2, true, own).await;
    assert_eq!(misfit(store.fits_schema().await), newer(own + 2));
    assert_eq!(misfit(store.migrate().await), newer(own + 2));
}

/// Who adds a migration decides it there: INSERT INTO schema_marks (number, additive, works_with) VALUES (its number, …).
async fn every_migration_says_what_may_work_with_it(database: Database) {
    let text = format!(
        "SELECT CAST(version AS TEXT) FROM _sqlx_migrations
         WHERE version >= {BASELINE} AND version NOT IN (SELECT number FROM schema_marks)"
    );
    let silent = database.texts(&text).await;
    assert_eq!(
        silent,
        Vec::<String>::new(),
        "these migrations write no row of schema_marks"
    );
    assert_eq!(database.store.schema().await.unwrap().number, Some(own()));
}

mod an_empty_database_is_told_what_to_run {
    use super::{Database, Misfit, misfit, own};

    #[tokio::test]
    async fn sqlite() {
        is_told(Database::empty_sqlite().await).await;
    }

    #[tokio::test]
    async fn postgres() {
        is_told(Database::empty_postgres().await).await;
    }

    async fn is_told(database: Database) {
        assert_eq!(misfit(database.store.fits_schema().await), Misfit::Empty { own: own() });
    }
}
