//! A program of another version than the database's: every command of its command line, one after the other.

use anyhow::Result;

use super::desk;
use crate::every_command::{Database, EveryCommand, Schema};
use crate::fleet::{Fleet, Servers, Settings};
use crate::proof::Report;

pub(super) async fn run(servers: &Servers, settings: &Settings, report: &mut Report) -> Result<()> {
    let mut key = Ok(());
    let fleet = Fleet::prepare_with(servers, settings, &[], |config| key = desk::with_key(config)).await?;
    key?;
    let database = Database::postgres(&servers.database).await?;
    let every = EveryCommand {
        bellhop: &fleet.bellhop,
        database: &database,
        folder: fleet.folder(),
        is_fleet: true,
    };
    every.prepare().await?;
    for (schema, what) in [
        (
            Schema::OneNewer,
            "on a schema that is one additive step newer every command works, and changes neither the schema nor settings that it is \
             not there to change",
        ),
        (
            Schema::TwoNewer,
            "on one that is two steps newer every command refuses, says what to run, and changes nothing",
        ),
        (
            Schema::Older,
            "on one that is older every command but `migrate` refuses, says what to run, and changes nothing",
        ),
    ] {
        report.tell(format!("every command, schema {schema:?}"));
        match every.against(schema).await {
            Ok(ran) => {
                report.claim(
                    what,
                    true,
                    format!("PostgreSQL: {ran} commands, with all rows compared before and after each"),
                );
                report.figure(&format!("commands_{schema:?}").to_lowercase(), ran);
            }
            Err(error) => report.claim(what, false, format!("{error:#}")),
        }
    }
    Ok(())
}
