//! Rules as people keep them: created, edited, deleted, applied to the past, and looked at.

use super::types::{KeptRule, RuleVersion, TagPass, TagPreview};
use super::{changing, preview, reading};
use crate::base::crossed::again_if_crossed;
use crate::base::once::Once;
use crate::sql::Session;
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::tag_rule::TagRule;
use bellhop_domain::{OrgId, TagRuleId, Timestamp};

/// People's: what rules there are, and what they say. `who` goes to the audit log. A rule is checked before
/// ([`TagRule::read`]).
#[async_trait]
pub trait TagRulesBook: Send + Sync {
    /// Keeps a rule, which is in force from now on; a pass brings it to everybody if it is to apply to the past.
    async fn create_tag_rule(&self, org: OrgId, rule: &TagRule, who: &str, now: Timestamp) -> Result<TagRuleId>;
    /// The same, or the one that was made for the same request before.
    async fn create_tag_rule_once(
        &self,
        org: OrgId,
        rule: &TagRule,
        once: &Once<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<TagRuleId>;
    /// Keeps another version, which a pass brings to all whom the rule speaks of. A rule that has spoken of everybody goes
    /// on to. Returns its number.
    async fn edit_tag_rule(&self, org: OrgId, id: TagRuleId, rule: &TagRule, who: &str, now: Timestamp) -> Result<i32>;
    /// The same of the version that was read; `None`, and keeps nothing, if the rule is not at it any more.
    async fn edit_tag_rule_from(
        &self,
        org: OrgId,
        (id, from): (TagRuleId, i32),
        rule: &TagRule,
        who: &str,
        now: Timestamp,
    ) -> Result<Option<i32>>;
    /// A pass takes back what it has set, where no other rule sets it.
    async fn delete_tag_rule(&self, org: OrgId, id: TagRuleId, who: &str, now: Timestamp) -> Result<()>;
    /// From now on the rule speaks of everybody; a pass begins.
    async fn apply_tag_rule(&self, org: OrgId, id: TagRuleId, who: &str, now: Timestamp) -> Result<()>;
    /// All rules in force, the latest first.
    async fn tag_rules(&self, org: OrgId) -> Result<Vec<KeptRule>>;
    async fn tag_rule(&self, org: OrgId, id: TagRuleId) -> Result<KeptRule>;
    /// Its versions, the latest first.
    async fn tag_rule_versions(&self, org: OrgId, id: TagRuleId) -> Result<Vec<RuleVersion>>;
    /// How many guests a rule would tag now, whether it is kept or not.
    async fn preview_tag_rule(&self, org: OrgId, rule: &TagRule, now: Timestamp) -> Result<TagPreview>;
    /// The latest pass, whether it has ended or not.
    async fn tag_pass(&self, org: OrgId) -> Result<Option<TagPass>>;
}

#[async_trait]
impl TagRulesBook for SqlStore {
    async fn create_tag_rule(&self, org: OrgId, rule: &TagRule, who: &str, now: Timestamp) -> Result<TagRuleId> {
        changing::create(&self.db, org, rule, None, who, now).await
    }

    async fn create_tag_rule_once(
        &self,
        org: OrgId,
        rule: &TagRule,
        once: &Once<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<TagRuleId> {
        again_if_crossed!(changing::create(&self.db, org, rule, Some(once), who, now))
    }

    async fn edit_tag_rule(&self, org: OrgId, id: TagRuleId, rule: &TagRule, who: &str, now: Timestamp) -> Result<i32> {
        let edited = changing::edit(&self.db, (org, id), None, rule, who, now).await?;
        edited.ok_or_else(|| reading::absent(id))
    }

    async fn edit_tag_rule_from(
        &self,
        org: OrgId,
        (id, from): (TagRuleId, i32),
        rule: &TagRule,
        who: &str,
        now: Timestamp,
    ) -> Result<Option<i32>> {
        changing::edit(&self.db, (org, id), Some(from), rule, who, now).await
    }

    async fn delete_tag_rule(&self, org: OrgId, id: TagRuleId, who: &str, now: Timestamp) -> Result<()> {
        changing::delete(&self.db, org, id, who, now).await
    }

    async fn apply_tag_rule(&self, org: OrgId, id: TagRuleId, who: &str, now: Timestamp) -> Result<()> {
        changing::apply(&self.db, org, id, who, now).await
    }

    async fn tag_rules(&self, org: OrgId) -> Result<Vec<KeptRule>> {
        reading::all(&mut Session::read(&self.db).await?, org).await
    }

    async fn tag_rule(&self, org: OrgId, id: TagRuleId) -> Result<KeptRule> {
        reading::one(&mut Session::read(&self.db).await?, org, id).await
    }

    async fn tag_rule_versions(&self, org: OrgId, id: TagRuleId) -> Result<Vec<RuleVersion>> {
        reading::versions(&mut Session::read(&self.db).await?, org, id).await
    }

    async fn preview_tag_rule(&self, org: OrgId, rule: &TagRule, now: Timestamp) -> Result<TagPreview> {
        preview::count(&mut Session::read(&self.db).await?, org, rule, now).await
    }

    async fn tag_pass(&self, org: OrgId) -> Result<Option<TagPass>> {
        reading::pass(&mut Session::read(&self.db).await?, org).await
    }
}
