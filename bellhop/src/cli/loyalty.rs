//! Arguments of `bellhop loyalty`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum LoyaltyCommand {
    /// What a cart would earn and what of it may be paid with bonuses, by the rules in the file, and why.
    Quote {
        /// JSON, or @FILE (docs/loyalty.md).
        file: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}
