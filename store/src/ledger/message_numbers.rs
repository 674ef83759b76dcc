//! Numbers for new messages, drawn in sequence, by themselves or with their batch: new rows then stand side by side in their
//! indexes.
//!
//! There is one sequence for all months, so that a number never comes twice. PostgreSQL's is outside all transactions, and
//! nobody waits for another's; what is drawn and not used is a gap. SQLite's is a row of its only writer.

use super::batches::PLACES;
use crate::Result;
use crate::db::Dialect;
use crate::sql::{Session, sql};
use bellhop_domain::{BatchId, Era, MessageKey};
use std::collections::HashMap;

/// Draws keys of an era, in their order.
pub(super) async fn draw(tx: &mut Session, era: Era, count: usize) -> Result<Vec<MessageKey>> {
    let ids = tx.message_ids()?;
    let mut keys = Vec::with_capacity(count);
    while keys.len() < count {
        let drawn = numbers(tx, count - keys.len()).await?;
        let drawn = drawn.into_iter().map(|number| MessageKey(era.first_key().0 + number));
        keys.extend(drawn.filter(|key| ids.is_told_apart(*key)));
    }
    Ok(keys)
}

/// Keys for the messages of new batches, in the order of these. In PostgreSQL they are the places behind the batch's id
/// ([`has`](super::batches::has)), for which nothing has to be drawn; the few messages beyond them, because of places whose
/// ids could be read as old ones, get drawn keys.
pub(super) async fn in_batches(tx: &mut Session, era: Era, batches: &[BatchId]) -> Result<Vec<MessageKey>> {
    if tx.dialect() == Dialect::Sqlite {
        return draw(tx, era, batches.len()).await;
    }
    let ids = tx.message_ids()?;
    let places = places(batches, |key| ids.is_told_apart(key));
    let beyond = places.iter().filter(|place| place.is_none()).count();
    let drawn = match beyond {
        0 => Vec::new(),
        _ => draw(tx, era, beyond).await?,
    };
    let mut drawn = drawn.into_iter();
    let keys = places.into_iter().map(|place| place.or_else(|| drawn.next()));
    Ok(keys.flatten().collect())
}

/// The next place of each batch that may be used; `None` when there are no more.
fn places(batches: &[BatchId], may_be_used: impl Fn(MessageKey) -> bool) -> Vec<Option<MessageKey>> {
    let mut free: HashMap<BatchId, i64> = HashMap::new();
    let place = |batch: &BatchId| {
        let next = free.entry(*batch).or_insert(batch.0);
        let mut those = *next..batch.0 + PLACES;
        let place = those.find(|key| may_be_used(MessageKey(*key)));
        *next = those.start;
        place.map(MessageKey)
    };
    batches.iter().map(place).collect()
}

async fn numbers(tx: &mut Session, count: usize) -> Result<Vec<i64>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    match tx.dialect() {
        Dialect::Postgres => {
            let text = "SELECT nextval('message_numbers') AS number FROM generate_series(1, $1)";
            let rows = tx.fetch(sql(text).int(count)).await?;
            rows.iter().map(|row| row.columns().int("number")).collect()
        }
        Dialect::Sqlite => {
            let text = "UPDATE message_numbers SET last = last + $1 RETURNING last";
            let row = tx.first(sql(text).int(count)).await?;
            let last = row.ok_or(sqlx::Error::RowNotFound)?.columns().int("last")?;
            Ok((last - count + 1..=last).collect())
        }
    }
}

/// SQL for the next number; to be asked for in the statement that writes it, which saves a round trip.
pub(super) async fn next(tx: &mut Session) -> Result<&'static str> {
    match tx.dialect() {
        Dialect::Postgres => Ok("nextval('message_numbers')"),
        Dialect::Sqlite => {
            tx.execute(sql("UPDATE message_numbers SET last = last + 1")).await?;
            Ok("(SELECT last FROM message_numbers)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_its_places_in_their_order_and_no_more() {
        let [one, other] = [BatchId(512), BatchId(1024)];
        let dealt = places(&[one, other, one, one], |key| key.0 != 513);
        let dealt: Vec<_> = dealt.into_iter().map(|place| place.map(|key| key.0)).collect();
        assert_eq!(dealt, [Some(512), Some(1024), Some(514), Some(515)]);
        let many = vec![one; 257];
        let dealt = places(&many, |key| key.0 % 2 == 0);
        assert_eq!(dealt.iter().flatten().count(), 128);
        assert_eq!(dealt[127], Some(MessageKey(766)));
        assert_eq!(dealt[128], None);
    }

    #[test]
    fn every_batch_has_room_for_its_messages() {
        for kind in bellhop_domain::EndpointKind::ALL {
            assert!(i64::from(kind.batch_size()) < PLACES, "{}", kind.name());
        }
    }
}
