//! `bellhop migrate`

use super::Context;
use crate::opening;
use anyhow::Result;
use bellhop_domain::setting::SettingsVersion;
use bellhop_store::{SettingsBook, schema};

pub async fn run(context: &Context) -> Result<()> {
    let store = opening::open_store(&context.config, opening::patience(&context.config)).await?;
    let before = store.schema().await?.number;
    store.migrate().await?;
    let own = schema::own();
    match before {
        Some(number) if number == own => println!("The database is at this version's schema, number {own}, already."),
        Some(number) if number > own => {
            println!("The database's schema, number {number}, is one step newer than this version's; it stays.");
        }
        Some(number) => println!("The database is at this version's schema: from number {number} to {own}."),
        None => println!("The database has this version's schema, number {own}."),
    }
    if store.settings_version().await? == SettingsVersion::default() {
        println!("It has no settings yet: `bellhop apply FILE` brings a file's organisations and senders in.");
    }
    Ok(())
}
