//! `POST /v1/tag-rules/preview`: how many guests a rule would tag, whether it is kept or not.

use super::{File, hints, read};
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::mailings::Finding;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagRulePreview)]
pub(crate) struct Preview {
    /// Guests whom it would tag now, if it spoke of everybody.
    would_tag: u64,
    /// Of so many.
    of: u64,
    /// What is worth knowing about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Finding>,
}

pub(crate) async fn preview(api: Api, allowed: Allowed<File>) -> Result<Preview, Problem> {
    let (caller, (), file, asked) = allowed.into_asked();
    let rule = read(file)?;
    let found = api.store.preview_tag_rule(caller.org, &rule, api.now()).await?;
    Ok(Preview {
        would_tag: found.would_tag,
        of: found.of,
        problems: hints(&api, caller.org, &rule, asked.language).await?,
    })
}
