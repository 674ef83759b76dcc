//! PostgreSQL: a cluster of its own made by `initdb`, reached over TCP without a password.

use anyhow::{Context, Result, bail};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::account::Account;
use crate::folder::Folder;
use crate::process::Launch;
use crate::programs;
use crate::server::{Kind, PortSource};

/// The only role, a superuser because tests create and drop databases.
const ROLE: &str = "bellhop";

/// The start-up packet (PostgreSQL's "Message Formats", version 3.0) of the role's connection to the database `postgres`.
const STARTUP: &[u8] = b"\0\0\0\x28\0\x03\0\0user\0bellhop\0database\0postgres\0\0";

/// Describes a server with these settings on top of the package's defaults; a later setting overrides an earlier one.
pub(crate) fn describe(folder: &Folder, ports: PortSource<'_>, settings: &[(String, String)]) -> Result<Kind> {
    let account = Account::for_server("postgres")?;
    let home = folder.for_server("postgres", account)?;
    let held = ports()?;
    let port = held.port();
    let mut launch = Launch {
        program: programs::postgres("postgres")?,
        arguments: Vec::new(),
        environment: Vec::new(),
        account,
        home,
        stop_signal: "INT",
        watchdog_signal: "QUIT",
    };
    launch.arguments = vec!["-D".into(), launch.data().into()];
    let ours = [
        ("listen_addresses", "127.0.0.1"),
        ("port", &port.to_string()),
        ("unix_socket_directories", ""),
        ("max_connections", "300"),
        ("timezone", "UTC"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (name, value) in ours.iter().chain(settings) {
        launch.arguments.extend(["-c".into(), format!("{name}={value}").into()]);
    }
    Ok(Kind {
        name: "PostgreSQL",
        launch,
        held: vec![held],
        url: format!("postgres://{ROLE}@127.0.0.1:{port}/postgres"),
        greeting: STARTUP,
        // AuthenticationOk; while it starts or recovers it answers with an error ('E').
        ready: b"R\0\0\0\x08\0\0\0\0",
        prepare: initdb,
    })
}

fn initdb(launch: &Launch) -> Result<()> {
    let output = launch
        .command(&programs::postgres("initdb")?)
        .args([
            "--username",
            ROLE,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "-D",
        ])
        .arg(launch.data())
        .output()
        .context("cannot run initdb")?;
    if !output.status.success() {
        bail!(
            "initdb failed ({}):\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Creates a database on the server at `server_url`, as a copy of `template` if given; returns its address.
///
/// `FILE_COPY`: on a server that flushes nothing a copied schema takes about half of what it takes by `WAL_LOG`, PostgreSQL's
/// default (40 ms and 85 ms, PostgreSQL 15 in memory).
pub(crate) async fn create_database(server_url: &str, name: &str, template: Option<&str>) -> Result<String> {
    let template = template
        .map(|template| format!(" TEMPLATE \"{template}\" STRATEGY FILE_COPY"))
        .unwrap_or_default();
    let created = tell(server_url, format!("CREATE DATABASE \"{name}\"{template}")).await;
    created.with_context(|| format!("cannot create the database {name}"))?;
    let (server, _) = server_url
        .rsplit_once('/')
        .context("a PostgreSQL address ends with /<database>")?;
    Ok(format!("{server}/{name}"))
}

/// Drops a database, with whatever is connected to it.
pub(crate) async fn drop_database(server_url: &str, name: &str) -> Result<()> {
    tell(server_url, format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await
}

/// Gives the database at `url` another name. Nobody may be connected to it.
pub(crate) async fn rename_database(server_url: &str, url: &str, name: &str) -> Result<()> {
    let old = url.rsplit('/').next().unwrap_or_default();
    tell(server_url, format!("ALTER DATABASE \"{old}\" RENAME TO \"{name}\"")).await
}

pub(crate) async fn exists(server_url: &str, name: &str) -> Result<bool> {
    let mut connection = PgConnection::connect(server_url).await?;
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(found)
}

/// One statement outside a transaction, on a connection of its own.
async fn tell(server_url: &str, statement: String) -> Result<()> {
    let mut connection = PgConnection::connect(server_url).await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_startup_packet_states_its_own_length() {
        assert_eq!(STARTUP[..4], u32::try_from(STARTUP.len()).unwrap().to_be_bytes());
    }
}
