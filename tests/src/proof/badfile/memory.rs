//! The most memory that a command held, by the kernel's own count.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::command::Bellhop;
use crate::resident::peak_kb;

/// Far less than an import takes.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Imports a customers file and looks at the process' peak until it ends; in MB.
pub(super) async fn peak_of_import(bellhop: &Bellhop, file: &Path) -> Result<u64> {
    let mut command = bellhop.command(&["import", "customers", &file.to_string_lossy()]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let pid = child.id().context("the import has ended before it began")?;
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = peak_kb(pid).unwrap_or(peak).max(peak);
        tokio::time::sleep(LOOK_EVERY).await;
    }
    ensure!(peak > 0, "the import ended before its memory could be looked at");
    Ok(peak / 1_024)
}
