//! The tags of a guest and who says so, read and changed.

use super::NAME_CHARS;
use super::again_if_crossed;
use super::names::{Named, Names, learn, look_up};
use super::settle::{compute, mark_stale};
use super::tag_rows::{Tagging, hold_customer, say_tags, take_back_tags};
use crate::base::audit::{Deed, log};
use crate::base::outbox::{Notice, What, append};
use crate::base::wants::is_wanted;
use crate::consent::lock::among_others;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::fault::Why;
use bellhop_domain::tag::TagSource;
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{CustomerId, OrgId, Timestamp, visible};
use serde::Serialize;
use std::collections::BTreeSet;

/// A tag that a guest has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuestTag {
    pub name: String,
    /// At least one.
    pub sources: Vec<TagSource>,
}

/// What one source changes about a guest's tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagChange {
    /// As [`tag_name`] writes them; unknown ones are created.
    pub set: BTreeSet<String>,
    /// The guest keeps those that another source says too.
    pub removed: BTreeSet<String>,
}

/// Tags of guests, by their source.
#[async_trait]
pub trait GuestTags: Send + Sync {
    /// All tags that a guest has, by name.
    async fn tags(&self, org: OrgId, it: CustomerId) -> Result<Vec<GuestTag>>;
    /// Changes what one source says of a guest, and settles their facts. The change of a person or of another system goes
    /// to the audit log, in `who`'s name.
    async fn change_tags(
        &self,
        org: OrgId,
        it: CustomerId,
        source: TagSource,
        change: &TagChange,
        who: &str,
        now: Timestamp,
    ) -> Result<()>;
}

/// A tag's name as it is kept: without what nobody sees, at most [`NAME_CHARS`] characters. `None` if nothing is left.
///
/// # Errors
/// When it is longer.
pub fn tag_name(text: &str) -> std::result::Result<Option<String>, Why> {
    let name = visible::key(text);
    if name.chars().count() > NAME_CHARS {
        return Err(Why::GuestTagLong { most: NAME_CHARS });
    }
    Ok((!name.is_empty()).then(|| name.into_owned()))
}

#[async_trait]
impl GuestTags for SqlStore {
    async fn tags(&self, org: OrgId, it: CustomerId) -> Result<Vec<GuestTag>> {
        let text = "SELECT t.name, own.sources FROM customer_tags own JOIN tags t ON t.id = own.tag_id
                    WHERE t.org_id = $1 AND own.customer_id = $2 ORDER BY t.name";
        let statement = sql(text).int(i64::from(org.0)).int(it.0);
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        let tags = rows.iter().map(|row| {
            let c = row.columns();
            Ok(GuestTag {
                name: c.text("name")?,
                sources: TagSource::of_bits(c.int("sources")? as i16),
            })
        });
        tags.collect()
    }

    async fn change_tags(
        &self,
        org: OrgId,
        it: CustomerId,
        source: TagSource,
        change: &TagChange,
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        again_if_crossed!(self.try_change_tags(org, it, source, change, who, now))
    }
}

impl SqlStore {
    async fn try_change_tags(
        &self,
        org: OrgId,
        it: CustomerId,
        source: TagSource,
        change: &TagChange,
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        let mut session = Session::begin(&self.db).await?;
        among_others(&mut session, org).await?;
        let mut names = Names::default();
        learn(&mut session, org, Named::Tag, change.set.clone(), &mut names).await?;
        look_up(&mut session, org, Named::Tag, change.removed.clone(), &mut names).await?;
        if !hold_customer(&mut session, org, it).await? {
            return Err(StoreError::NotFound {
                what: "customer",
                id: it.to_string(),
            });
        }
        take_back_tags(&mut session, source, &taggings(it, &change.removed, &names)).await?;
        say_tags(&mut session, source, &taggings(it, &change.set, &names)).await?;
        mark_stale(&mut session, org, &[it]).await?;
        compute(&mut session, org, &[it]).await?;
        if is_wanted(&mut session, org, WebhookKind::GuestTagged).await? {
            let what = What::Tagged {
                customer: it,
                set: change.set.iter().cloned().collect(),
                removed: change.removed.iter().cloned().collect(),
                source,
            };
            append(&mut session, &[Notice { org, at: now, what }]).await?;
        }
        if matches!(source, TagSource::Hand | TagSource::Api) {
            let deed = Deed {
                org,
                who,
                action: "tag",
                object: format!("customer {it}"),
                detail: Some(&told(change)),
                at: now,
            };
            log(&mut session, deed).await?;
        }
        session.commit().await
    }
}

fn taggings(it: CustomerId, tags: &BTreeSet<String>, names: &Names) -> Vec<Tagging> {
    let ids = tags.iter().filter_map(|tag| names.id(Named::Tag, Some(tag)));
    ids.map(|tag| (it, tag)).collect()
}

/// For the audit log.
fn told(change: &TagChange) -> String {
    let list = |word, tags: &BTreeSet<String>| {
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        (!tags.is_empty()).then(|| format!("{word} {}", tags.join("; ")))
    };
    let parts = [list("set", &change.set), list("removed", &change.removed)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_one_sees_of_it() {
        assert_eq!(tag_name(" v\u{200B}ip "), Ok(Some("vip".to_owned())));
        assert_eq!(tag_name("\u{200B} "), Ok(None));
        assert!(tag_name(&"x".repeat(NAME_CHARS)).is_ok());
        assert!(tag_name(&"x".repeat(NAME_CHARS + 1)).is_err());
    }

    #[test]
    fn the_audit_log_is_told_both() {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let change = TagChange {
            set: set(&["vip", "late"]),
            removed: set(&["new"]),
        };
        assert_eq!(told(&change), "set late; vip, removed new");
    }
}
