//! Lists of promo codes are made, changed, shown and deleted.

use super::adding::{self, AddedCodes};
use super::given::{self, GivenPromoCode};
use super::lists::{self, NewPromoList, PromoList, absent, deed};
use super::tags::{self, PromoTags};
use crate::base::audit::log;
use crate::base::crossed::again_if_crossed;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::fault::Why;
use bellhop_domain::promo::LIST_CHARS;
use bellhop_domain::{OrgId, Timestamp, visible};
use std::collections::BTreeSet;

/// Free codes that are deleted in one statement.
const DELETED_AT_ONCE: u32 = 20_000;

/// People's and the check's: lists of promo codes. `who` goes to the audit log.
#[async_trait]
pub trait PromoBook: Send + Sync {
    /// The list of a name, with how many of its codes are free.
    async fn promo_list(&self, org: OrgId, name: &str) -> Result<Option<PromoList>>;
    /// All lists, by name.
    async fn promo_lists(&self, org: OrgId) -> Result<Vec<PromoList>>;
    /// Makes a list, or changes the end and the common code of a known one. A conflict if the known one is of the other kind.
    async fn put_promo_list(&self, org: OrgId, list: NewPromoList<'_>, who: &str, now: Timestamp) -> Result<PromoList>;
    /// Deletes a list with its free codes, and returns how many these were. Codes that were given stay given.
    async fn delete_promo_list(&self, org: OrgId, name: &str, who: &str, now: Timestamp) -> Result<u64>;
    /// Adds personal codes to a list that is there, all or none.
    async fn add_promo_codes(
        &self,
        org: OrgId,
        list: &str,
        codes: &[String],
        who: &str,
        now: Timestamp,
    ) -> Result<AddedCodes>;
    /// The codes of a list that messages have: those below the `before`, the latest of the list first.
    async fn given_promo_codes(&self, list: i64, before: Option<i64>, limit: u32) -> Result<Vec<GivenPromoCode>>;
    /// Lists of all organisations that may give personal codes; free codes are counted up to this number.
    async fn promo_lists_in_use(&self, counted: u32, now: Timestamp) -> Result<Vec<PromoList>>;
    /// The promos whose use sets tags.
    async fn promo_tags(&self, org: OrgId) -> Result<Vec<PromoTags>>;
    /// Makes these the tags that a guest gets who uses the promo from now on; none at all if there are none.
    async fn set_promo_tags(
        &self,
        org: OrgId,
        promo: &str,
        tags: &BTreeSet<String>,
        who: &str,
        now: Timestamp,
    ) -> Result<()>;
}

#[async_trait]
impl PromoBook for SqlStore {
    async fn promo_list(&self, org: OrgId, name: &str) -> Result<Option<PromoList>> {
        lists::counted(&mut Session::read(&self.db).await?, org, name).await
    }

    async fn promo_lists(&self, org: OrgId) -> Result<Vec<PromoList>> {
        lists::all(&mut Session::read(&self.db).await?, org).await
    }

    async fn put_promo_list(&self, org: OrgId, list: NewPromoList<'_>, who: &str, now: Timestamp) -> Result<PromoList> {
        again_if_crossed!(self.try_put(org, list, who, now))
    }

    async fn delete_promo_list(&self, org: OrgId, name: &str, who: &str, now: Timestamp) -> Result<u64> {
        let mut tx = Session::begin(&self.db).await?;
        let list = lists::hold(&mut tx, org, name).await?.ok_or_else(|| absent(name))?;
        // From here on no claim finds it, and its free codes are nobody's.
        let text = "UPDATE promo_lists SET deleted_at = $2 WHERE id = $1";
        tx.execute(sql(text).int(list.id).int(now.0)).await?;
        log(&mut tx, deed(org, who, "promo.delete", name, now)).await?;
        tx.commit().await?;
        self.delete_free(list.id).await
    }

    async fn add_promo_codes(
        &self,
        org: OrgId,
        list: &str,
        codes: &[String],
        who: &str,
        now: Timestamp,
    ) -> Result<AddedCodes> {
        again_if_crossed!(adding::add(self, org, list, codes, who, now))
    }

    async fn given_promo_codes(&self, list: i64, before: Option<i64>, limit: u32) -> Result<Vec<GivenPromoCode>> {
        given::page(self, list, before, limit).await
    }

    async fn promo_lists_in_use(&self, counted: u32, now: Timestamp) -> Result<Vec<PromoList>> {
        lists::in_use(&mut Session::read(&self.db).await?, now, counted).await
    }

    async fn promo_tags(&self, org: OrgId) -> Result<Vec<PromoTags>> {
        tags::all(&mut Session::read(&self.db).await?, org).await
    }

    async fn set_promo_tags(
        &self,
        org: OrgId,
        promo: &str,
        tags: &BTreeSet<String>,
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        again_if_crossed!(tags::set(self, org, promo, tags, who, now))
    }
}

impl SqlStore {
    async fn try_put(&self, org: OrgId, list: NewPromoList<'_>, who: &str, now: Timestamp) -> Result<PromoList> {
        let name = visible::key(list.name);
        if name.is_empty() || name.chars().count() > LIST_CHARS {
            return Err(StoreError::Conflict(Why::PromoListUnfit { most: LIST_CHARS }));
        }
        let mut tx = Session::begin(&self.db).await?;
        match lists::hold(&mut tx, org, &name).await? {
            Some(known) if known.is_common() != list.common_code.is_some() => {
                let list = name.into_owned();
                return Err(StoreError::Conflict(Why::PromoListTaken { list }));
            }
            Some(known) => change(&mut tx, &known, &list).await?,
            None => make(&mut tx, org, &name, &list, now).await?,
        }
        log(&mut tx, deed(org, who, "promo.put", &name, now)).await?;
        let put = lists::counted(&mut tx, org, &name).await?;
        tx.commit().await?;
        put.ok_or_else(|| absent(&name))
    }

    /// Piece by piece, for a claim may wait for whoever holds many codes.
    async fn delete_free(&self, list: i64) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let mut tx = Session::begin(&self.db).await?;
            let text = format!(
                "DELETE FROM promo_codes WHERE id IN (SELECT id FROM promo_codes WHERE list_id = $1 AND message_id IS NULL
                    ORDER BY id LIMIT {DELETED_AT_ONCE} {{lock}})"
            );
            let page = tx.execute(sql(text).int(list).lock("FOR UPDATE SKIP LOCKED")).await?;
            tx.execute(
                sql("UPDATE promo_lists SET codes = codes - $2 WHERE id = $1")
                    .int(list)
                    .int(page as i64),
            )
            .await?;
            tx.commit().await?;
            deleted += page;
            if page < u64::from(DELETED_AT_ONCE) {
                return Ok(deleted);
            }
        }
    }
}

async fn change(tx: &mut Session, known: &PromoList, to: &NewPromoList<'_>) -> Result<()> {
    let text = "UPDATE promo_lists SET ends_at = COALESCE($2, ends_at), common_code = $3,
                longest = CASE WHEN $3 IS NULL THEN longest ELSE $4 END WHERE id = $1";
    let statement = sql(text)
        .int(known.id)
        .int(to.ends_at.map(|at| at.0))
        .text(to.common_code)
        .int(characters(to.common_code));
    tx.execute(statement).await?;
    Ok(())
}

async fn make(tx: &mut Session, org: OrgId, name: &str, list: &NewPromoList<'_>, now: Timestamp) -> Result<()> {
    let text = "INSERT INTO promo_lists (org_id, name, common_code, ends_at, longest, created_at)
                VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(name)
        .text(list.common_code)
        .int(list.ends_at.map(|at| at.0))
        .int(characters(list.common_code))
        .int(now.0);
    tx.execute(statement).await?;
    Ok(())
}

fn characters(code: Option<&str>) -> i64 {
    code.map_or(0, |code| code.chars().count() as i64)
}
