//! Organisations beside the stage's own.

use crate::provider::Scripted;
use crate::stage::{Another, FREE, Stage};
use bellhop_domain::{EndpointKind, OrgId};
use std::sync::Arc;

impl Stage {
    /// Adds another organisation with a sender and `n` guests who have its app.
    pub async fn another_organisation(&mut self, org: OrgId, n: i64) -> Arc<Scripted> {
        let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})");
        let first = i64::from(org.0) * 1_000_000;
        for text in [
            format!(
                "INSERT INTO organisations (id, slug, name, currency, timezone, settings)
                     VALUES ({org}, 'o{org}', 'O', 'RUB', 'Europe/Moscow', '{FREE}')"
            ),
            format!(
                "INSERT INTO customers (id, org_id, external_id, name) {numbers} SELECT {first} + i, {org}, 'c' || i, 'Guest' FROM n"
            ),
            format!(
                "INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
                     {numbers} SELECT {first} + i, {org}, 1, 't' || i, 1, 1, 1 FROM n"
            ),
            format!(
                "INSERT INTO consents (org_id, customer_id, channel, purpose, given, source, at, how)
                     {numbers} SELECT {org}, {first} + i, 0, 1, TRUE, 1, 1, 'test' FROM n"
            ),
            format!(
                "INSERT INTO customer_endpoints (customer_id, endpoint_id) {numbers} SELECT {first} + i, {first} + i FROM n"
            ),
            format!(
                "INSERT INTO customer_facts (customer_id, org_id, consent_mask, blacklisted, live_endpoints)
                     {numbers} SELECT {first} + i, {org}, 9, FALSE, '[[1,' || ({first} + i) || ']]' FROM n"
            ),
        ] {
            self.exec(&text).await;
        }
        let provider = Scripted::new(EndpointKind::Fcm);
        self.others.push(Another {
            org,
            name: "their app",
            provider: provider.clone(),
        });
        provider
    }
}
