//! The guest base: organisations, customers, their orders, endpoints and consents, and the facts about them.
//!
//! Every write is idempotent, and what a set of writes leaves does not depend on their order: a repeated order
//! changes nothing, a status only moves forward, the latest order is the one placed last and not the one heard of
//! last. Facts ([`GuestBase::settle`]) are true when a live write returns.

mod batches;
mod bulk;
mod card_merge;
pub(crate) mod card_rows;
pub(crate) mod codes;
pub mod consent;
mod customer;
mod device_rows;
mod endpoint;
mod endpoint_rows;
mod facts;
mod finding;
mod implementation;
mod key;
mod key_rows;
mod latest_orders;
pub(crate) mod live_endpoints;
pub(crate) mod names;
mod order;
pub(crate) mod order_events;
mod order_merge;
pub(crate) mod order_rows;
mod orders_of;
mod organisation;
pub(crate) mod organisation_rows;
pub(crate) mod permission;
pub(crate) mod promo_tags;
pub(crate) mod referral_rows;
pub(crate) mod restaurant_rows;
mod restaurants;
pub(crate) mod settle;
pub(crate) mod tag_marks;
pub(crate) mod tag_rows;
mod tags;
pub(crate) mod whose;

pub(crate) use crate::base::crossed::again_if_crossed;
pub use customer::{Birthday, BlacklistMark, Consent, CustomerCard, Guest, email, locale};
pub use endpoint::{Device, DeviceBounds, EndpointRegistration, EndpointState};
pub(crate) use endpoint_rows::{Attach, GIVEN_UP_REASON, attach, attach_and_compute};
pub use facts::GuestFacts;
pub use finding::{CountedTag, FindingGuests};
pub use key::{ApiCaller, KeyKind, Scope, is_key_shaped};
pub use key_rows::{ApiKeys, ListedKey, NewKey};
pub(crate) use latest_orders::LATEST_ORDERS;
pub(crate) use names::{Named, Names, json_texts, learn, learn_customers, texts_of};
pub use order::{LiveOrder, MAX_ITEMS, MAX_TOTAL, NAME_CHARS, OrderItem};
pub use orders_of::{GuestOrder, GuestOrderItem};
pub use organisation::{Organisation, OrganisationSpec, Settings};
pub(crate) use organisation::{read_settings, settings};
pub use organisation_rows::{Organisations, OrganisationsOfTests};
pub use restaurant_rows::{Contact, RestaurantSpec};
pub use restaurants::Restaurant;
pub use tags::{GuestTag, GuestTags, TagChange, tag_name};

use crate::Result;
use async_trait::async_trait;
use bellhop_domain::{CustomerId, EndpointId, OrgId, Permission, Timestamp};
use serde::Serialize;

/// What a write did, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Written {
    pub created: u64,
    pub updated: u64,
    /// Said nothing new.
    pub unchanged: u64,
    /// Customers that an order of an unknown customer created.
    pub customers_created: u64,
}

impl std::ops::AddAssign for Written {
    fn add_assign(&mut self, more: Self) {
        self.created += more.created;
        self.updated += more.updated;
        self.unchanged += more.unchanged;
        self.customers_created += more.customers_created;
    }
}

/// Guests: written, found, and the facts of them. `now` is always the caller's clock.
#[async_trait]
pub trait GuestBase: Send + Sync {
    // ---- live writes: each settles the facts it touches in its own transaction
    /// Upserts orders by external id. An unknown customer or restaurant is created. Each change of a status is an event, once,
    /// whatever is reported again.
    async fn put_orders(&self, org: OrgId, orders: &[LiveOrder], now: Timestamp) -> Result<Written>;
    /// Upserts customers by external id; what a card leaves out stays as it is. `how` tells where consents and tags
    /// in the cards come from: `import`, or another system. A card's tags replace those of that source alone.
    async fn put_customers(&self, org: OrgId, cards: &[CustomerCard], how: &str, now: Timestamp) -> Result<Written>;
    /// Registers an address: new, moved to the guest who logged in last, muted or unmuted, or revived from the
    /// dead. Without a customer, an attached address stays attached.
    async fn register_endpoint(&self, org: OrgId, it: &EndpointRegistration, now: Timestamp) -> Result<EndpointId>;
    /// The same for a device whose key is no secret, within these bounds.
    async fn register_device(
        &self,
        org: OrgId,
        it: &EndpointRegistration,
        bounds: DeviceBounds,
        now: Timestamp,
    ) -> Result<Device>;
    /// Marks an endpoint as dead since an instant; `false` if it was registered again after it, or is dead already.
    async fn retire_endpoint(&self, org: OrgId, it: EndpointId, since: Timestamp, reason: &str) -> Result<bool>;
    /// Records consents given or taken at `at`; a known later word stays, and so does a guest's own no unless the
    /// guest overrules it. A guest's own word also applies to their addresses, on whatever card.
    async fn set_consents(&self, org: OrgId, it: CustomerId, consents: &[Consent], at: Timestamp) -> Result<()>;
    /// Sets the blacklist mark, or clears it with `None`. It covers every card with one of this customer's phones.
    /// Goes to the audit log in `who`'s name.
    async fn set_blacklist(
        &self,
        org: OrgId,
        it: CustomerId,
        mark: Option<&BlacklistMark>,
        who: &str,
        now: Timestamp,
    ) -> Result<()>;

    // ---- look-ups
    /// On which channels the guest may be written to at present.
    async fn permission(&self, org: OrgId, it: CustomerId) -> Result<Permission>;
    async fn customer_id(&self, org: OrgId, external_id: &str) -> Result<Option<CustomerId>>;
    /// What a template may say of a guest (never the comment).
    async fn guest(&self, org: OrgId, it: CustomerId) -> Result<Guest>;

    // ---- facts
    /// What is known of a guest at present, settled first.
    async fn facts(&self, org: OrgId, it: CustomerId) -> Result<GuestFacts>;
    /// Computes the facts of every customer whose sources changed since they were last computed; returns how many
    /// there were. It is cheap if there are none. Readers of `customer_facts` call it first.
    async fn settle(&self, org: OrgId) -> Result<u64>;
}
