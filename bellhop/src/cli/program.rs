//! Programs: what sends by itself, because of an event or a date.

use super::JsonArg;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum ProgramCommand {
    /// List all programs and whether they are on, the latest first.
    List(JsonArg),
    /// Show a program: its definition, its versions and how much waits.
    Show {
        /// The program, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Create a program from a file or a preset; it is off. Prints its id, or everything that is wrong with the file.
    Create(CreateProgramArgs),
    /// Give a program another definition. What has fired keeps the text that it fired with.
    Edit {
        /// The program, by its number.
        id: i64,
        /// The file, with or without @ before its name; or the JSON itself.
        #[arg(value_name = "FILE")]
        file: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Switch a program on: what happens from now on fires.
    On {
        /// The program, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Switch a program off: nothing fires any more, and what waits does not go.
    Off {
        /// The program, by its number.
        id: i64,
        /// Let what waits still go when it is due.
        #[arg(long)]
        after_waiting: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Play a program over a time, past or to come, without sending: who would get what and when, who would not and why.
    Rehearse {
        /// The program, by its number.
        id: i64,
        #[command(flatten)]
        time: RehearsalArgs,
    },
    /// Show what came of a program by day and by reason, and the statistics of each version.
    Stats {
        /// The program, by its number.
        id: i64,
        /// How many days back.
        #[arg(long, default_value_t = 30)]
        days: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List what a program has fired and what became of it, the latest first.
    Journal {
        /// The program, by its number.
        id: i64,
        /// Only firings in this state: waiting, sent, skipped or cancelled.
        #[arg(long)]
        state: Option<String>,
        /// Only firings before this one, by its number: the next page.
        #[arg(long, value_name = "ID")]
        before: Option<i64>,
        /// The most firings to list.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// List the presets to begin from, or print the file of one.
    Presets {
        /// The preset whose file is printed.
        name: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// The time that is rehearsed.
#[derive(Debug, Args)]
pub struct RehearsalArgs {
    /// From when on; a time without an offset is by the organisation's clock. Now if absent.
    #[arg(long, value_name = "RFC3339")]
    pub from: Option<String>,
    /// Until when; seven days after the beginning if absent.
    #[arg(long, value_name = "RFC3339")]
    pub to: Option<String>,
    /// How many guests are listed.
    #[arg(long, default_value_t = 50)]
    pub rows: usize,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct CreateProgramArgs {
    /// The file, with or without @ before its name; or the JSON itself.
    #[arg(value_name = "FILE", required_unless_present = "preset", conflicts_with = "preset")]
    pub file: Option<String>,
    /// Take the file of this preset; `bellhop program presets` lists them.
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
