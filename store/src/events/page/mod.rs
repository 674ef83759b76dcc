//! What a guest's own page shows and takes (PRODUCT.md §10), and the rating page that a review request leads to (§7).

mod key;
mod orders;
mod rating;
mod referral;

pub use key::PageKey;
pub use orders::{PageItem, PageOrder};
pub use rating::{MAX_PHOTOS, Photo, Rated, Rating};

use crate::Result;
use crate::base::keyed_hash::{SecretOf, secret};
use crate::db::SqlStore;
use crate::sql::{Session, sql};
use async_trait::async_trait;
use bellhop_domain::{CustomerId, MessageId, OrgId, Timestamp};

/// What the pages of guests ask of the store.
#[async_trait]
pub trait GuestPages: Send + Sync {
    /// By what links are made and read.
    async fn page_key(&self) -> Result<PageKey>;
    /// Whose guest it is; `None` if there is none such, or none any more.
    async fn organisation_of(&self, customer: CustomerId) -> Result<Option<OrgId>>;
    /// The guest of a message.
    async fn guest_of_message(&self, message: MessageId) -> Result<Option<CustomerId>>;
    /// The code by which the guest invites others, if they have one.
    async fn known_referral_code(&self, org: OrgId, customer: CustomerId) -> Result<Option<String>>;
    /// The same, made of one of these random numbers when it is first asked for.
    async fn referral_code(&self, org: OrgId, customer: CustomerId, random: [u64; 4], now: Timestamp)
    -> Result<String>;
    /// The guest's orders, the latest first.
    async fn orders_of(&self, org: OrgId, customer: CustomerId, most: u32) -> Result<Vec<PageOrder>>;
    /// One of them by its number here; the latest delivered one that nobody has rated if none is named.
    async fn order_to_rate(&self, org: OrgId, customer: CustomerId, order: Option<i64>) -> Result<Option<PageOrder>>;
    /// Takes a rating, once for an order. Programs are told of it as of any review.
    async fn rate(&self, org: OrgId, customer: CustomerId, rating: &Rating, now: Timestamp) -> Result<Rated>;
    /// A guest's photos of an order, by its number in the brand's system.
    async fn photos(&self, org: OrgId, order: &str) -> Result<Vec<Photo>>;
}

#[async_trait]
impl GuestPages for SqlStore {
    async fn page_key(&self) -> Result<PageKey> {
        let mut session = Session::read(&self.db).await?;
        Ok(PageKey::new(secret(&mut session, SecretOf::Page).await?))
    }

    async fn organisation_of(&self, customer: CustomerId) -> Result<Option<OrgId>> {
        let text = "SELECT org_id FROM customers WHERE id = $1";
        let row = Session::read(&self.db).await?.first(sql(text).int(customer.0)).await?;
        row.map(|row| Ok(OrgId(row.columns().int("org_id")? as i32)))
            .transpose()
    }

    async fn guest_of_message(&self, message: MessageId) -> Result<Option<CustomerId>> {
        let text = "SELECT customer_id FROM messages WHERE id = $1";
        let row = Session::read(&self.db).await?.first(sql(text).message(message)).await?;
        let customer = row.map(|row| row.columns().opt_int("customer_id")).transpose()?;
        Ok(customer.flatten().map(CustomerId))
    }

    async fn known_referral_code(&self, org: OrgId, customer: CustomerId) -> Result<Option<String>> {
        referral::known(&self.db, org, customer).await
    }

    async fn referral_code(
        &self,
        org: OrgId,
        customer: CustomerId,
        random: [u64; 4],
        now: Timestamp,
    ) -> Result<String> {
        referral::code_of(&self.db, org, customer, random, now).await
    }

    async fn orders_of(&self, org: OrgId, customer: CustomerId, most: u32) -> Result<Vec<PageOrder>> {
        orders::latest(&mut Session::read(&self.db).await?, org, customer, most).await
    }

    async fn order_to_rate(&self, org: OrgId, customer: CustomerId, order: Option<i64>) -> Result<Option<PageOrder>> {
        orders::to_rate(&mut Session::read(&self.db).await?, org, customer, order).await
    }

    async fn rate(&self, org: OrgId, customer: CustomerId, rating: &Rating, now: Timestamp) -> Result<Rated> {
        rating::take(self, org, customer, rating, now).await
    }

    async fn photos(&self, org: OrgId, order: &str) -> Result<Vec<Photo>> {
        rating::photos(&mut Session::read(&self.db).await?, org, order).await
    }
}
