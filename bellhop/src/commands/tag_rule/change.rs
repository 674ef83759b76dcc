//! `bellhop tag-rule create FILE`, `edit ID FILE` and `delete ID`

use super::read::{hints, read, tell};
use crate::cli::RuleFileArgs;
use crate::commands::{Context, print_json, who};
use anyhow::Result;
use bellhop_domain::{TagRuleId, Timestamp};
use bellhop_store::tagging::TagRulesBook;
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn create(context: &Context, args: &RuleFileArgs) -> Result<ExitCode> {
    let Some(rule) = read(args, "Not created")? else {
        return Ok(ExitCode::FAILURE);
    };
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    let found = hints(store, org, &rule).await?;
    let id = store.create_tag_rule(org, &rule, &who(), Timestamp::now()).await?;
    if args.json {
        print_json(&json!({ "id": id, "name": rule.name, "tag": rule.tag, "version": 1, "problems": found }))?;
        return Ok(ExitCode::SUCCESS);
    }
    println!("{id}");
    tell(&found);
    let whom = match rule.apply_to_past {
        true => "is brought to all guests now; `bellhop tag-rule list` shows how far",
        false => "holds for each guest from their next delivered order on",
    };
    eprintln!("Rule {id} {:?} sets {:?}. It {whom}.", rule.name, rule.tag);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn edit(context: &Context, id: TagRuleId, args: &RuleFileArgs) -> Result<ExitCode> {
    let Some(rule) = read(args, "Not changed")? else {
        return Ok(ExitCode::FAILURE);
    };
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    let found = hints(store, org, &rule).await?;
    let version = store.edit_tag_rule(org, id, &rule, &who(), Timestamp::now()).await?;
    if args.json {
        print_json(&json!({ "id": id, "name": rule.name, "tag": rule.tag, "version": version, "problems": found }))?;
    } else {
        tell(&found);
        println!("Rule {id}: version {version}.");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn delete(context: &Context, id: TagRuleId, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let store = parts.store.as_ref();
    store
        .delete_tag_rule(organisation.id, id, &who(), Timestamp::now())
        .await?;
    if json {
        return print_json(&json!({ "id": id, "deleted": true }));
    }
    println!("Rule {id} is deleted; what it has set is taken back.");
    Ok(())
}
