//! Batches of an import: each is written as a whole, and the facts that it leaves to be computed are settled chunk by
//! chunk.

use super::again_if_crossed;
use super::card_rows::write_cards;
use super::endpoint_rows::attach;
use super::names::Names;
use super::order_rows::write_orders;
use super::settle::{CHUNK, compute, mark_sharing, mark_stale, stale_after, stopped_among};
use super::tag_marks::Heard;
use super::*;
use crate::consent::lock::among_others;
use crate::db::SqlStore;
use crate::sql::Session;

impl SqlStore {
    /// Settles the next stale customers after one; the last of them, and how many they were.
    pub(crate) async fn settle_chunk(&self, org: OrgId, after: CustomerId) -> Result<Option<(CustomerId, u64)>> {
        let mut session = Session::begin(&self.db).await?;
        among_others(&mut session, org).await?;
        let stale = stale_after(&mut session, org, after).await?;
        compute(&mut session, org, &stale).await?;
        session.commit().await?;
        Ok(stale.last().map(|last| (*last, stale.len() as u64)))
    }

    /// Writes a batch of orders and leaves the marks for the end of the import.
    pub(crate) async fn write_order_batch(
        &self,
        org: OrgId,
        orders: &[LiveOrder],
        now: Timestamp,
        names: &mut Names,
    ) -> Result<Written> {
        again_if_crossed!(async {
            let end = self.try_order_batch(org, orders, now, names).await;
            end.inspect_err(|_| *names = Names::default())
        })
    }

    async fn try_order_batch(
        &self,
        org: OrgId,
        orders: &[LiveOrder],
        now: Timestamp,
        names: &mut Names,
    ) -> Result<Written> {
        let by_phone = orders.iter().any(|order| order.phone.is_some());
        let mut session = Session::begin(&self.db).await?;
        if by_phone {
            among_others(&mut session, org).await?;
        }
        let done = write_orders(&mut session, org, orders, names, Heard::by_import(now)).await?;
        let mut stale: Vec<_> = done.touched.into_iter().collect();
        if by_phone {
            let sharing = attach(
                &mut session,
                org,
                &super::order::phones_of(orders, &done.customers),
                now,
            )
            .await?;
            stale.extend(mark_sharing(&mut session, org, &sharing.into_iter().collect::<Vec<_>>()).await?);
            stale.sort_unstable();
            stale.dedup();
        }
        mark_stale(&mut session, org, &stale).await?;
        session.commit().await?;
        Ok(done.written)
    }

    /// The same for customers' cards.
    pub(crate) async fn write_card_batch(
        &self,
        org: OrgId,
        cards: &[CustomerCard],
        how: &str,
        now: Timestamp,
        names: &mut Names,
    ) -> Result<Written> {
        again_if_crossed!(async {
            let end = self.try_card_batch(org, cards, how, now, names).await;
            end.inspect_err(|_| *names = Names::default())
        })
    }

    async fn try_card_batch(
        &self,
        org: OrgId,
        cards: &[CustomerCard],
        how: &str,
        now: Timestamp,
        names: &mut Names,
    ) -> Result<Written> {
        let mut session = Session::begin(&self.db).await?;
        among_others(&mut session, org).await?;
        let done = write_cards(&mut session, org, cards, how, now, names).await?;
        let marked = mark_sharing(&mut session, org, &done.touched.into_iter().collect::<Vec<_>>()).await?;
        // A no takes effect with its batch; everything else waits for the end of the import.
        for stopped in stopped_among(&mut session, org, &marked, &done.withdrawn)
            .await?
            .chunks(CHUNK as usize)
        {
            compute(&mut session, org, stopped).await?;
        }
        session.commit().await?;
        Ok(done.written)
    }
}
