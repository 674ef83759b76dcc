//! PostgreSQL: a cluster of its own made by `initdb`, reached over TCP without a password.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::folder::Folder;
use crate::process::Launch;
use crate::programs;
use crate::server::{Kind, PortSource};

/// The one role, a superuser as tests create and drop databases.
const ROLE: &str = "bellhop";

/// The start-up packet (PostgreSQL's "Message Formats", version 3.0) of the role's connection to the database `postgres`.
const STARTUP: &[u8] = b"\0\0\0\x28\0\x03\0\0user\0bellhop\0database\0postgres\0\0";

/// Describes a server with these settings on top of the package's defaults; a later setting beats an earlier one.
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

/// Creates a database on the server at `server_url`, as a copy of `template` if given; returns its address. Blocks.
pub(crate) fn create_database(server_url: &str, name: &str, template: Option<&str>) -> Result<String> {
    let template = template
        .map(|template| format!(" TEMPLATE \"{template}\""))
        .unwrap_or_default();
    let output = Command::new(programs::postgres("psql")?)
        .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command"])
        .arg(format!("CREATE DATABASE \"{name}\"{template}"))
        .arg(server_url)
        .stdin(Stdio::null())
        .output()
        .context("cannot run psql")?;
    if !output.status.success() {
        bail!(
            "cannot create the database {name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let (server, _) = server_url
        .rsplit_once('/')
        .context("a PostgreSQL address ends with /<database>")?;
    Ok(format!("{server}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_startup_packet_states_its_own_length() {
        assert_eq!(STARTUP[..4], u32::try_from(STARTUP.len()).unwrap().to_be_bytes());
    }
}
