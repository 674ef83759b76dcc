//! API keys in the database.

use super::key::{ApiCaller, KeyKind, Scope, joined, key_hash, key_text, split};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::fault::Why;
use bellhop_domain::{OrgId, Timestamp};
use secrecy::SecretString;
use serde::Serialize;

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedKey {
    pub name: String,
    pub kind: KeyKind,
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
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
    /// Whose key this is and what it may do; `None` if it is unknown or revoked.
    async fn api_caller(&self, key: &SecretString) -> Result<Option<ApiCaller>>;
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
        let (hash, scopes) = (key_hash(&key), joined(kind, scopes));
        let text = "INSERT INTO api_keys (key_hash, org_id, name, scopes, created_at) VALUES ($1, $2, $3, $4, $5)";
        let statement = sql(text).text(hash.as_str()).int(i64::from(org.0)).text(name);
        tx.execute(statement.text(scopes.as_str()).int(now.0)).await?;
        tx.commit().await?;
        Ok(key)
    }

    async fn api_caller(&self, key: &SecretString) -> Result<Option<ApiCaller>> {
        let hash = key_hash(key);
        let text = "SELECT org_id, name, scopes FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL";
        let row = Session::read(&self.db)
            .await?
            .first(sql(text).text(hash.as_str()))
            .await?;
        let caller = row.map(|row| {
            let c = row.columns();
            let (kind, scopes) = split(&c.text("scopes")?);
            Ok(ApiCaller {
                org: OrgId(c.int("org_id")? as i32),
                name: c.text("name")?,
                kind,
                scopes,
            })
        });
        caller.transpose()
    }

    async fn api_keys(&self, org: OrgId) -> Result<Vec<ListedKey>> {
        let text = "SELECT name, scopes, created_at, revoked_at FROM api_keys WHERE org_id = $1
                    ORDER BY created_at DESC, name";
        let statement = sql(text).int(i64::from(org.0));
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        let listed = rows.iter().map(|row| {
            let c = row.columns();
            let (kind, scopes) = split(&c.text("scopes")?);
            Ok(ListedKey {
                name: c.text("name")?,
                kind,
                scopes,
                created_at: Timestamp(c.int("created_at")?),
                revoked_at: c.opt_int("revoked_at")?.map(Timestamp),
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
