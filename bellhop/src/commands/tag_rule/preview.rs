//! `bellhop tag-rule preview FILE`

use super::read::{hints, read, tell};
use crate::cli::RuleFileArgs;
use crate::commands::{Context, print_json};
use anyhow::Result;
use bellhop_domain::Timestamp;
use bellhop_store::tagging::TagRulesBook;
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn run(context: &Context, args: &RuleFileArgs) -> Result<ExitCode> {
    let Some(rule) = read(args, "Not counted")? else {
        return Ok(ExitCode::FAILURE);
    };
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    let found = hints(store, org, &rule).await?;
    let preview = store.preview_tag_rule(org, &rule, Timestamp::now()).await?;
    if args.json {
        print_json(&json!({ "would_tag": preview.would_tag, "of": preview.of, "problems": found }))?;
        return Ok(ExitCode::SUCCESS);
    }
    tell(&found);
    println!(
        "{} of {} guests would have {:?}.",
        preview.would_tag, preview.of, rule.tag
    );
    Ok(ExitCode::SUCCESS)
}
