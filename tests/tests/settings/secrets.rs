//! Secrets in the settings, sealed by the keys of the file.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::desk::Desk;

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const NEWER_KEY: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

#[tokio::test]
async fn a_password_in_an_address_is_refused_and_what_older_versions_kept_is_not_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut desk = Desk::new(folder.path(), "sqlite:bellhop.db")?;
    desk.done(&["migrate"]).await?;
    desk.done(&["apply"]).await?;
    desk.config["sender"][0]["settings"]["base_url"] = json!("http://anna:sw0rdfish@127.0.0.1:9");
    desk.save(folder.path())?;
    for words in [&["apply"][..], &["apply", "--dry-run"], &["up"]] {
        let answer = desk
            .refused(
                words,
                &[
                    "settings.base_url: the address has a user or a password",
                    "docs/channels",
                ],
            )
            .await?;
        ensure!(!answer.stderr.contains("sw0rdfish"), "{}", answer.stderr);
    }
    // As a version wrote it that took such addresses.
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", folder.path().join("bellhop.db").display())).await?;
    for text in [
        "UPDATE settings SET body = replace(body, '127.0.0.1:9', 'anna:sw0rdfish@127.0.0.1:9')",
        "UPDATE settings_history SET after = replace(after, '127.0.0.1:9', 'anna:sw0rdfish@127.0.0.1:9')",
    ] {
        ensure!(sqlx::query(text).execute(&pool).await?.rows_affected() > 0, "{text}");
    }
    pool.close().await;
    desk.config["sender"][0]["settings"]["base_url"] = json!("http://127.0.0.1:9");
    desk.save(folder.path())?;
    let mut told = desk.done(&["apply", "--dry-run"]).await?;
    ensure!(told.contains("http://…@127.0.0.1:9 → http://127.0.0.1:9"), "{told}");
    told += &desk.done(&["settings", "history", "--json"]).await?;
    ensure!(told.contains("\"base_url\":\"http://…@127.0.0.1:9\""), "{told}");
    told += &desk.done(&["apply"]).await?;
    told += &desk.done(&["settings", "history", "--json"]).await?;
    ensure!(!told.contains("sw0rdfish"), "{told}");
    Ok(())
}

#[tokio::test]
async fn a_sealed_secret_is_never_told_and_outlives_its_key() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut desk = Desk::new(folder.path(), "sqlite:bellhop.db")?;
    for (name, key) in [("old", KEY), ("new", NEWER_KEY)] {
        std::fs::write(folder.path().join(name), key)?;
    }
    let key = |name: &str| json!({ "file": folder.path().join(name) });
    desk.done(&["migrate"]).await?;
    desk.done(&["apply"]).await?;
    desk.config["settings"] = json!({ "keys": [key("old")] });
    desk.save(folder.path())?;
    let mut told = desk.seal("sw0rdfish\n").await?;
    let files =
        ["bellhop.db", "bellhop.db-wal"].map(|name| std::fs::read(folder.path().join(name)).unwrap_or_default());
    let kept = files.concat();
    let holds = |needle: &[u8]| kept.windows(needle.len()).any(|window| window == needle);
    ensure!(
        !holds(b"sw0rdfish") && holds(b"\"sealed\":\"v1."),
        "it is in the database as it was typed"
    );
    told += &desk.done(&["apply", "--dry-run"]).await?;
    ensure!(told.contains("sealed"), "{told}");
    told += &desk.done(&["settings", "history", "--json"]).await?;
    ensure!(!told.contains("sw0rdfish") && !told.contains("v1."), "{told}");
    // Nothing listens, but the sender can be made.
    let senders = async |desk: &Desk| desk.bellhop.run(&["doctor"]).await.map(|answer| answer.stdout);
    let doctor = senders(&desk).await?;
    ensure!(!doctor.contains("[settings] keys"), "{doctor}");

    desk.config["settings"] = json!({ "keys": [key("new"), key("old")] });
    desk.save(folder.path())?;
    ensure!(
        desk.done(&["settings", "reseal"])
            .await?
            .contains("1 setting(s) were sealed again")
    );
    ensure!(
        desk.done(&["settings", "reseal"])
            .await?
            .contains("0 setting(s) were sealed again")
    );
    desk.config["settings"] = json!({ "keys": [key("new")] });
    desk.save(folder.path())?;
    let doctor = senders(&desk).await?;
    ensure!(!doctor.contains("[settings] keys"), "{doctor}");
    desk.config["settings"] = json!({ "keys": [key("old")] });
    desk.save(folder.path())?;
    let doctor = senders(&desk).await?;
    ensure!(doctor.contains("[settings] keys"), "{doctor}");
    Ok(())
}
