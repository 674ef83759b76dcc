//! `/v1/tag-rules`: rules that set tags by themselves, as `bellhop tag-rule` keeps them (docs/tags.md).

mod change;
mod document;
mod preview;

pub(crate) use change::{apply, post, put, remove};
pub(crate) use document::{get, list, pass};
pub(crate) use preview::preview;

use crate::Api;
use crate::problem::Problem;
use crate::v1::mailings::Finding;
use bellhop_campaigns::nearest;
use bellhop_domain::OrgId;
use bellhop_domain::fault::Found;
use bellhop_domain::segment::conditions::Orders;
use bellhop_domain::segment::{Leaf, Segment};
use bellhop_domain::tag_rule::TagRule;
use bellhop_domain::words::Language;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A rule (docs/tags.md).
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TagRuleFile, value_type = Object)]
pub(crate) struct File(Map<String, Value>);

/// The rule, or everything that is wrong with it.
fn read(File(json): File) -> Result<TagRule, Problem> {
    let text = Value::Object(json).to_string();
    TagRule::read(&text).map_err(Problem::unprocessable)
}

/// Dishes and categories that nobody has ordered: a slip of the pen, or what is still to come.
async fn hints(api: &Api, org: OrgId, rule: &TagRule, language: Language) -> Result<Vec<Finding>, Problem> {
    let mut found = Vec::new();
    for (place, menu) in [("ordered", &rule.ordered), ("not_ordered", &rule.not_ordered)] {
        let Some(menu) = menu else { continue };
        let named = Segment::Leaf(Leaf::Orders(Box::new(Orders {
            dish: menu.dish.clone(),
            category: menu.category.clone(),
            ..Orders::default()
        })));
        let hints = nearest::hints(&api.store.unknown_names(org, &named).await?);
        found.extend((hints.into_iter()).map(|hint| Finding::of(&Found::warning(hint.at(place)), language)));
    }
    Ok(found)
}
