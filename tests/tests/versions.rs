//! A program and a schema of another version, and a database without settings: every command of the command line, on SQLite.

use std::path::Path;

use anyhow::{Result, ensure};
use bellhop_tests::command::Bellhop;
use bellhop_tests::every_command::{Database, EveryCommand, Schema};
use serde_json::json;

/// The command in a folder, with a sender and a key to seal by.
fn bellhop_in(folder: &Path) -> Result<Bellhop> {
    for (name, text) in [
        ("password", "hunter2"),
        ("reports", "hunter3"),
        ("key", &"ab".repeat(32)),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    let file = |name: &str| json!({ "file": folder.join(name) });
    let config = json!({
        "store": { "url": "sqlite:bellhop.db" },
        "settings": { "keys": [file("key")] },
        "sender": [{ "organisation": "default", "name": "sms", "provider": "sms_http", "settings": {
            "preset": "smsc_ru",
            // Nobody serves at port 9.
            "base_url": "http://127.0.0.1:9",
            "values": { "login": "bellhop" },
            "secrets": { "password": file("password"), "reports": file("reports") },
        } }],
    });
    std::fs::write(folder.join("bellhop.toml"), toml::to_string(&config)?)?;
    Ok(Bellhop::in_folder(folder)?.with_config(&folder.join("bellhop.toml")))
}

#[tokio::test]
async fn no_command_changes_a_database_of_another_version() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let bellhop = bellhop_in(folder)?;
    bellhop.set_up().await?;
    let database = Database::sqlite(&folder.join("bellhop.db")).await?;
    let every = EveryCommand {
        bellhop: &bellhop,
        database: &database,
        folder,
        // Alone on a SQLite file nothing but `up` plays roles, and that one migrates.
        is_fleet: false,
    };
    every.prepare().await?;
    for schema in Schema::ALL {
        assert!(every.against(schema).await? >= 39, "{schema:?}");
    }
    Ok(())
}

/// Only `apply` and an embedded `up` bring settings in, whichever file a command was given.
#[tokio::test]
async fn no_command_brings_its_file_into_a_database_that_was_only_migrated() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let bellhop = bellhop_in(folder)?;
    let migrated = bellhop.run(&["migrate"]).await?;
    ensure!(migrated.status.success(), "{}", migrated.stderr);
    let database = Database::sqlite(&folder.join("bellhop.db")).await?;
    let every = EveryCommand {
        bellhop: &bellhop,
        database: &database,
        folder,
        is_fleet: false,
    };
    let ran = every.before_settings().await?;
    assert!(ran >= 38, "{ran}");
    Ok(())
}
