//! What people do to rules: each change with its version, the pass that brings it to guests, and its row of the audit.

use super::passing;
use super::reading::{self, absent};
use crate::base::audit::{Deed, log};
use crate::base::once::{self, Once};
use crate::db::Db;
use crate::guests::Names;
use crate::guests::names::{Named, learn};
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::fault::Why;
use bellhop_domain::tag_rule::{MAX_RULES, TagRule};
use bellhop_domain::{OrgId, TagRuleId, Timestamp};
use std::collections::BTreeSet;

/// Whoever changes a rule of an organisation does it alone.
async fn alone(tx: &mut Session, org: OrgId) -> Result<()> {
    let text = "SELECT id FROM organisations WHERE id = $1 {lock}";
    let statement = sql(text).int(i64::from(org.0)).lock("FOR NO KEY UPDATE");
    tx.fetch(statement).await?;
    Ok(())
}

/// The number of the rule's tag, which exists from now on.
async fn tag_of(tx: &mut Session, org: OrgId, rule: &TagRule) -> Result<i64> {
    let mut names = Names::default();
    learn(tx, org, Named::Tag, BTreeSet::from([rule.tag.clone()]), &mut names).await?;
    Ok(names.id(Named::Tag, Some(&rule.tag)).ok_or(sqlx::Error::RowNotFound)?)
}

pub(super) async fn create(
    db: &Db,
    org: OrgId,
    rule: &TagRule,
    once: Option<&Once<'_>>,
    who: &str,
    now: Timestamp,
) -> Result<TagRuleId> {
    let mut tx = Session::begin(db).await?;
    alone(&mut tx, org).await?;
    if let Some(once) = once
        && let Some(made) = once::made(&mut tx, org, once).await?
    {
        return Ok(TagRuleId(made));
    }
    if reading::in_force(&mut tx, org).await?.live.len() >= MAX_RULES {
        return Err(StoreError::Conflict(Why::TagRulesTooMany { most: MAX_RULES }));
    }
    let tag = tag_of(&mut tx, org, rule).await?;
    let text = "INSERT INTO tag_rules (org_id, version, tag_id, covers_all, created_at, changed_at)
                VALUES ($1, 1, $2, $3, $4, $4) RETURNING id";
    let statement = sql(text).int(i64::from(org.0)).int(tag).flag(rule.apply_to_past);
    let row = tx.first(statement.int(now.0)).await?.ok_or(sqlx::Error::RowNotFound)?;
    let id = TagRuleId(row.columns().int("id")?);
    write_version(&mut tx, id, 1, rule, now).await?;
    if rule.apply_to_past {
        passing::begin(&mut tx, org, now).await?;
    }
    if let Some(once) = once {
        once::keep(&mut tx, org, once, id.0, now).await?;
    }
    tell(&mut tx, org, id, "tag_rule.create", Some(&rule.name), who, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// `None` if the rule is not at the version `from`.
pub(super) async fn edit(
    db: &Db,
    (org, id): (OrgId, TagRuleId),
    from: Option<i32>,
    rule: &TagRule,
    who: &str,
    now: Timestamp,
) -> Result<Option<i32>> {
    let mut tx = Session::begin(db).await?;
    alone(&mut tx, org).await?;
    let before = reading::one(&mut tx, org, id).await?;
    if from.is_some_and(|from| from != before.version) {
        return Ok(None);
    }
    let tag = tag_of(&mut tx, org, rule).await?;
    let (version, covers_all) = (before.version + 1, before.covers_all || rule.apply_to_past);
    let text = "UPDATE tag_rules SET version = $2, tag_id = $3, covers_all = $4, changed_at = $5 WHERE id = $1";
    let statement = sql(text).int(id.0).int(i64::from(version)).int(tag);
    tx.execute(statement.flag(covers_all).int(now.0)).await?;
    write_version(&mut tx, id, version, rule, now).await?;
    if covers_all != before.covers_all || !rule.judges_as(&before.rule) {
        passing::begin(&mut tx, org, now).await?;
    }
    let detail = format!("version {version}");
    tell(&mut tx, org, id, "tag_rule.edit", Some(&detail), who, now).await?;
    tx.commit().await?;
    Ok(Some(version))
}

pub(super) async fn delete(db: &Db, org: OrgId, id: TagRuleId, who: &str, now: Timestamp) -> Result<()> {
    let text = "UPDATE tag_rules SET deleted_at = $3 WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL";
    change_one(db, (org, id), text, "tag_rule.delete", who, now).await
}

pub(super) async fn apply(db: &Db, org: OrgId, id: TagRuleId, who: &str, now: Timestamp) -> Result<()> {
    let text = "UPDATE tag_rules SET covers_all = TRUE, changed_at = $3
                WHERE id = $1 AND org_id = $2 AND deleted_at IS NULL";
    change_one(db, (org, id), text, "tag_rule.apply", who, now).await
}

async fn change_one(
    db: &Db,
    (org, id): (OrgId, TagRuleId),
    text: &'static str,
    action: &'static str,
    who: &str,
    now: Timestamp,
) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    alone(&mut tx, org).await?;
    let statement = sql(text).int(id.0).int(i64::from(org.0)).int(now.0);
    if tx.execute(statement).await? == 0 {
        return Err(absent(id));
    }
    passing::begin(&mut tx, org, now).await?;
    tell(&mut tx, org, id, action, None, who, now).await?;
    tx.commit().await
}

async fn write_version(tx: &mut Session, id: TagRuleId, version: i32, rule: &TagRule, now: Timestamp) -> Result<()> {
    let definition = serde_json::to_string(rule).map_err(|error| StoreError::Corrupt {
        what: "tag rule",
        id: id.to_string(),
        problem: error.to_string(),
    })?;
    let text = "INSERT INTO tag_rule_versions (rule_id, version, definition, created_at) VALUES ($1, $2, $3, $4)";
    let statement = sql(text).int(id.0).int(i64::from(version)).text(definition.as_str());
    tx.execute(statement.int(now.0)).await?;
    Ok(())
}

async fn tell(
    tx: &mut Session,
    org: OrgId,
    id: TagRuleId,
    action: &'static str,
    detail: Option<&str>,
    who: &str,
    at: Timestamp,
) -> Result<()> {
    let deed = Deed {
        org,
        who,
        action,
        object: format!("tag rule {id}"),
        detail,
        at,
    };
    log(tx, deed).await
}
