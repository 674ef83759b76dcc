//! People who log in.

use super::JsonArg;
use bellhop_domain::role::Role;
use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};

/// A role, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleArg(pub Role);

impl ValueEnum for RoleArg {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            RoleArg(Role::Administrator),
            RoleArg(Role::Marketer),
            RoleArg(Role::Operator),
            RoleArg(Role::Viewer),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

#[derive(Debug, Args)]
pub struct InviteArgs {
    /// Their e-mail, by which they will log in.
    pub email: String,
    /// What they may do (docs/people.md).
    #[arg(long, value_enum, default_value = "administrator")]
    pub role: RoleArg,
    /// The only restaurants that they may see; all if absent.
    #[arg(long, value_delimiter = ',')]
    pub restaurants: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List the people.
    List(JsonArg),
    /// Invite somebody; prints the link by which they come in, once and within three days.
    Invite(InviteArgs),
    /// Close the door to somebody: their sessions end at once.
    Disable {
        /// Their e-mail.
        email: String,
    },
    /// Open the door again to somebody who is disabled, and let in who is locked out: prints a new link. Their sessions end, and
    /// their second factor is off.
    Reset {
        /// Their e-mail.
        email: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}
