//! `bellhop tag-rule list`

use super::apply::told;
use crate::commands::{Context, print_json, table};
use anyhow::Result;
use bellhop_store::tagging::{KeptRule, TagRulesBook};
use serde_json::json;

pub(super) async fn run(context: &Context, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let store = parts.store.as_ref();
    let rules = store.tag_rules(organisation.id).await?;
    let pass = store.tag_pass(organisation.id).await?;
    if json {
        return print_json(&json!({ "rules": rules, "pass": pass }));
    }
    if rules.is_empty() {
        println!(
            "{} has no rule; `bellhop tag-rule create` makes one from a file (docs/tags.md).",
            organisation.slug
        );
    } else {
        let header = ["id", "name", "tag", "days", "of", "tagged by rules", "version"];
        print!("{}", table::render(&header, &rules.iter().map(row).collect::<Vec<_>>()));
    }
    if let Some(pass) = pass.filter(|pass| pass.ended_at.is_none()) {
        println!("{}", told(&pass));
    }
    Ok(())
}

fn row(it: &KeptRule) -> Vec<String> {
    let whom = if it.covers_all { "everybody" } else { "next order on" };
    vec![
        it.id.to_string(),
        it.rule.name.clone(),
        it.rule.tag.clone(),
        it.rule.days.to_string(),
        whom.to_owned(),
        it.tagged.to_string(),
        it.version.to_string(),
    ]
}
