//! The guest base on either database.

use super::card_rows::write_cards;
use super::device_rows::{self, write_endpoint};
use super::endpoint_rows::{Attach, attach, customers_of, renew_subscription, retire, take_up_again};
use super::names::{Names, learn_customers};
use super::order_rows::write_orders;
use super::settle::{compute, mark_sharing, mark_stale};
use super::tag_marks::Heard;
use super::*;
use crate::StoreError;
use crate::base::audit::{Deed, log};
use crate::consent::lock::among_others;
use crate::consent::of_guest;
use crate::db::SqlStore;
use crate::sql::{Session, sql};
use bellhop_domain::EndpointKind;
use bellhop_domain::address::Subscription;
use bellhop_domain::order::OrderStatus;
use std::collections::BTreeMap;

#[async_trait]
impl GuestBase for SqlStore {
    async fn put_orders(&self, org: OrgId, orders: &[LiveOrder], now: Timestamp) -> Result<Written> {
        again_if_crossed!(self.try_put_orders(org, orders, now))
    }

    async fn put_customers(&self, org: OrgId, cards: &[CustomerCard], how: &str, now: Timestamp) -> Result<Written> {
        again_if_crossed!(self.try_put_customers(org, cards, how, now))
    }

    async fn register_endpoint(&self, org: OrgId, it: &EndpointRegistration, now: Timestamp) -> Result<EndpointId> {
        match again_if_crossed!(self.try_register(org, it, None, now))? {
            Device::Known(id) | Device::New(id) => Ok(id),
            // Only bounds refuse.
            Device::TooMany | Device::NotNow => Err(sqlx::Error::RowNotFound.into()),
        }
    }

    async fn register_device(
        &self,
        org: OrgId,
        it: &EndpointRegistration,
        bounds: DeviceBounds,
        now: Timestamp,
    ) -> Result<Device> {
        again_if_crossed!(self.try_register(org, it, Some(&bounds), now))
    }

    async fn retire_endpoint(&self, org: OrgId, it: EndpointId, since: Timestamp, reason: &str) -> Result<bool> {
        again_if_crossed!(self.try_retire(org, it, since, reason))
    }

    async fn set_consents(&self, org: OrgId, it: CustomerId, consents: &[Consent], at: Timestamp) -> Result<()> {
        again_if_crossed!(of_guest::set(self, org, it, consents, at))
    }

    async fn set_blacklist(
        &self,
        org: OrgId,
        it: CustomerId,
        mark: Option<&BlacklistMark>,
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        again_if_crossed!(self.try_set_blacklist(org, it, mark, who, now))
    }

    async fn permission(&self, org: OrgId, it: CustomerId) -> Result<Permission> {
        permission::of_customer(&mut Session::read(&self.db).await?, org, it).await
    }

    async fn customer_id(&self, org: OrgId, external_id: &str) -> Result<Option<CustomerId>> {
        let text = "SELECT id FROM customers WHERE org_id = $1 AND external_id = $2";
        let statement = sql(text).int(i64::from(org.0)).text(external_id);
        let row = Session::read(&self.db).await?.first(statement).await?;
        row.map(|row| Ok(CustomerId(row.columns().int("id")?))).transpose()
    }

    async fn guest(&self, org: OrgId, it: CustomerId) -> Result<Guest> {
        self.settle(org).await?;
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT c.external_id, c.name, c.locale, COALESCE(c.timezone, r.timezone, o.timezone) AS timezone
                    FROM customers c JOIN organisations o ON o.id = c.org_id
                    LEFT JOIN customer_facts f ON f.customer_id = c.id
                    LEFT JOIN restaurants r ON r.id = f.home_restaurant_id
                    WHERE c.org_id = $1 AND c.id = $2";
        let row = session.first(sql(text).int(i64::from(org.0)).int(it.0)).await?;
        let row = row.ok_or(StoreError::NotFound {
            what: "customer",
            id: it.to_string(),
        })?;
        let c = row.columns();
        Ok(Guest {
            id: it,
            external_id: c.text("external_id")?,
            name: c.opt_text("name")?,
            locale: c.opt_text("locale")?,
            timezone: c.text("timezone")?,
            last_dish: last_dish(&mut session, it).await?,
            attributes: attributes(&mut session, it).await?,
        })
    }

    async fn facts(&self, org: OrgId, it: CustomerId) -> Result<GuestFacts> {
        self.settle(org).await?;
        self.read_facts(org, it).await
    }

    async fn settle(&self, org: OrgId) -> Result<u64> {
        let (mut after, mut settled) = (CustomerId(i64::MIN), 0);
        while self.has_stale(org).await? {
            let Some((last, count)) = again_if_crossed!(self.settle_chunk(org, after))? else {
                break;
            };
            after = last;
            settled += count;
        }
        Ok(settled)
    }
}

/// What a guest ate last.
async fn last_dish(session: &mut Session, it: CustomerId) -> Result<Option<String>> {
    let text = "SELECT d.name FROM orders o JOIN order_items i ON i.order_id = o.id JOIN dishes d ON d.id = i.dish_id
                WHERE o.customer_id = $1 AND o.status <> $2 ORDER BY o.placed_at DESC, o.id DESC, i.position LIMIT 1";
    let cancelled = i64::from(OrderStatus::Cancelled.code());
    let row = session.first(sql(text).int(it.0).int(cancelled)).await?;
    row.map(|row| row.columns().text("name")).transpose()
}

async fn attributes(session: &mut Session, it: CustomerId) -> Result<BTreeMap<String, String>> {
    let text = "SELECT key, value FROM customer_attributes WHERE customer_id = $1";
    let rows = session.fetch(sql(text).int(it.0)).await?;
    let pairs = rows.iter().map(|row| {
        let c = row.columns();
        Ok((c.text("key")?, c.text("value")?))
    });
    pairs.collect()
}

impl SqlStore {
    async fn has_stale(&self, org: OrgId) -> Result<bool> {
        let text = "SELECT 1 FROM stale_customers WHERE org_id = $1 LIMIT 1";
        let statement = sql(text).int(i64::from(org.0));
        Ok(Session::read(&self.db).await?.first(statement).await?.is_some())
    }

    async fn try_put_orders(&self, org: OrgId, orders: &[LiveOrder], now: Timestamp) -> Result<Written> {
        let mut session = Session::begin(&self.db).await?;
        among_others(&mut session, org).await?;
        let done = write_orders(&mut session, org, orders, &mut Names::default(), Heard::live(now)).await?;
        let sharing = attach(
            &mut session,
            org,
            &super::order::phones_of(orders, &done.customers),
            now,
        )
        .await?;
        let mut stale = mark_sharing(&mut session, org, &sharing.into_iter().collect::<Vec<_>>()).await?;
        stale.extend(&done.touched);
        stale.sort_unstable();
        stale.dedup();
        mark_stale(&mut session, org, &stale).await?;
        compute(&mut session, org, &stale).await?;
        order_events::make(&mut session, org, orders, &done, now).await?;
        promo_tags::tell(&mut session, org, &done.tagged, now).await?;
        session.commit().await?;
        Ok(done.written)
    }

    async fn try_put_customers(
        &self,
        org: OrgId,
        cards: &[CustomerCard],
        how: &str,
        now: Timestamp,
    ) -> Result<Written> {
        let mut session = Session::begin(&self.db).await?;
        among_others(&mut session, org).await?;
        let done = write_cards(&mut session, org, cards, how, now, &mut Names::default()).await?;
        let stale = mark_sharing(&mut session, org, &done.touched.into_iter().collect::<Vec<_>>()).await?;
        compute(&mut session, org, &stale).await?;
        session.commit().await?;
        Ok(done.written)
    }

    async fn try_register(
        &self,
        org: OrgId,
        it: &EndpointRegistration,
        bounds: Option<&DeviceBounds>,
        now: Timestamp,
    ) -> Result<Device> {
        let mut session = Session::begin(&self.db).await?;
        among_others(&mut session, org).await?;
        let mut names = Names::default();
        learn_customers(&mut session, org, it.customer.iter().cloned().collect(), &mut names).await?;
        if it.kind == EndpointKind::WebPush
            && let Ok(subscription) = Subscription::parse(&it.address)
        {
            renew_subscription(&mut session, org, &subscription).await?;
        }
        let customer = it.customer.as_ref().and_then(|id| names.customer(id));
        let known = device_rows::known(&mut session, org, it).await?;
        if let Some(bounds) = bounds
            && let Some(refused) = device_rows::refused(&mut session, bounds, it.kind, known, customer, now).await?
        {
            return Ok(refused);
        }
        let id = write_endpoint(&mut session, org, it, now).await?;
        if let Some(customer) = customer {
            take_up_again(&mut session, id, customer).await?;
        }
        let wanted: Vec<_> = customer
            .map(|customer| Attach {
                customer,
                kind: it.kind,
                address: it.address.clone(),
            })
            .into_iter()
            .collect();
        let mut touched = attach(&mut session, org, &wanted, now).await?;
        touched.extend(customer);
        if let (Some(bounds), Some(customer)) = (bounds, customer) {
            device_rows::make_room(&mut session, bounds, it.kind, id, customer, now).await?;
        }
        touched.extend(customers_of(&mut session, id).await?);
        let stale = mark_sharing(&mut session, org, &touched.into_iter().collect::<Vec<_>>()).await?;
        compute(&mut session, org, &stale).await?;
        session.commit().await?;
        Ok(if known.is_some() {
            Device::Known(id)
        } else {
            Device::New(id)
        })
    }

    async fn try_retire(&self, org: OrgId, it: EndpointId, since: Timestamp, reason: &str) -> Result<bool> {
        let mut session = Session::begin(&self.db).await?;
        let retired = retire(&mut session, org, it, since, reason).await?;
        let touched = customers_of(&mut session, it).await?;
        if retired {
            mark_stale(&mut session, org, &touched).await?;
            compute(&mut session, org, &touched).await?;
        }
        session.commit().await?;
        Ok(retired)
    }

    async fn try_set_blacklist(
        &self,
        org: OrgId,
        it: CustomerId,
        mark: Option<&BlacklistMark>,
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        let mut session = Session::begin(&self.db).await?;
        let stale = mark_sharing(&mut session, org, &[it]).await?;
        let text = "UPDATE customers SET blacklisted_at = $3, blacklist_reason = $4, blacklisted_by = $5
                    WHERE org_id = $1 AND id = $2";
        let statement = sql(text)
            .int(i64::from(org.0))
            .int(it.0)
            .int(mark.map(|_| now.0))
            .text(mark.map(|m| m.reason.as_str()))
            .text(mark.map(|_| who));
        if session.execute(statement).await? == 0 {
            return Err(StoreError::NotFound {
                what: "customer",
                id: it.to_string(),
            });
        }
        compute(&mut session, org, &stale).await?;
        let deed = Deed {
            org,
            who,
            action: if mark.is_some() { "blacklist" } else { "unblacklist" },
            object: format!("customer {it}"),
            detail: mark.map(|m| m.reason.as_str()),
            at: now,
        };
        log(&mut session, deed).await?;
        session.commit().await
    }
}
