//! API keys in the database.

use super::key::{ApiCaller, KeyKind, Scope, joined, key_hash, split};
use crate::db::{SqlStore, reading, writing};
use crate::{Result, StoreError};
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

impl SqlStore {
    pub(super) async fn insert_key(
        &self,
        org: OrgId,
        name: &str,
        kind: KeyKind,
        scopes: &[Scope],
        key: SecretString,
        now: Timestamp,
    ) -> Result<SecretString> {
        if let Some(scope) = scopes.iter().find(|scope| !kind.may_have(**scope)) {
            return Err(StoreError::Conflict(format!(
                "a key of an app, which anybody can read, may not have the scope {:?}; make a backend's key for it",
                scope.name()
            )));
        }
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

    pub(super) async fn find_caller(&self, key: &SecretString) -> Result<Option<ApiCaller>> {
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

    /// The keys, the latest first.
    pub async fn api_keys(&self, org: OrgId) -> Result<Vec<ListedKey>> {
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

    pub(super) async fn revoke_keys(&self, org: OrgId, name: &str, now: Timestamp) -> Result<u64> {
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
