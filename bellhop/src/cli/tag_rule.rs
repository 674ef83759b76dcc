//! Rules of automatic tags: what sets a tag by itself, and takes it back.

use super::JsonArg;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum TagRuleCommand {
    /// List all rules, how many guests have their tags, and how far a pass over all guests is.
    List(JsonArg),
    /// Show a rule and its versions.
    Show(TagRuleArgs),
    /// Create a rule from a file, which holds from now on. Prints its id, or everything that is wrong with the file.
    Create(RuleFileArgs),
    /// Give a rule another definition. What it has set and no longer says is taken back.
    Edit {
        /// The rule, by its number.
        id: i64,
        #[command(flatten)]
        file: RuleFileArgs,
    },
    /// Delete a rule. Tags that it has set are taken back, where no other rule sets them.
    Delete(TagRuleArgs),
    /// Say how many guests a rule would tag now, without keeping it.
    Preview(RuleFileArgs),
    /// Apply a rule to past data: to everybody, not only to guests from their next delivered order on. Shows how far it is.
    Apply {
        #[command(flatten)]
        rule: TagRuleArgs,
        /// Do not wait until all guests have been looked at; a dispatcher does it.
        #[arg(long)]
        no_wait: bool,
    },
}

#[derive(Debug, Clone, Copy, Args)]
pub struct TagRuleArgs {
    /// The rule, by its number.
    pub id: i64,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct RuleFileArgs {
    /// The file, with or without @ before its name; or the JSON itself.
    #[arg(value_name = "FILE")]
    pub file: String,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
