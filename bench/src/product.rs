//! The product that is measured: its own binary, run as an installation runs it.

use super::child::Child;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// The `bellhop` beside this program.
pub struct Product(PathBuf);

impl Product {
    /// # Errors
    /// When it has not been built.
    pub fn beside_us() -> Result<Self> {
        let ourselves = std::env::current_exe().context("cannot find this program's own file")?;
        let program = ourselves.with_file_name("bellhop");
        let profile = if cfg!(debug_assertions) { "" } else { " --release" };
        ensure!(
            program.is_file(),
            "{} is missing, the program that is measured; build it: cargo build{profile} --package bellhop",
            program.display()
        );
        Ok(Self(program))
    }

    /// Runs `bellhop --config FILE ARGUMENTS…`; its log goes to a file in `folder`.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(&self, name: &str, config: &Path, arguments: &[&str], folder: &Path) -> Result<Child> {
        let config = config.to_str().context("the temporary folder's name is not UTF-8")?;
        Child::start(name, &self.0, &[&["--config", config], arguments].concat(), folder)
    }
}
