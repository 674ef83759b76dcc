//! `bellhop migrate`

use super::Context;
use crate::wiring;
use anyhow::Result;

pub async fn run(context: &Context) -> Result<()> {
    let parts = wiring::open(&context.config).await?;
    println!(
        "The database is at this version's schema; {} organisation(s) follow the configuration.",
        parts.organisations.len()
    );
    Ok(())
}
