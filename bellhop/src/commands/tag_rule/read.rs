//! A rule's file, read and checked.

use crate::cli::RuleFileArgs;
use crate::commands::{json_argument, print_json};
use anyhow::Result;
use bellhop_campaigns::nearest;
use bellhop_domain::OrgId;
use bellhop_domain::fault::Found;
use bellhop_domain::segment::{Leaf, Segment, conditions::Orders};
use bellhop_domain::tag_rule::TagRule;
use bellhop_store::{Audience, SqlStore};
use serde_json::json;

/// The rule of a file; `None` if it cannot be kept, which is told.
pub(super) fn read(args: &RuleFileArgs, refusal: &str) -> Result<Option<TagRule>> {
    let faults = match TagRule::read(&json_argument(&args.file)?) {
        Ok(rule) => return Ok(Some(rule)),
        Err(faults) => faults,
    };
    if args.json {
        let problems: Vec<Found> = faults.into_iter().map(Found::error).collect();
        print_json(&json!({ "problems": problems }))?;
    } else {
        faults.iter().for_each(|fault| eprintln!("✗ {fault}"));
    }
    eprintln!("{refusal}: correct the errors first.");
    Ok(None)
}

/// Dishes and categories that nobody has ordered: a slip of the pen, or what is still to come.
pub(super) async fn hints(store: &SqlStore, org: OrgId, rule: &TagRule) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for (place, menu) in [("ordered", &rule.ordered), ("not_ordered", &rule.not_ordered)] {
        let Some(menu) = menu else { continue };
        let named = Segment::Leaf(Leaf::Orders(Box::new(Orders {
            dish: menu.dish.clone(),
            category: menu.category.clone(),
            ..Orders::default()
        })));
        let hints = nearest::hints(&store.unknown_names(org, &named).await?);
        found.extend(hints.into_iter().map(|hint| Found::warning(hint.at(place))));
    }
    Ok(found)
}

/// Prints findings where people read them.
pub(super) fn tell(found: &[Found]) {
    found.iter().for_each(|it| eprintln!("! {}", it.fault));
}
