//! Rules and passes, read.

use super::types::{KeptRule, RuleVersion, TagPass};
use crate::base::row::Columns;
use crate::sql::{Row, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::tag::TagSource;
use bellhop_domain::tag_rule::{Covers, LiveRule, TagRule};
use bellhop_domain::{OrgId, TagRuleId, Timestamp};

pub(super) fn absent(id: TagRuleId) -> StoreError {
    StoreError::NotFound {
        what: "tag rule",
        id: id.to_string(),
    }
}

const IN_FORCE: &str = "FROM tag_rules t JOIN tag_rule_versions v ON v.rule_id = t.id AND v.version = t.version
                        WHERE t.org_id = $1 AND t.deleted_at IS NULL";

fn kept() -> String {
    let rule = TagSource::Rule.bit();
    format!(
        "SELECT t.id, t.version, t.covers_all, t.created_at, t.changed_at, v.definition,
            (SELECT COUNT(*) FROM customer_tags g WHERE g.tag_id = t.tag_id AND (g.sources & {rule}) <> 0) AS tagged
         {IN_FORCE}"
    )
}

pub(super) async fn all(session: &mut Session, org: OrgId) -> Result<Vec<KeptRule>> {
    let text = format!("{} ORDER BY t.id DESC", kept());
    let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn one(session: &mut Session, org: OrgId, id: TagRuleId) -> Result<KeptRule> {
    let text = format!("{} AND t.id = $2", kept());
    let row = session.first(sql(text).int(i64::from(org.0)).int(id.0)).await?;
    read(&row.ok_or_else(|| absent(id))?)
}

fn read(row: &Row) -> Result<KeptRule> {
    let c = row.columns();
    let id = TagRuleId(c.int("id")?);
    Ok(KeptRule {
        id,
        version: c.int("version")? as i32,
        rule: definition(&c, id)?,
        covers_all: c.flag("covers_all")?,
        created_at: Timestamp(c.int("created_at")?),
        changed_at: Timestamp(c.int("changed_at")?),
        tagged: c.int("tagged")?.unsigned_abs(),
    })
}

fn definition(c: &Columns<'_>, id: TagRuleId) -> Result<TagRule> {
    serde_json::from_str(&c.text("definition")?).map_err(|error| StoreError::Corrupt {
        what: "tag rule",
        id: id.to_string(),
        problem: error.to_string(),
    })
}

pub(super) async fn versions(session: &mut Session, org: OrgId, id: TagRuleId) -> Result<Vec<RuleVersion>> {
    let text =
        "SELECT v.version, v.definition, v.created_at FROM tag_rules t JOIN tag_rule_versions v ON v.rule_id = t.id
                WHERE t.org_id = $1 AND t.id = $2 ORDER BY v.version DESC";
    let rows = session.fetch(sql(text).int(i64::from(org.0)).int(id.0)).await?;
    let version = |row: &Row| {
        let c = row.columns();
        Ok(RuleVersion {
            version: c.int("version")? as i32,
            rule: definition(&c, id)?,
            created_at: Timestamp(c.int("created_at")?),
        })
    };
    rows.iter().map(version).collect()
}

/// The rules in force, each with the tag that it sets.
pub(super) struct Rules {
    pub live: Vec<LiveRule>,
    /// By their names.
    pub tags: std::collections::BTreeMap<String, i64>,
}

/// As a look asks them. Call it after the guests are locked: whoever changes a rule and then passes over a guest has
/// waited for older looks at that guest, or these see the change.
pub(super) async fn in_force(tx: &mut Session, org: OrgId) -> Result<Rules> {
    let text = format!("SELECT t.id, t.tag_id, t.covers_all, v.definition {IN_FORCE} ORDER BY t.id");
    let rows = tx.fetch(sql(text).int(i64::from(org.0))).await?;
    let mut rules = Rules {
        live: Vec::with_capacity(rows.len()),
        tags: std::collections::BTreeMap::new(),
    };
    for row in &rows {
        let c = row.columns();
        let id = TagRuleId(c.int("id")?);
        let rule = definition(&c, id)?;
        let covers = match c.flag("covers_all")? {
            true => Covers::Everybody,
            false => Covers::HeardSince(id),
        };
        rules.tags.insert(rule.tag.clone(), c.int("tag_id")?);
        rules.live.push(LiveRule { rule, covers });
    }
    Ok(rules)
}

pub(super) async fn pass(session: &mut Session, org: OrgId) -> Result<Option<TagPass>> {
    let text = "SELECT guests, looked, changed, began_at, ended_at FROM tag_passes WHERE org_id = $1";
    let row = session.first(sql(text).int(i64::from(org.0))).await?;
    let Some(row) = row else { return Ok(None) };
    let c = row.columns();
    let count = |name| c.int(name).map(i64::unsigned_abs);
    Ok(Some(TagPass {
        guests: count("guests")?,
        looked: count("looked")?,
        changed: count("changed")?,
        began_at: Timestamp(c.int("began_at")?),
        ended_at: c.opt_int("ended_at")?.map(Timestamp),
    }))
}
