//! Batches of an import: each is written as a whole, and the facts that it leaves to be computed are settled chunk by
//! chunk.

use super::again_if_crossed;
use super::card_rows::WriteCards;
use super::endpoint_rows::EndpointRows;
use super::names::Names;
use super::on_session::on_connection;
use super::order_rows::WriteOrders;
use super::settle::{CHUNK, Settling};
use super::*;
use crate::consent::lock::AmongOthers;
use crate::db::SqlStore;
use crate::sql::Session;

impl SqlStore {
    /// Settles the next stale customers after one; the last of them, and how many they were.
    pub(crate) async fn settle_chunk(&self, org: OrgId, after: CustomerId) -> Result<Option<(CustomerId, u64)>> {
        let mut session = Session::begin(&self.db).await?;
        let value = on_connection!(&mut session, tx => {
            tx.among_others(org).await?;
            let stale = tx.stale_after(org, after).await?;
            tx.compute(org, &stale).await?;
            stale.last().map(|last| (*last, stale.len() as u64))
        });
        session.commit().await?;
        Ok(value)
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
        let value = on_connection!(&mut session, tx => {
            if by_phone {
                tx.among_others(org).await?;
            }
            let done = tx.write_orders(org, orders, names).await?;
            let mut stale: Vec<_> = done.touched.into_iter().collect();
            if by_phone {
                let sharing = tx.attach(org, &super::order::phones_of(orders, &done.customers), now).await?;
                stale.extend(tx.mark_sharing(org, &sharing.into_iter().collect::<Vec<_>>()).await?);
                stale.sort_unstable();
                stale.dedup();
            }
            tx.mark_stale(org, &stale).await?;
            done.written
        });
        session.commit().await?;
        Ok(value)
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
        let value = on_connection!(&mut session, tx => {
            tx.among_others(org).await?;
            let done = tx.write_cards(org, cards, how, now, names).await?;
            let marked = tx.mark_sharing(org, &done.touched.into_iter().collect::<Vec<_>>()).await?;
            // A no takes effect with its batch; everything else waits for the end of the import.
            for stopped in tx.stopped_among(org, &marked, &done.withdrawn).await?.chunks(CHUNK as usize) {
                tx.compute(org, stopped).await?;
            }
            done.written
        });
        session.commit().await?;
        Ok(value)
    }
}
