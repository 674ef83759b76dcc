//! Invitations. The first counts, and the inviter is told of the newcomer's first order once.

use super::fresh::{Concerned, Fresh};
use crate::Result;
use crate::base::happened::{self, Event};
use crate::guests::Names;
use crate::guests::referral_rows::{delivered, first_orders};
use crate::guests::settle::{ids_of, json_ids};
use crate::guests::whose::{Whose, customers};
use crate::sql::{PerDialect, Session, Table, sql};
use bellhop_domain::event::{EventKind, text_of};
use bellhop_domain::guest_page::read_code;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Delivered orders of guests whose invitation is told of only now, if their delivery was told of as it happened.
static DELIVERED_BEFORE: PerDialect = PerDialect::new(|dialect| {
    let (ids, delivered) = (ids_of(dialect, "$1"), OrderStatus::Delivered.code());
    let kind = EventKind::OrderDelivered.code();
    format!(
        "SELECT o.external_id, MAX(e.at) AS at FROM orders o
        JOIN events e ON e.customer_id = o.customer_id AND e.kind = {kind} AND e.is_news
        WHERE o.customer_id IN ({ids}) AND o.status = {delivered} GROUP BY o.external_id"
    )
});

/// Writes invitations; events of the inviters whom these and these delivered orders concern.
pub(super) async fn write(
    tx: &mut Session,
    org: OrgId,
    joined: Vec<&Fresh<'_>>,
    told: &[Event],
    concerned: &mut Concerned,
    names: &mut Names,
    now: Timestamp,
) -> Result<Vec<Event>> {
    let mut orders = delivered(told);
    if !joined.is_empty() {
        keep(tx, org, &joined, concerned, names).await?;
        orders.extend(before(tx, &joined).await?);
    }
    let events = first_orders(tx, org, &orders, now).await?;
    happened::keep_made(tx, org, &events, now).await?;
    Ok(events)
}

async fn keep(
    tx: &mut Session,
    org: OrgId,
    joined: &[&Fresh<'_>],
    concerned: &mut Concerned,
    names: &mut Names,
) -> Result<()> {
    let inviters = inviters(tx, org, joined, concerned, names).await?;
    let mut first: BTreeMap<CustomerId, (&Fresh<'_>, CustomerId)> = BTreeMap::new();
    for (event, inviter) in joined.iter().copied().zip(inviters) {
        // A code that nobody has invites nobody.
        let Some(inviter) = inviter else { continue };
        let known = first.entry(event.customer).or_insert((event, inviter));
        if (event.at, event.number) < (known.0.at, known.0.number) {
            *known = (event, inviter);
        }
    }
    // A guest cannot be the newcomer and the inviter, whichever way each is named.
    first.retain(|newcomer, (_, inviter)| newcomer != inviter);
    let text = "INSERT INTO referrals (customer_id, org_id, inviter_id, code, joined_at)
                SELECT r.customer, $1, r.inviter, r.code, r.at FROM {rows} WHERE TRUE ORDER BY r.customer
                ON CONFLICT (customer_id) DO UPDATE
                    SET inviter_id = excluded.inviter_id, code = excluded.code, joined_at = excluded.joined_at
                WHERE referrals.joined_at > excluded.joined_at AND referrals.order_id IS NULL";
    let each = || first.values();
    let codes: Vec<_> = each().map(|(it, _)| text_of(&it.told.data, "referral.code")).collect();
    let table = Table::default()
        .ints("customer", first.keys().map(|it| it.0))
        .ints("inviter", each().map(|(_, inviter)| inviter.0))
        .texts("code", codes.iter().map(Option::as_deref))
        .ints("at", each().map(|(it, _)| it.at.0));
    tx.execute(sql(text).int(i64::from(org.0)).rows(table)).await?;
    Ok(())
}

/// Who has invited: by the brand's own id, which may be a new one, else by the code of a guest's page.
async fn inviters(
    tx: &mut Session,
    org: OrgId,
    joined: &[&Fresh<'_>],
    concerned: &mut Concerned,
    names: &mut Names,
) -> Result<Vec<Option<CustomerId>>> {
    let said = |path: &str| -> Vec<Option<String>> { joined.iter().map(|it| text_of(&it.told.data, path)).collect() };
    let (by, codes) = (said("referral.by"), said("referral.code"));
    let named: Vec<&String> = by.iter().flatten().collect();
    let whose = named.iter().map(|id| Whose {
        customer: Some(*id),
        phone: None,
    });
    let (found, created) = customers(tx, org, &whose.collect::<Vec<_>>(), names).await?;
    concerned.touched.extend(created);
    let mut found = found.into_iter();
    let read = |(by, code): (&Option<String>, &Option<String>)| match by {
        Some(_) => None,
        None => code.as_deref().and_then(read_code),
    };
    let codes: Vec<Option<String>> = by.iter().zip(&codes).map(read).collect();
    let owners = owners(tx, org, &codes).await?;
    let inviter = |(by, code): (&Option<String>, &Option<String>)| match by {
        Some(_) => found.next(),
        None => code.as_ref().and_then(|code| owners.get(code).copied()),
    };
    Ok(by.iter().zip(&codes).map(inviter).collect())
}

/// Whose codes these are.
async fn owners(tx: &mut Session, org: OrgId, codes: &[Option<String>]) -> Result<BTreeMap<String, CustomerId>> {
    let asked: BTreeSet<&str> = codes.iter().flatten().map(String::as_str).collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let table = Table::default().texts("code", asked);
    let text = "SELECT k.code, k.customer_id FROM {rows} JOIN referral_codes k ON k.org_id = $1 AND k.code = r.code";
    let rows = tx.fetch(sql(text).int(i64::from(org.0)).rows(table)).await?;
    let owners = rows.iter().map(|row| {
        let c = row.columns();
        Ok((c.text("code")?, CustomerId(c.int("customer_id")?)))
    });
    owners.collect()
}

async fn before(tx: &mut Session, joined: &[&Fresh<'_>]) -> Result<BTreeMap<String, Timestamp>> {
    let ids = json_ids(joined.iter().map(|it| it.customer.0));
    let rows = tx
        .fetch(sql(DELIVERED_BEFORE.of(tx.dialect())).text(ids.as_str()))
        .await?;
    let orders = rows.iter().map(|row| {
        let c = row.columns();
        Ok((c.text("external_id")?, Timestamp(c.int("at")?)))
    });
    orders.collect()
}
