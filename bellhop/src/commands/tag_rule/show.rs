//! `bellhop tag-rule show ID`

use crate::commands::{Context, clock, print_json};
use anyhow::Result;
use bellhop_domain::TagRuleId;
use bellhop_store::tagging::TagRulesBook;
use serde_json::json;

pub(super) async fn run(context: &Context, id: TagRuleId, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    let rule = store.tag_rule(org, id).await?;
    let versions = store.tag_rule_versions(org, id).await?;
    if json {
        return print_json(&json!({ "rule": rule, "versions": versions }));
    }
    let zone = &organisation.timezone;
    let whom = match rule.covers_all {
        true => "everybody",
        false => "guests from their next delivered order after its creation on",
    };
    println!("{} sets {:?} for {whom}.", rule.rule.name, rule.rule.tag);
    println!("{} guests have it by rules.", rule.tagged);
    for it in versions {
        let definition = serde_json::to_string(&it.rule)?;
        println!("version {} of {}: {definition}", it.version, clock(zone, it.created_at));
    }
    println!("Times by {}.", zone.name());
    Ok(())
}
