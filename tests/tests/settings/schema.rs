//! Only `migrate` makes a schema.

use anyhow::{Result, ensure};
use bellhop_test_services::fresh_database;

use crate::desk::{Desk, pairs};

#[tokio::test]
async fn only_migrate_makes_a_schema() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = fresh_database().await?;
    let desk = Desk::new(folder.path(), database.url())?;
    for command in [
        &["sender", "list"][..],
        &["api-key", "list"],
        &["apply"],
        &["mailing", "list"],
    ] {
        desk.refused(command, &["the database is empty", "bellhop migrate"])
            .await?;
    }
    std::fs::write(folder.path().join("guests.csv"), "customer_id\nc1\n")?;
    desk.refused(&["import", "customers", "guests.csv"], &["bellhop migrate"])
        .await?;
    let doctor = desk.bellhop.run(&["doctor"]).await?;
    ensure!(doctor.stdout.contains("the database is empty"), "{}", doctor.stdout);
    desk.done(&["migrate"]).await?;
    desk.done(&["apply"]).await?;
    desk.done(&["import", "customers", "guests.csv"]).await?;
    // A SQLite file that does not exist yet is created by the first import, as the README says.
    let folder = tempfile::tempdir()?;
    let desk = Desk::new(folder.path(), "sqlite:data/bellhop.db")?;
    let doctor = desk.bellhop.run(&["doctor"]).await?;
    ensure!(
        !folder.path().join("data").exists(),
        "the doctor makes nothing: {}",
        doctor.stdout
    );
    // No other command makes one.
    for command in [&["api-key", "list"][..], &["restaurant", "list"], &["sender", "list"]] {
        desk.refused(command, &["there is no database"]).await?;
    }
    ensure!(
        !folder.path().join("data").exists(),
        "a command that lists has made one"
    );
    std::fs::write(folder.path().join("guests.csv"), "customer_id\nc1\n")?;
    desk.done(&["import", "customers", "guests.csv"]).await?;
    ensure!(desk.rates().await? == pairs(&[("sms", "1/s")]));
    Ok(())
}
