//! Databases with the store's schema that are copied instead of migrated.
//!
//! The migrations are read from the store's folder when a test asks, so that a copy always has them as they are on
//! disk.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::database::Database;
use crate::place::folder;
use crate::postgres;
use crate::shared::{postgres_url, unique_name};

/// The name of the SQLite file in a [`prepared_folder`].
pub const FILE: &str = "bellhop.db";

/// What a test holds as long as it uses its database.
#[derive(Debug)]
pub enum Home {
    Folder(TempDir),
    Database(Database),
}

/// A migration draws the id of an installation and its secret at random; a copy must be an installation of its own.
const ANOTHER_ON_POSTGRES: &str = "UPDATE installation SET id = replace(gen_random_uuid()::text, '-', '');
    UPDATE message_secrets SET secret = sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))";
const ANOTHER_ON_SQLITE: &str = "UPDATE installation SET id = lower(hex(randomblob(16)));
    UPDATE message_secrets SET secret = randomblob(32)";

/// A database with the store's schema on the shared PostgreSQL, which nobody else uses.
///
/// # Errors
/// When PostgreSQL is not installed or does not start, or a migration fails.
pub async fn prepared_database() -> Result<Database> {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let server = postgres_url().await?;
    let template = TEMPLATE.get_or_try_init(|| template(&server)).await?;
    let database = Database::create(&server, unique_name(), Some(template)).await?;
    let mut connection = PgConnection::connect(database.url()).await?;
    sqlx::raw_sql(ANOTHER_ON_POSTGRES).execute(&mut connection).await?;
    connection.close().await?;
    Ok(database)
}

/// A folder with the store's schema in the SQLite file [`FILE`].
///
/// # Errors
/// When the folder cannot be written, or a migration fails.
pub async fn prepared_folder() -> Result<TempDir> {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let folder = folder()?;
    let file = folder.path().join(FILE);
    std::fs::write(&file, TEMPLATE.get_or_try_init(migrated_file).await?)?;
    let mut connection = without_flushes(&file).connect().await?;
    sqlx::raw_sql(ANOTHER_ON_SQLITE).execute(&mut connection).await?;
    connection.close().await?;
    Ok(folder)
}

/// The name of the server's database to copy, made if it is not there.
///
/// It is filled under another name and renamed when it is complete. So a process that ends half-way leaves nothing
/// that looks like a template, and processes that fill one at the same time need no lock: one renames its own, and
/// the others find it.
async fn template(server: &str) -> Result<String> {
    let migrations = migrations("postgres").await?;
    let name = format!("migrated_{:016x}", fingerprint(&migrations));
    if postgres::exists(server, &name).await? {
        return Ok(name);
    }
    let filling = Database::create(server, unique_name(), None).await?;
    let mut connection = PgConnection::connect(filling.url()).await?;
    migrations.run(&mut connection).await?;
    connection.close().await?;
    match postgres::rename_database(server, filling.url(), &name).await {
        Ok(()) => drop(filling.keep()),
        Err(error) if !postgres::exists(server, &name).await? => return Err(error),
        Err(_) => {}
    }
    Ok(name)
}

async fn migrated_file() -> Result<Vec<u8>> {
    let folder = folder()?;
    let file = folder.path().join(FILE);
    let mut connection: SqliteConnection = without_flushes(&file).create_if_missing(true).connect().await?;
    migrations("sqlite").await?.run(&mut connection).await?;
    // The last to close puts the log into the file.
    connection.close().await?;
    Ok(std::fs::read(&file)?)
}

/// Without flushes, because a power cut would only cost a test.
fn without_flushes(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(false)
        .disable_statement_logging()
}

async fn migrations(dialect: &str) -> Result<Migrator> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "store", "migrations", dialect]
        .iter()
        .collect();
    let read = Migrator::new(folder.as_path()).await;
    read.with_context(|| format!("cannot read the migrations in {}", folder.display()))
}

/// A fingerprint of the migrations, because servers may outlive a change of them.
fn fingerprint(migrations: &Migrator) -> u64 {
    let mut hasher = DefaultHasher::new();
    for migration in migrations.iter() {
        (migration.version, &migration.checksum).hash(&mut hasher);
    }
    hasher.finish()
}
