//! Organisations' rows, which the rest of the store reads: they follow the settings.

use super::organisation::{Organisation, OrganisationSpec, organisation_of, read_settings};
use crate::db::SqlStore;
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use async_trait::async_trait;
use bellhop_domain::OrgId;

/// Makes an organisation's batches under way be checked again, because its quiet hours have changed.
const ASK_ANEW: &str = "UPDATE batches SET quiet_from = 0,
    waits_until = CASE WHEN waits_until IS NOT NULL THEN 0 END
    WHERE org_id = $1 AND done_at IS NULL AND quiet_from IS NOT NULL";

const ORGANISATION: &str = "SELECT id, slug, name, currency, timezone, settings FROM organisations";

/// The brands, and what is set for each.
#[async_trait]
pub trait Organisations: Send + Sync {
    async fn organisation(&self, slug: &str) -> Result<Option<Organisation>>;
    async fn organisation_by_id(&self, org: OrgId) -> Result<Organisation>;
    async fn organisations(&self) -> Result<Vec<Organisation>>;
}

#[async_trait]
impl Organisations for SqlStore {
    async fn organisation(&self, slug: &str) -> Result<Option<Organisation>> {
        Ok(self.organisations().await?.into_iter().find(|o| o.slug == slug))
    }

    async fn organisation_by_id(&self, org: OrgId) -> Result<Organisation> {
        let found = self.organisations().await?.into_iter().find(|o| o.id == org);
        found.ok_or(StoreError::NotFound {
            what: "organisation",
            id: org.to_string(),
        })
    }

    async fn organisations(&self) -> Result<Vec<Organisation>> {
        let rows = Session::read(&self.db).await?.fetch(sql(ORGANISATION)).await?;
        rows.iter().map(organisation_of).collect()
    }
}

/// An organisation without the settings that make one: for tests of what is built on it. The product makes its
/// organisations by settings only, whose version its processes follow.
#[async_trait]
pub trait OrganisationsOfTests {
    /// Creates the organisation or brings its row up to date, by its slug.
    async fn put_organisation(&self, spec: &OrganisationSpec) -> Result<Organisation>;
}

#[async_trait]
impl OrganisationsOfTests for SqlStore {
    async fn put_organisation(&self, spec: &OrganisationSpec) -> Result<Organisation> {
        let mut tx = Session::begin(&self.db).await?;
        let id = put(&mut tx, spec).await?;
        tx.commit().await?;
        self.organisation_by_id(id).await
    }
}

/// Creates the row or brings it up to date, with what depends on it. A changed *cooling* threshold makes the facts of all
/// its customers stale.
pub(crate) async fn put(tx: &mut Session, spec: &OrganisationSpec) -> Result<OrgId> {
    let settings = serde_json::to_string(&spec.settings).map_err(|e| StoreError::Corrupt {
        what: "organisation",
        id: spec.slug.clone(),
        problem: e.to_string(),
    })?;
    let text = "SELECT settings FROM organisations WHERE slug = $1";
    let before = tx.first(sql(text).text(spec.slug.as_str())).await?;
    let before = before.map(|row| row.columns().text("settings")).transpose()?;
    let text = "INSERT INTO organisations (slug, name, currency, timezone, settings) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (slug) DO UPDATE SET name = excluded.name, currency = excluded.currency,
                timezone = excluded.timezone, settings = excluded.settings RETURNING id";
    let statement = sql(text)
        .text(spec.slug.as_str())
        .text(spec.name.as_str())
        .text(spec.currency.as_str())
        .text(spec.timezone.name())
        .text(settings.as_str());
    let row = tx.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    let org = OrgId(row.columns().int("id")? as i32);
    if let Some(before) = before {
        let before = read_settings(org, &before)?;
        if before.retention.cooling_ms() != spec.settings.retention.cooling_ms() {
            // The category *returned* depends on it. The order is that in which every writer takes these locks.
            let text = "INSERT INTO stale_customers (customer_id, org_id)
                        SELECT id, org_id FROM customers WHERE org_id = $1 ORDER BY id
                        ON CONFLICT (customer_id) DO UPDATE SET org_id = excluded.org_id";
            tx.execute(sql(text).int(i64::from(org.0))).await?;
        }
        if before.holding() != spec.settings.holding() {
            tx.execute(sql(ASK_ANEW).int(i64::from(org.0))).await?;
        }
    }
    Ok(org)
}
