//! Words about a guest's card, told through the API or from the guest's own page.

use super::cards::{self, CardSaid, Replaces, say};
use super::hear::{Heard, hear};
use super::{addresses, lock};
use crate::guests::Consent;
use crate::guests::settle::{compute, mark_stale};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use bellhop_domain::consent::{Space, Word};
use bellhop_domain::{Channel, CustomerId, EndpointKind, OrgId, Timestamp};
use std::collections::BTreeMap;

/// Records them. What guests say themselves also applies to their addresses, whoever may get these later.
pub(crate) async fn set(
    store: &SqlStore,
    org: OrgId,
    customer: CustomerId,
    consents: &[Consent],
    at: Timestamp,
) -> Result<()> {
    let mut tx = Session::begin(&store.db).await?;
    lock::alone(&mut tx, org).await?;
    let text = "SELECT 1 FROM customers WHERE org_id = $1 AND id = $2";
    let ours = tx.first(sql(text).int(i64::from(org.0)).int(customer.0)).await?;
    ours.ok_or_else(|| StoreError::NotFound {
        what: "customer",
        id: customer.to_string(),
    })?;
    mark_stale(&mut tx, org, &[customer]).await?;
    for consent in consents {
        let said = CardSaid {
            org,
            words: &[(customer, consent.channel, consent.given)],
            purpose: consent.purpose,
            source: consent.source,
            at,
            how: &consent.how,
            replaces: Replaces::ByAuthority,
        };
        let word = [(customer, Some(consent.channel), consent.given)];
        cards::write(&mut tx, &said, &word, consent.text_version.as_deref(), at).await?;
        say(&mut tx, &said).await?;
        if consent.source.is_own() {
            by_addresses(&mut tx, org, customer, consent, at).await?;
        }
    }
    mark_stale(&mut tx, org, &[customer]).await?;
    compute(&mut tx, org, &[customer]).await?;
    tx.commit().await
}

async fn by_addresses(
    tx: &mut Session,
    org: OrgId,
    customer: CustomerId,
    consent: &Consent,
    at: Timestamp,
) -> Result<()> {
    let word = if consent.given { Word::Given } else { Word::Withdrawn };
    for (space, told) in reached(tx, org, customer, consent.channel).await? {
        let addresses = addresses::of_person(tx, org, space, &told).await?;
        let heard = Heard {
            org,
            space,
            addresses: &addresses,
            words: vec![(consent.channel, word)],
            purpose: consent.purpose,
            source: consent.source,
            at,
            how: &consent.how,
            text_version: consent.text_version.as_deref(),
            customer: Some(customer),
        };
        hear(tx, &heard, at).await?;
    }
    Ok(())
}

/// The guest's addresses in the spaces that a channel reaches.
async fn reached(
    tx: &mut Session,
    org: OrgId,
    customer: CustomerId,
    channel: Channel,
) -> Result<BTreeMap<Space, Vec<String>>> {
    let text = "SELECT e.kind, e.address FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id
                WHERE l.customer_id = $1 AND e.org_id = $2 ORDER BY e.id";
    let mut reached: BTreeMap<Space, Vec<String>> = BTreeMap::new();
    for row in tx.fetch(sql(text).int(customer.0).int(i64::from(org.0))).await? {
        let c = row.columns();
        let space = Space::of(c.code("kind", "endpoint kind", EndpointKind::from_code)?);
        if space.kinds().any(|kind| kind.channel() == channel) {
            reached.entry(space).or_default().push(c.text("address")?);
        }
    }
    Ok(reached)
}
