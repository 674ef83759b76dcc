//! Which events were told before.

use super::Answer;
use crate::Result;
use crate::guests::{json_texts, texts_of};
use crate::sql::{PerDialect, Session, sql};
use bellhop_domain::OrgId;
use bellhop_domain::event::Told;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

static KNOWN: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT event_id, body_hash FROM events WHERE org_id = $2 AND event_id IN ({})",
        texts_of(dialect, "$1")
    )
});

/// 64 bits of what an event says. Two that say different things under one id have the same by chance once in 10^19 times.
pub(super) fn hash(event: &Told) -> i64 {
    let digest = Sha256::digest(event.body());
    let (bytes, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
    i64::from_be_bytes(*bytes)
}

/// An answer to each event that was told before, in the database or earlier in the list; `None` for the new ones.
pub(super) async fn before(
    tx: &mut Session,
    org: OrgId,
    events: &[&Told],
    hashes: &[i64],
) -> Result<Vec<Option<Answer>>> {
    let ids = json_texts(events.iter().map(|it| &it.id));
    let statement = sql(KNOWN.of(tx.dialect())).text(ids.as_str()).int(i64::from(org.0));
    let mut known = HashMap::new();
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        known.insert(c.text("event_id")?, c.opt_int("body_hash")?.unwrap_or_default());
    }
    Ok(answers(events, hashes, known))
}

fn answers(events: &[&Told], hashes: &[i64], mut known: HashMap<String, i64>) -> Vec<Option<Answer>> {
    let answer = |(event, hash): (&&Told, &i64)| match known.get(&event.id) {
        Some(before) if before == hash => Some(Answer::Known),
        Some(_) => Some(Answer::IdTaken),
        None => {
            known.insert(event.id.clone(), *hash);
            None
        }
    };
    events.iter().zip(hashes).map(answer).collect()
}
