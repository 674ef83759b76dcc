//! The orders placed in a period that are credited, whichever mailing they count for.

use super::candidates::{crediting, gather, in_ms, opened_sql, window};
use super::credits::{CreditedOrder, campaigns, decide, sends};
use super::frozen::Frozen;
use super::period::Period;
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::attribution::Reason;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, MailingId, Money, OrgId, Timestamp};

/// Each with the mailing that it counts for.
pub(super) async fn credited(
    session: &mut Session,
    org: OrgId,
    frozen: &Frozen,
    period: Period,
) -> Result<Vec<(MailingId, CreditedOrder)>> {
    let mut credited = Vec::new();
    if period.from.0 < frozen.orders_before {
        decided(session, org, frozen, period, &mut credited).await?;
    }
    if period.until.0 > frozen.orders_before {
        undecided(session, org, frozen, period, &mut credited).await?;
    }
    Ok(credited)
}

/// Those that were decided for good, as they stand today.
async fn decided(
    session: &mut Session,
    org: OrgId,
    frozen: &Frozen,
    period: Period,
    credited: &mut Vec<(MailingId, CreditedOrder)>,
) -> Result<()> {
    let text = format!(
        "SELECT o.id, o.customer_id, o.placed_at, o.total, f.mailing_id, f.by_non_recipient
         FROM orders o JOIN frozen_credits f ON f.order_id = o.id
         WHERE o.org_id = $1 AND o.placed_at >= $2 AND o.placed_at < $3 AND o.status <> {}",
        OrderStatus::Cancelled.code()
    );
    let until = period.until.0.min(frozen.orders_before);
    let statement = sql(text).int(i64::from(org.0)).int(period.from.0).int(until);
    for row in session.fetch(statement).await? {
        let c = row.columns();
        let order = CreditedOrder {
            id: c.int("id")?,
            customer: CustomerId(c.int("customer_id")?),
            placed_at: Timestamp(c.int("placed_at")?),
            total: Money(c.int("total")?),
            by_non_recipient: c.flag("by_non_recipient")?,
        };
        credited.push((MailingId(c.int("mailing_id")?), order));
    }
    Ok(())
}

/// The others, by the rule. Whoever has opened nothing lately is no candidate but by a promo.
async fn undecided(
    session: &mut Session,
    org: OrgId,
    frozen: &Frozen,
    period: Period,
    credited: &mut Vec<(MailingId, CreditedOrder)>,
) -> Result<()> {
    let window = window(session, org).await?;
    let (cancelled, crediting, opened) = (OrderStatus::Cancelled.code(), crediting(), opened_sql(frozen));
    let order = "o.id, o.customer_id, o.placed_at, o.total, o.promo";
    let placed = format!("o.org_id = $1 AND o.placed_at >= $3 AND o.placed_at < $4 AND o.status <> {cancelled}");
    let text = format!(
        "WITH lately AS (
            SELECT m.customer_id FROM opens w JOIN messages m ON m.id = w.message_id
            WHERE w.org_id = $1 AND w.class IN {crediting} AND w.at >= $3 - $2 AND w.at < $4 AND m.customer_id IS NOT NULL
            UNION
            SELECT customer_id FROM frozen_opens WHERE org_id = $1 AND at >= $3 - $2 AND at < $4),
         candidates AS (
            SELECT {order} FROM lately JOIN orders o ON o.customer_id = lately.customer_id AND {placed}
            UNION
            SELECT {order} FROM orders o WHERE {placed} AND o.promo IS NOT NULL),
         opened AS ({opened})
         SELECT c.id, c.customer_id, c.placed_at, c.total, c.promo, opened.mailing_id, opened.at
         FROM candidates c LEFT JOIN opened ON opened.id = c.id
         WHERE opened.id IS NOT NULL OR c.promo IS NOT NULL ORDER BY c.id"
    );
    let from = period.from.0.max(frozen.orders_before);
    let statement = sql(text).int(i64::from(org.0)).int(in_ms(window));
    let rows = session.fetch(statement.int(from).int(period.until.0)).await?;
    let candidates = gather(rows.iter().map(|row| row.columns()))?;
    let campaigns = campaigns(session, org, &candidates).await?;
    let all: Vec<_> = campaigns.iter().collect();
    let sends = sends(session, &all, &candidates, frozen).await?;
    credited.extend(candidates.iter().filter_map(|it| {
        let credit = decide(it, &campaigns, &sends, window)?;
        Some((
            credit.mailing,
            CreditedOrder::of(it, credit.reason == Reason::PromoByNonRecipient),
        ))
    }));
    Ok(())
}
