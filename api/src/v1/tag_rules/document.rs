//! `GET /v1/tag-rules`, `/v1/tag-rules/{id}` and `/v1/tag-rules/pass`.

use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Versioned};
use crate::v1::mailings::Finding;
use bellhop_domain::tag_rule::TagRule;
use bellhop_domain::{OrgId, TagRuleId, Timestamp};
use bellhop_store::tagging::{self, KeptRule, TagPass};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedTagRule)]
pub(crate) struct Listed {
    #[schema(value_type = i64)]
    id: TagRuleId,
    /// Counts its changes, from 1; the ETag is the same in quotes.
    version: i32,
    /// docs/tags.md
    #[schema(value_type = Object)]
    rule: TagRule,
    /// It speaks of everybody; else of guests of whom a delivered order was heard since it was created.
    covers_all: bool,
    /// Guests who have its tag because of a rule.
    tagged: u64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

/// How far changed rules have been brought to all guests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagPass)]
struct Pass {
    /// Guests when it began.
    guests: u64,
    looked: u64,
    /// For how many a tag was set or removed.
    changed: u64,
    #[schema(value_type = String, format = DateTime)]
    began_at: Timestamp,
    /// Absent while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagRules)]
pub(crate) struct Rules {
    /// The latest first.
    rules: Vec<Listed>,
    /// The latest pass over all guests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<Pass>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LatestTagPass)]
pub(crate) struct Latest {
    /// Absent if there was none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<Pass>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagRuleVersion)]
struct OfVersion {
    version: i32,
    #[schema(value_type = Object)]
    rule: TagRule,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagRule)]
pub(crate) struct Rule {
    #[serde(flatten)]
    listed: Listed,
    /// The latest first.
    versions: Vec<OfVersion>,
    /// What is worth knowing about a rule that was just given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Finding>,
}

impl From<KeptRule> for Listed {
    fn from(it: KeptRule) -> Self {
        Self {
            id: it.id,
            version: it.version,
            rule: it.rule,
            covers_all: it.covers_all,
            tagged: it.tagged,
            created_at: it.created_at,
            changed_at: it.changed_at,
        }
    }
}

impl From<TagPass> for Pass {
    fn from(it: TagPass) -> Self {
        Self {
            guests: it.guests,
            looked: it.looked,
            changed: it.changed,
            began_at: it.began_at,
            ended_at: it.ended_at,
        }
    }
}

impl From<tagging::RuleVersion> for OfVersion {
    fn from(it: tagging::RuleVersion) -> Self {
        Self {
            version: it.version,
            rule: it.rule,
            created_at: it.created_at,
        }
    }
}

/// A rule of the caller's organisation, as it is now.
pub(super) async fn shown(
    api: &Api,
    org: OrgId,
    id: TagRuleId,
    problems: Vec<Finding>,
) -> Result<Versioned<Rule>, Problem> {
    let listed = Listed::from(api.store.tag_rule(org, id).await?);
    let versions = api.store.tag_rule_versions(org, id).await?;
    Ok(Versioned {
        version: i64::from(listed.version),
        document: Rule {
            listed,
            versions: versions.into_iter().map(OfVersion::from).collect(),
            problems,
        },
    })
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Rules, Problem> {
    let (caller, ()) = allowed.into_parts();
    let rules = api.store.tag_rules(caller.org).await?;
    Ok(Rules {
        rules: rules.into_iter().map(Listed::from).collect(),
        pass: api.store.tag_pass(caller.org).await?.map(Pass::from),
    })
}

pub(crate) async fn get(api: Api, allowed: Allowed<(), i64>) -> Result<Versioned<Rule>, Problem> {
    let (caller, id, ()) = allowed.into_all();
    shown(&api, caller.org, TagRuleId(id), Vec::new()).await
}

pub(crate) async fn pass(api: Api, allowed: Allowed<()>) -> Result<Latest, Problem> {
    let (caller, ()) = allowed.into_parts();
    Ok(Latest {
        pass: api.store.tag_pass(caller.org).await?.map(Pass::from),
    })
}
