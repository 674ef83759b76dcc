//! What running processes make of the settings.

use std::process::Stdio;

use anyhow::{Result, ensure};
use bellhop_tests::patience::eventually;
use serde_json::json;

use crate::desk::{Desk, PATIENCE};

#[tokio::test]
async fn the_doctor_tells_what_a_running_process_could_not_make() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut desk = Desk::new(folder.path(), "sqlite:bellhop.db")?;
    // Where the doctor runs there is the variable, and where `up` runs there is none.
    desk.config["sender"][0]["settings"]["secrets"]["password"] = json!({ "env": "GATEWAY_PASSWORD" });
    desk.save(folder.path())?;
    let mut command = desk.bellhop.command(&["up"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn()?;
    let doctor = async || {
        let mut doctor = desk.bellhop.command(&["doctor"]);
        let answer = doctor.env("GATEWAY_PASSWORD", "hunter2").output().await?;
        Ok::<_, anyhow::Error>(String::from_utf8_lossy(&answer.stdout).into_owned())
    };
    let told = eventually("the process has told it", PATIENCE, async || {
        Ok(Some(doctor().await?).filter(|told| told.contains("processes")))
    });
    let told = told.await?;
    ensure!(
        told.contains(": sender default/sms is not there: ") && told.contains("GATEWAY_PASSWORD is not set"),
        "{told}"
    );
    ensure!(
        !told.contains("hunter2") && told.contains("mend it where that process runs"),
        "{told}"
    );
    process.kill().await?;
    Ok(())
}
