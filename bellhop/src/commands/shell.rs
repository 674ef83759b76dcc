//! `bellhop completions SHELL` and `bellhop man FOLDER`: made from the parser, so that they say what it takes.

use crate::cli::{Cli, ShellArg};
use anyhow::{Context as _, Result};
use clap::CommandFactory;
use clap_complete::Shell;
use std::path::Path;

const NAME: &str = "bellhop";

pub fn completions(shell: ShellArg) -> Result<()> {
    let shell = match shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Zsh => Shell::Zsh,
        ShellArg::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    print!("{}", String::from_utf8(script).context("the script is not text")?);
    Ok(())
}

/// `bellhop.1`, and one for each command and each of its subcommands.
pub fn manual(folder: &Path) -> Result<()> {
    let unwritable = || format!("{}: the manual cannot be written there", folder.display());
    std::fs::create_dir_all(folder).with_context(unwritable)?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(unwritable)?;
    println!(
        "The manual is in {}; `man -l {}` shows it.",
        folder.display(),
        folder.join("bellhop.1").display()
    );
    Ok(())
}
