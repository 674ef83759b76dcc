//! `bellhop apply [FILE] [--dry-run] [--prune]`

use super::{Context, print_json, who};
use crate::cli::ApplyArgs;
use crate::config::Config;
use crate::{applying, opening, secrets};
use anyhow::Result;
use bellhop_settings::{Line, What, consequences};
use bellhop_store::SettingsBook;
use serde_json::{Value, json};
use std::path::PathBuf;

pub async fn run(context: &Context, args: &ApplyArgs) -> Result<()> {
    // The sections come from the file; the database is that of --config.
    let file = match &args.file {
        Some(file) => Config::load(Some(file))?,
        None => context.config.clone(),
    };
    let store = opening::to_change(&context.config).await?;
    let base = store.load_settings().await?;
    let mut decision = applying::decide(&file, &base, args.prune)?;
    if !is_ours(context, args) {
        // This is not the file of an embedded `up`, so what was recorded about that file stays.
        decision.file.clone_from(&base.file);
    }
    // Errors come before the plan is shown, because what stands in the place of a secret's reference may be the
    // secret itself.
    let keys = secrets::keys(&context.config)?;
    let who = who();
    let follows = consequences(applying::ground(&keys, &who), &base, &decision.plan.changes())?;
    let (mut version, nothing) = (base.version, decision.plan.changes_nothing());
    let is_news = !nothing || decision.file != base.file;
    if is_news && !args.dry_run {
        version = applying::write(&context.config, &store, &base, &decision, &who).await?;
    }
    if args.json {
        let lines: Vec<_> = decision.plan.lines.iter().map(told).collect();
        let told = json!({ "dry_run": args.dry_run, "version": version, "plan": lines, "untried": follows.untried });
        return print_json(&told);
    }
    print!("{}", decision.plan);
    for problem in follows.untried {
        println!("! not tried, as its secrets cannot be read here: {problem}");
    }
    println!(
        "{}",
        match (nothing, args.dry_run) {
            (true, _) => "The settings are as the file says.".to_owned(),
            (false, true) => "Nothing was written (--dry-run).".to_owned(),
            (false, false) => format!("The settings are at version {version}; running processes notice it."),
        }
    );
    Ok(())
}

/// Whether the file is the one that this configuration was read from.
fn is_ours(context: &Context, args: &ApplyArgs) -> bool {
    let real = |file: &PathBuf| file.canonicalize().ok();
    match (&args.file, &context.file) {
        (Some(applied), Some(own)) => real(applied) == real(own),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

fn told(line: &Line) -> Value {
    let (what, fields) = match &line.what {
        What::Added(_) => ("added", None),
        What::Changed(_, fields) => ("changed", Some(fields)),
        What::OnlyThere => ("only_in_database", None),
        What::Removed => ("removed", None),
    };
    json!({ "setting": line.key.to_string(), "what": what, "fields": fields })
}
