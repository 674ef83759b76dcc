//! API keys in the database.

use super::key::{ApiCaller, KeyKind, Scope, joined, key_hash, key_text, split};
use crate::db::{SqlStore, reading, writing};
use crate::{Result, StoreError};
use async_trait::async_trait;
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
            return Err(StoreError::Conflict(format!(
                "a key of an app, which anybody can read, may not have the scope {:?}; make a backend's key for it",
                scope.name()
            )));
        }
        let key = key_text(random);
        writing!(&self.db, tx => {
            let taken: Option<i64> =
                sqlx::query_scalar("SELECT created_at FROM api_keys WHERE org_id = $1 AND name = $2 AND revoked_at IS NULL")
                    .bind(org.0)
                    .bind(name)
                    .fetch_optional(&mut *tx)
                    .await?;
            if taken.is_some() {
                return Err(StoreError::Conflict(format!(
                    "there is a key named {name:?} already; give this one another name, or revoke that one first: \
                     bellhop api-key revoke {name:?}"
                )));
            }
            sqlx::query("INSERT INTO api_keys (key_hash, org_id, name, scopes, created_at) VALUES ($1, $2, $3, $4, $5)")
                .bind(key_hash(&key))
                .bind(org.0)
                .bind(name)
                .bind(joined(kind, scopes))
                .bind(now.0)
                .execute(&mut *tx)
                .await?;
        });
        Ok(key)
    }

    async fn api_caller(&self, key: &SecretString) -> Result<Option<ApiCaller>> {
        let found: Option<(i32, String, String)> = reading!(&self.db, pool => {
            sqlx::query_as("SELECT org_id, name, scopes FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL")
                .bind(key_hash(key))
                .fetch_optional(pool)
                .await?
        });
        Ok(found.map(|(org, name, stored)| {
            let (kind, scopes) = split(&stored);
            ApiCaller {
                org: OrgId(org),
                name,
                kind,
                scopes,
            }
        }))
    }

    async fn api_keys(&self, org: OrgId) -> Result<Vec<ListedKey>> {
        let rows: Vec<(String, String, i64, Option<i64>)> = reading!(&self.db, pool => {
            sqlx::query_as("SELECT name, scopes, created_at, revoked_at FROM api_keys WHERE org_id = $1
                            ORDER BY created_at DESC, name")
                .bind(org.0)
                .fetch_all(pool)
                .await?
        });
        let listed = rows.into_iter().map(|(name, stored, created_at, revoked_at)| {
            let (kind, scopes) = split(&stored);
            ListedKey {
                name,
                kind,
                scopes,
                created_at: Timestamp(created_at),
                revoked_at: revoked_at.map(Timestamp),
            }
        });
        Ok(listed.collect())
    }

    async fn revoke_api_key(&self, org: OrgId, name: &str, now: Timestamp) -> Result<u64> {
        Ok(writing!(&self.db, tx => {
            sqlx::query("UPDATE api_keys SET revoked_at = $3 WHERE org_id = $1 AND name = $2 AND revoked_at IS NULL")
                .bind(org.0)
                .bind(name)
                .bind(now.0)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        }))
    }
}
