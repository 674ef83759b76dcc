//! API keys in the database.

use super::key::{ApiCaller, KeyKind, Scope, joined, key_hash, key_text, split};
use crate::base::audit::{Deed, Difference, OURSELVES, log_change};
use crate::sql::{Columns, Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::fault::Why;
use bellhop_domain::{OrgId, Timestamp};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use std::num::NonZeroU32;

/// Characters of a key's hash by which it is named: they tell nothing about the key.
const ID_CHARS: usize = 16;

/// A use is written down when the last one known is so old.
const MINUTE_MS: i64 = 60_000;

/// A key to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewKey<'a> {
    pub name: &'a str,
    pub kind: KeyKind,
    pub scopes: &'a [Scope],
    /// From then on it is good for nothing.
    pub ends_at: Option<Timestamp>,
    /// How many requests it may make in a minute; as many as any key if absent.
    pub per_minute: Option<NonZeroU32>,
}

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedKey {
    pub id: String,
    pub name: String,
    pub kind: KeyKind,
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    /// When it ends, or has ended, by itself.
    pub ends_at: Option<Timestamp>,
    /// To the minute.
    pub used_at: Option<Timestamp>,
    /// How many requests it may make in a minute, if it has a number of its own.
    pub per_minute: Option<NonZeroU32>,
}

/// Keys of the API: of 256 random bits, of which only their SHA-256 is kept.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Makes an API key of 256 random bits and returns it, for the only time: only its SHA-256 is kept. A scope that its
    /// kind may not have is a conflict.
    async fn create_api_key(
        &self,
        org: OrgId,
        name: &str,
        kind: KeyKind,
        scopes: &[Scope],
        random: [u8; 32],
        now: Timestamp,
    ) -> Result<SecretString>;
    /// The same with an end, in somebody's name.
    async fn make_key(
        &self,
        org: OrgId,
        new: NewKey<'_>,
        random: [u8; 32],
        who: &str,
        now: Timestamp,
    ) -> Result<(String, SecretString)>;
    /// Whose key this is and what it may do; `None` if it is unknown or revoked, or has ended.
    async fn api_caller(&self, key: &SecretString, now: Timestamp) -> Result<Option<ApiCaller>>;
    /// Revokes a key; `false` if the organisation has none such in force.
    async fn revoke_key(&self, org: OrgId, id: &str, who: &str, now: Timestamp) -> Result<bool>;
    /// Says how many requests a key may make in a minute, from its next one on; `false` if the organisation has none such in force.
    async fn limit_key(
        &self,
        org: OrgId,
        id: &str,
        per_minute: Option<NonZeroU32>,
        who: &str,
        now: Timestamp,
    ) -> Result<bool>;
    /// Revokes every key with this name; returns how many there were.
    async fn revoke_api_key(&self, org: OrgId, name: &str, now: Timestamp) -> Result<u64>;
    /// The keys, the latest first.
    async fn api_keys(&self, org: OrgId) -> Result<Vec<ListedKey>>;
}

#[async_trait]
impl ApiKeys for SqlStore {
    async fn create_api_key(
        &self,
        org: OrgId,
        name: &str,
        kind: KeyKind,
        scopes: &[Scope],
        random: [u8; 32],
        now: Timestamp,
    ) -> Result<SecretString> {
        let new = NewKey {
            name,
            kind,
            scopes,
            ends_at: None,
            per_minute: None,
        };
        let (_, key) = self.make_key(org, new, random, OURSELVES, now).await?;
        Ok(key)
    }

    async fn make_key(
        &self,
        org: OrgId,
        new: NewKey<'_>,
        random: [u8; 32],
        who: &str,
        now: Timestamp,
    ) -> Result<(String, SecretString)> {
        let NewKey { name, kind, scopes, .. } = new;
        if let Some(scope) = scopes.iter().find(|scope| !kind.may_have(**scope)) {
            let scope = scope.name().to_owned();
            return Err(StoreError::Conflict(Why::ScopeOfBackends { scope }));
        }
        let key = key_text(random);
        let mut tx = Session::begin(&self.db).await?;
        let text = "SELECT 1 FROM api_keys WHERE org_id = $1 AND name = $2 AND revoked_at IS NULL";
        let taken = tx.first(sql(text).int(i64::from(org.0)).text(name)).await?;
        if taken.is_some() {
            let name = name.to_owned();
            return Err(StoreError::Conflict(Why::KeyNameTaken { name }));
        }
        let (hash, joined) = (key_hash(&key), joined(kind, scopes));
        let text = "INSERT INTO api_keys (key_hash, org_id, name, scopes, created_at, ends_at, per_minute)
                    VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let statement = sql(text).text(hash.as_str()).int(i64::from(org.0)).text(name);
        let statement = statement.text(joined.as_str()).int(now.0);
        let statement = statement.int(new.ends_at.map(|at| at.0)).int(stored(new.per_minute));
        tx.execute(statement).await?;
        let id = hash[..ID_CHARS].to_owned();
        let after = json!({ "name": name, "kind": kind, "scopes": scopes, "ends_at": new.ends_at, "per_minute": new.per_minute });
        let deed = deed(org, who, "key.create", &id, now);
        log_change(&mut tx, deed, &Difference::of(&json!({}), &after)).await?;
        tx.commit().await?;
        Ok((id, key))
    }

    async fn revoke_key(&self, org: OrgId, id: &str, who: &str, now: Timestamp) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        let text = format!(
            "UPDATE api_keys SET revoked_at = $3
             WHERE org_id = $1 AND SUBSTR(key_hash, 1, {ID_CHARS}) = $2 AND revoked_at IS NULL RETURNING name"
        );
        let statement = sql(text).int(i64::from(org.0)).text(id).int(now.0);
        let Some(row) = tx.first(statement).await? else {
            return Ok(false);
        };
        let before = json!({ "name": row.columns().text("name")? });
        let deed = deed(org, who, "key.revoke", id, now);
        log_change(&mut tx, deed, &Difference::of(&before, &json!({}))).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn limit_key(
        &self,
        org: OrgId,
        id: &str,
        per_minute: Option<NonZeroU32>,
        who: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        let of = format!("org_id = $1 AND SUBSTR(key_hash, 1, {ID_CHARS}) = $2 AND revoked_at IS NULL");
        let text = format!("SELECT per_minute FROM api_keys WHERE {of} {{lock}}");
        let statement = sql(text).int(i64::from(org.0)).text(id).lock("FOR UPDATE");
        let Some(row) = tx.first(statement).await? else {
            return Ok(false);
        };
        let before = json!({ "per_minute": row.columns().opt_int("per_minute")? });
        let text = format!("UPDATE api_keys SET per_minute = $3 WHERE {of}");
        let statement = sql(text).int(i64::from(org.0)).text(id).int(stored(per_minute));
        tx.execute(statement).await?;
        let deed = deed(org, who, "key.limit", id, now);
        let after = json!({ "per_minute": per_minute });
        log_change(&mut tx, deed, &Difference::of(&before, &after)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn api_caller(&self, key: &SecretString, now: Timestamp) -> Result<Option<ApiCaller>> {
        let hash = key_hash(key);
        let text = "SELECT org_id, name, scopes, used_at, per_minute FROM api_keys
                    WHERE key_hash = $1 AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > $2)";
        let statement = sql(text).text(hash.as_str()).int(now.0);
        let Some(row) = Session::read(&self.db).await?.first(statement).await? else {
            return Ok(None);
        };
        let c = row.columns();
        if c.opt_int("used_at")?.is_none_or(|used| now.0 - used >= MINUTE_MS) {
            let mut session = Session::autocommit(&self.db).await?;
            let text = "UPDATE api_keys SET used_at = $2 WHERE key_hash = $1 AND (used_at IS NULL OR used_at < $2)";
            session.execute(sql(text).text(hash.as_str()).int(now.0)).await?;
            session.commit().await?;
        }
        let (kind, scopes) = split(&c.text("scopes")?);
        Ok(Some(ApiCaller {
            org: OrgId(c.int("org_id")? as i32),
            name: c.text("name")?,
            kind,
            scopes,
            person: None,
            restaurants: None,
            per_minute: read_limit(&c)?,
        }))
    }

    async fn api_keys(&self, org: OrgId) -> Result<Vec<ListedKey>> {
        let text = "SELECT key_hash, name, scopes, created_at, revoked_at, ends_at, used_at, per_minute FROM api_keys
                    WHERE org_id = $1 ORDER BY created_at DESC, name";
        let statement = sql(text).int(i64::from(org.0));
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        let listed = rows.iter().map(|row| {
            let c = row.columns();
            let (kind, scopes) = split(&c.text("scopes")?);
            Ok(ListedKey {
                id: c.text("key_hash")?.chars().take(ID_CHARS).collect(),
                name: c.text("name")?,
                kind,
                scopes,
                created_at: Timestamp(c.int("created_at")?),
                revoked_at: c.opt_int("revoked_at")?.map(Timestamp),
                ends_at: c.opt_int("ends_at")?.map(Timestamp),
                used_at: c.opt_int("used_at")?.map(Timestamp),
                per_minute: read_limit(&c)?,
            })
        });
        listed.collect()
    }

    async fn revoke_api_key(&self, org: OrgId, name: &str, now: Timestamp) -> Result<u64> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE api_keys SET revoked_at = $3 WHERE org_id = $1 AND name = $2 AND revoked_at IS NULL";
        let statement = sql(text).int(i64::from(org.0)).text(name).int(now.0);
        let revoked = tx.execute(statement).await?;
        tx.commit().await?;
        Ok(revoked)
    }
}

fn stored(per_minute: Option<NonZeroU32>) -> Option<i64> {
    per_minute.map(|it| i64::from(it.get()))
}

fn read_limit(c: &Columns<'_>) -> Result<Option<NonZeroU32>> {
    let number = c.opt_int("per_minute")?;
    Ok(number.and_then(|it| u32::try_from(it).ok()).and_then(NonZeroU32::new))
}

fn deed<'a>(org: OrgId, who: &'a str, action: &'static str, id: &str, at: Timestamp) -> Deed<'a> {
    Deed {
        org,
        who,
        action,
        object: format!("key {id}"),
        detail: None,
        at,
    }
}
