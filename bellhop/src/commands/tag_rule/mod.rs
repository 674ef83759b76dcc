//! `bellhop tag-rule …`: what sets tags by itself.

mod apply;
mod change;
mod list;
mod preview;
mod read;
mod show;

use super::Context;
use crate::cli::{JsonArg, TagRuleCommand};
use anyhow::Result;
use bellhop_domain::TagRuleId;
use std::process::ExitCode;

pub async fn run(context: &Context, command: TagRuleCommand) -> Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        TagRuleCommand::List(JsonArg { json }) => list::run(context, json).await.map(done),
        TagRuleCommand::Show(args) => show::run(context, TagRuleId(args.id), args.json).await.map(done),
        TagRuleCommand::Create(args) => change::create(context, &args).await,
        TagRuleCommand::Edit { id, file } => change::edit(context, TagRuleId(id), &file).await,
        TagRuleCommand::Delete(args) => change::delete(context, TagRuleId(args.id), args.json).await.map(done),
        TagRuleCommand::Preview(args) => preview::run(context, &args).await,
        TagRuleCommand::Apply { rule, no_wait } => apply::run(context, TagRuleId(rule.id), !no_wait, rule.json)
            .await
            .map(done),
    }
}
