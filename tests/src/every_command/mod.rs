//! Every command of the command line, run against a database whose schema is of another version, or that has no settings yet:
//! which it may work with, and which it refuses without changing anything.

mod database;
mod list;
mod run;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::command::Bellhop;
pub use database::Database;
use database::State;
use list::{Command, Takes};
use run::said_by;

/// The schema of the database, compared with the program's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Newer by a step that only adds.
    OneNewer,
    TwoNewer,
    Older,
}

impl Schema {
    pub const ALL: [Schema; 3] = [Schema::OneNewer, Schema::TwoNewer, Schema::Older];

    /// What a refused command says is to be run; none where it works.
    fn refusal(self) -> Option<&'static str> {
        match self {
            Schema::OneNewer => None,
            Schema::TwoNewer => Some("run the version of Bellhop that migrated it"),
            Schema::Older => Some("`bellhop migrate` brings it up to date"),
        }
    }
}

/// Every command against one database.
#[derive(Debug)]
pub struct EveryCommand<'a> {
    pub bellhop: &'a Bellhop,
    pub database: &'a Database,
    /// Where files of the commands lie.
    pub folder: &'a Path,
    /// Whether the configuration has the servers that single roles need.
    pub is_fleet: bool,
}

impl EveryCommand<'_> {
    /// Guests, an order and a mailing, for the commands to speak of. The configuration has a sender `sms` and a key to seal by.
    ///
    /// # Errors
    /// When a command fails.
    pub async fn prepare(&self) -> Result<()> {
        self.write_files()?;
        for words in [
            &["import", "customers", "every-guest.csv"][..],
            &["import", "orders", "every-order.csv"],
            &["mailing", "create", "@every-mailing.json"],
        ] {
            let answer = said_by(self.bellhop, words, self.folder).await?;
            ensure!(answer.status.success(), "{words:?}: {}{}", answer.stdout, answer.stderr);
        }
        Ok(())
    }

    /// The files that the commands' words name.
    fn write_files(&self) -> Result<()> {
        let file = |name: &str, text: &str| std::fs::write(self.folder.join(name), text);
        file(
            "every-guest.csv",
            "customer_id,phone,marketing_consent\nc1,+79990000001,yes\n",
        )?;
        file(
            "every-order.csv",
            "order_id,customer_id,placed_at,total,restaurant\no1,c1,2026-03-01 12:00,100,Arbat\n",
        )?;
        file(
            "every-word.csv",
            "customer_id,channel,word,how,said_at\nc1,sms,yes,form,2026-03-01 12:00\n",
        )?;
        let mailing = json!({ "name": "m", "audience": { "all": [] }, "contents": { "sms": { "text": "News" } },
                              "waterfall": [{ "channel": "sms" }] });
        file("every-mailing.json", &mailing.to_string())?;
        let program = json!({ "name": "p", "trigger": { "event": { "kind": "cart.changed" } },
                              "contents": { "sms": { "text": "Your cart" } }, "waterfall": [{ "channel": "sms" }] });
        file("every-program.json", &program.to_string())?;
        let event = json!({ "id": "e1", "type": "cart.changed", "customer_id": "c1", "at": "2026-03-01T09:00:00Z",
                            "cart": { "total": 100 } });
        file("every-event.json", &event.to_string())?;
        Ok(())
    }

    /// Gives the database another schema, runs every command, and gives it its own again. How many were run.
    ///
    /// # Errors
    /// When a command changes what it may not, works where it may not, or is refused where it may work; and when the parser has
    /// a command that nobody has thought of here, or has lost one.
    pub async fn against(&self, schema: Schema) -> Result<usize> {
        let commands = list::as_the_parser_has_them(self.bellhop).await?;
        self.database.become_of(schema).await?;
        let ran = self.all(&commands, schema).await;
        self.database.become_own().await?;
        ran
    }

    /// Runs every command against a database that was migrated, and into which no settings were brought yet: each refuses, says
    /// what to run, and changes nothing. How many were run.
    ///
    /// # Errors
    /// When a command works, does not say what to run, or changes anything.
    pub async fn before_settings(&self) -> Result<usize> {
        self.write_files()?;
        let mut ran = 0;
        for command in list::as_the_parser_has_them(self.bellhop).await? {
            let brings_in = matches!(command.path, "migrate" | "apply");
            if brings_in || command.takes == Takes::Nothing || command.takes == Takes::Role && !self.is_fleet {
                continue;
            }
            let held = self.refuses_without_settings(&command).await;
            held.with_context(|| format!("`bellhop {}`, no settings yet", command.path))?;
            ran += 1;
        }
        Ok(ran)
    }

    async fn refuses_without_settings(&self, command: &Command) -> Result<()> {
        let before = self.database.state().await?;
        let answer = said_by(self.bellhop, &command.words(), self.folder).await?;
        let told = format!("{}{}", answer.stdout, answer.stderr);
        ensure!(!answer.status.success(), "it works: {told}");
        ensure!(
            told.contains("`bellhop apply FILE`"),
            "it does not say what to run: {told}"
        );
        ensure!(before == self.database.state().await?, "it has changed the database");
        Ok(())
    }

    async fn all(&self, commands: &[Command], schema: Schema) -> Result<usize> {
        let mut ran = 0;
        for command in commands {
            let runs = match command.takes {
                Takes::Database => schema != Schema::Older || command.path != "migrate",
                Takes::Role => self.is_fleet,
                Takes::Nothing => false,
            };
            if runs {
                let held = self.hold(command, schema).await;
                held.with_context(|| format!("`bellhop {}`, schema {schema:?}", command.path))?;
                ran += 1;
            }
        }
        Ok(ran)
    }

    async fn hold(&self, command: &Command, schema: Schema) -> Result<()> {
        let before = self.database.state().await?;
        match (schema.refusal(), command.takes) {
            (None, Takes::Role) => run::serves(self.bellhop, command.path, self.folder).await?,
            (refusal, _) => {
                let answer = said_by(self.bellhop, &command.words(), self.folder).await?;
                let told = format!("{}{}", answer.stdout, answer.stderr);
                match refusal {
                    None => {
                        ensure!(
                            !told.contains("the database's schema is number"),
                            "it is refused: {told}"
                        );
                        ensure!(answer.status.success() || command.may_fail, "it fails: {told}");
                    }
                    Some(to_run) => {
                        ensure!(!answer.status.success(), "it works: {told}");
                        ensure!(told.contains(to_run), "it does not say what to run: {told}");
                    }
                }
            }
        }
        let after = self.database.state().await?;
        unchanged(command, schema, &before, &after)
    }
}

/// A refused command changes nothing at all; one that works, neither the schema, nor the settings unless that is what it is for.
fn unchanged(command: &Command, schema: Schema, before: &State, after: &State) -> Result<()> {
    ensure!(before.schema == after.schema, "it has changed the schema");
    let settings_stay = before.settings == after.settings;
    if schema.refusal().is_some() {
        ensure!(
            settings_stay && before.rows == after.rows,
            "it has changed the database"
        );
    } else if command.changes_settings {
        ensure!(!settings_stay, "it has changed no settings");
    } else {
        ensure!(settings_stay, "it has changed the settings");
    }
    Ok(())
}
