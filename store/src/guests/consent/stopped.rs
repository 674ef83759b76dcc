//! The no of addresses whose guests were erased. What is kept is a keyed hash of the address, which says nothing of the person
//! and yet knows the address again: whoever gets it on a card is stopped by it (PRODUCT.md §18).

use super::heard::Heard;
use super::{hear, stands};
use crate::Result;
use crate::base::keyed_hash::{Secret, SecretOf, secret};
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::{Channel, OrgId, Purpose, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The proof of a no that outlived its guest.
pub(crate) const HOW: &str = "said before the guest was erased, or by erasing";

/// A no to be kept.
pub(crate) struct Kept {
    pub space: Space,
    pub address: String,
    pub channel: Channel,
    pub purpose: Purpose,
    pub at: Timestamp,
}

/// Keeps them without their addresses.
pub(crate) async fn keep(tx: &mut Session, org: OrgId, all: &[Kept]) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let secret = secret(tx, SecretOf::Stops).await?;
    // One statement may write a row once.
    let mut latest: BTreeMap<(i16, String, i64, i16), i64> = BTreeMap::new();
    for it in all {
        let key = (
            it.space.code(),
            hash(&secret, org, it.space, &it.address),
            it.channel as i64,
            it.purpose.code(),
        );
        let at = latest.entry(key).or_insert(it.at.0);
        *at = (*at).max(it.at.0);
    }
    let table = Table::default()
        .ints("space", latest.keys().map(|key| i64::from(key.0)))
        .texts("hash", latest.keys().map(|key| key.1.as_str()))
        .ints("channel", latest.keys().map(|key| key.2))
        .ints("purpose", latest.keys().map(|key| i64::from(key.3)))
        .ints("at", latest.values().copied());
    let text = "INSERT INTO stopped_addresses (org_id, space, address_hash, channel, purpose, at)
                SELECT $1, r.space, r.hash, r.channel, r.purpose, r.at FROM {rows} WHERE TRUE ORDER BY r.hash
                ON CONFLICT (org_id, space, address_hash, channel, purpose) DO UPDATE SET at = excluded.at
                WHERE stopped_addresses.at < excluded.at";
    tx.execute(sql(text).int(i64::from(org.0)).rows(table)).await?;
    Ok(())
}

/// Makes what is kept of these addresses hold again: they are about to be on a card. The caller computes the facts of whoever
/// gets them, after this.
pub(crate) async fn recall(
    tx: &mut Session,
    org: OrgId,
    space: Space,
    addresses: &BTreeSet<String>,
    now: Timestamp,
) -> Result<()> {
    let any = "SELECT 1 FROM stopped_addresses WHERE org_id = $1 LIMIT 1";
    if addresses.is_empty() || tx.first(sql(any).int(i64::from(org.0))).await?.is_none() {
        return Ok(());
    }
    let secret = secret(tx, SecretOf::Stops).await?;
    let mut spelt: BTreeMap<String, String> = BTreeMap::new();
    for address in addresses.iter().flat_map(|address| space.spellings(address)) {
        spelt.insert(hash(&secret, org, space, &address), address);
    }
    let text = "SELECT r.hash, k.channel, k.purpose, k.at FROM {rows}
                JOIN stopped_addresses k ON k.org_id = $1 AND k.space = $2 AND k.address_hash = r.hash
                ORDER BY r.hash, k.channel, k.purpose";
    let table = Table::default().texts("hash", spelt.keys().map(String::as_str));
    let statement = sql(text).int(i64::from(org.0)).int(i64::from(space.code())).rows(table);
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let Some(address) = spelt.get(&c.text("hash")?) else {
            continue;
        };
        let channel = c.code("channel", "channel", super::show::channel)?;
        let addresses = space.spellings(address);
        let heard = Heard {
            org,
            space,
            addresses: &addresses,
            words: vec![(channel, Word::Withdrawn)],
            purpose: c.code("purpose", "purpose", Purpose::from_code)?,
            source: WordSource::Guest,
            at: Timestamp(c.int("at")?),
            how: HOW,
            text_version: None,
            customer: None,
        };
        let fresh = hear::write(tx, &heard, now).await?;
        if !fresh.is_empty() {
            stands::hear(tx, &heard, &fresh).await?;
        }
    }
    Ok(())
}

fn hash(secret: &Secret, org: OrgId, space: Space, address: &str) -> String {
    let parts: [&[u8]; 3] = [&org.0.to_be_bytes(), &space.code().to_be_bytes(), address.as_bytes()];
    hex::encode(secret.hash(&parts))
}
