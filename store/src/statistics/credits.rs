//! The orders that count for a mailing: candidates from SQL, the decision from the domain. What was decided for good is
//! frozen (`freezing`); the rest is decided anew each time.

use super::candidates::{Candidate, candidates, creditable, window};
use super::counted::Counted;
use super::frozen::Frozen;
use super::{File, Target};
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::attribution::{Credit, PlacedOrder, PromoMailing, Reason, credit};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::statistics::Credited;
use bellhop_domain::{CustomerId, MailingId, Money, OrgId, Timestamp};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// An order that counts for a mailing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CreditedOrder {
    pub id: i64,
    pub customer: CustomerId,
    pub placed_at: Timestamp,
    pub total: Money,
    /// With the promo, by a guest to whom nothing was sent: shown apart.
    pub by_non_recipient: bool,
}

impl CreditedOrder {
    pub fn of(candidate: &Candidate, by_non_recipient: bool) -> Self {
        Self {
            id: candidate.id,
            customer: candidate.customer,
            placed_at: candidate.placed_at,
            total: candidate.total,
            by_non_recipient,
        }
    }
}

/// What the orders that count for `target` come to.
pub(super) async fn credited(
    session: &mut Session,
    target: &Target,
    counted: &Counted,
    frozen: &Frozen,
) -> Result<Credited> {
    Ok(sum(&orders(session, target, counted, frozen).await?))
}

/// The orders that count for `target`.
pub(super) async fn orders(
    session: &mut Session,
    target: &Target,
    counted: &Counted,
    frozen: &Frozen,
) -> Result<Vec<CreditedOrder>> {
    let mut orders = decided(session, target).await?;
    let window = window(session, target.org).await?;
    let candidates = candidates(session, target, counted, frozen, window).await?;
    if !candidates.is_empty() {
        let campaigns = campaigns(session, target.org, &candidates).await?;
        // Where an order's promo is not the target's, the order is another mailing's, whichever that is.
        let is_rival =
            |it: &&Campaign| it.mailing == target.id || target.file.target_promo.as_deref() == Some(&it.target_promo);
        let rivals: Vec<_> = campaigns.iter().filter(is_rival).collect();
        let sends = sends(session, &rivals, &candidates, frozen).await?;
        for candidate in &candidates {
            let credit = decide(candidate, &campaigns, &sends, window).filter(|it| it.mailing == target.id);
            if let Some(credit) = credit {
                let by_non_recipient = credit.reason == Reason::PromoByNonRecipient;
                orders.push(CreditedOrder::of(candidate, by_non_recipient));
            }
        }
    }
    Ok(orders)
}

/// A launched mailing with a target promo, or with a personal code of one of its messages.
pub(super) struct Campaign {
    mailing: MailingId,
    target_promo: String,
    launched_at: Timestamp,
}

pub(super) type Sends = HashMap<(CustomerId, MailingId), Vec<Timestamp>>;

/// Orders that were credited for good, as they stand today: one that was cancelled since drops out.
async fn decided(session: &mut Session, target: &Target) -> Result<Vec<CreditedOrder>> {
    let text = format!(
        "SELECT o.id, o.customer_id, o.placed_at, o.total, f.by_non_recipient
         FROM frozen_credits f JOIN orders o ON o.id = f.order_id WHERE f.mailing_id = $1 AND o.status <> {}",
        OrderStatus::Cancelled.code()
    );
    let rows = session.fetch(sql(text).int(target.id.0)).await?;
    let read = rows.iter().map(|row| {
        let c = row.columns();
        Ok(CreditedOrder {
            id: c.int("id")?,
            customer: CustomerId(c.int("customer_id")?),
            placed_at: Timestamp(c.int("placed_at")?),
            total: Money(c.int("total")?),
            by_non_recipient: c.flag("by_non_recipient")?,
        })
    });
    read.collect()
}

fn sum(orders: &[CreditedOrder]) -> Credited {
    let (mut credited, mut buyers) = (Credited::default(), HashSet::new());
    for order in orders {
        if order.by_non_recipient {
            credited.orders_by_non_recipients += 1;
            credited.revenue_by_non_recipients.0 += order.total.0;
        } else {
            credited.orders += 1;
            credited.revenue.0 += order.total.0;
            buyers.insert(order.customer);
        }
    }
    credited.recipients = buyers.len() as u64;
    credited
}

/// Applies the rule.
pub(super) fn decide(candidate: &Candidate, campaigns: &[Campaign], sends: &Sends, window: Duration) -> Option<Credit> {
    let order = PlacedOrder {
        placed_at: candidate.placed_at,
        // Cancelled orders are no candidates, or their credit counts only if they are not cancelled after all.
        status: OrderStatus::Delivered,
        promo: candidate.promo.as_deref(),
    };
    let promos: Vec<_> = campaigns
        .iter()
        .filter(|c| candidate.promo.as_deref() == Some(&c.target_promo))
        .map(|c| PromoMailing {
            mailing: c.mailing,
            target_promo: &c.target_promo,
            launched_at: c.launched_at,
            sent: sends
                .get(&(candidate.customer, c.mailing))
                .map_or(&[][..], Vec::as_slice),
        })
        .collect();
    credit(&order, &candidate.opens, &promos, window)
}

/// All launched mailings with a target promo, or a personal code, that one of `candidates` has used.
pub(super) async fn campaigns(session: &mut Session, org: OrgId, candidates: &[Candidate]) -> Result<Vec<Campaign>> {
    let used: HashSet<&str> = candidates.iter().filter_map(|c| c.promo.as_deref()).collect();
    if used.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT l.id, l.spec, MIN(r.start_at) AS launched_at FROM mailings l JOIN runs r ON r.mailing_id = l.id
         WHERE l.org_id = $1 AND NOT r.test AND {} AND r.as_of IS NOT NULL AND l.spec LIKE '%\"target_promo\"%'
         GROUP BY l.id, l.spec",
        creditable()
    );
    let mut campaigns = by_codes(session, org, &used).await?;
    for row in session.fetch(sql(text).int(i64::from(org.0))).await? {
        let c = row.columns();
        let mailing = MailingId(c.int("id")?);
        let file = File::parse(mailing, &c.text("spec")?)?;
        if let Some(target_promo) = file.target_promo.filter(|promo| used.contains(promo.as_str())) {
            campaigns.push(Campaign {
                mailing,
                target_promo,
                launched_at: Timestamp(c.int("launched_at")?),
            });
        }
    }
    Ok(campaigns)
}

/// Mailings whose messages were given personal codes that were used: each code is the promo of its mailing, from when it was
/// given on.
async fn by_codes(session: &mut Session, org: OrgId, used: &HashSet<&str>) -> Result<Vec<Campaign>> {
    let text = format!(
        "WITH used AS (SELECT r.code FROM {{rows}})
         SELECT p.code, p.given_at, r.mailing_id FROM used JOIN promo_codes p ON p.org_id = $1 AND p.code = used.code
         JOIN runs r ON r.id = p.run_id WHERE {}",
        creditable()
    );
    let table = Table::default().texts("code", used.iter().copied());
    let rows = session.fetch(sql(text).int(i64::from(org.0)).rows(table)).await?;
    let read = rows.iter().map(|row| {
        let c = row.columns();
        Ok(Campaign {
            mailing: MailingId(c.int("mailing_id")?),
            target_promo: c.text("code")?,
            launched_at: Timestamp(c.int("given_at")?),
        })
    });
    read.collect()
}

/// When each of these mailings was sent to the guests of these orders.
pub(super) async fn sends(
    session: &mut Session,
    campaigns: &[&Campaign],
    candidates: &[Candidate],
    frozen: &Frozen,
) -> Result<Sends> {
    let mut sends = Sends::new();
    if campaigns.is_empty() {
        return Ok(sends);
    }
    let promos: HashSet<&str> = campaigns.iter().map(|it| it.target_promo.as_str()).collect();
    let users = candidates
        .iter()
        .filter(|it| it.promo.as_deref().is_some_and(|promo| promos.contains(promo)));
    let users: HashSet<i64> = users.map(|it| it.customer.0).collect();
    let statement = sql(sends_sql(campaigns, frozen)).rows(Table::default().ints("customer", users));
    for row in session.fetch(statement).await? {
        let c = row.columns();
        let key = (CustomerId(c.int("customer_id")?), MailingId(c.int("mailing_id")?));
        sends.entry(key).or_default().push(Timestamp(c.int("sent_at")?));
    }
    Ok(sends)
}

fn sends_sql(campaigns: &[&Campaign], frozen: &Frozen) -> String {
    let mailings: Vec<_> = campaigns.iter().map(|it| it.mailing.0.to_string()).collect();
    let (mailings, creditable, alive) = (mailings.join(", "), creditable(), frozen.alive("m.id"));
    format!(
        "WITH users AS (SELECT r.customer FROM {{rows}})
         SELECT m.customer_id, r.mailing_id, COALESCE(m.sent_at, m.opened_at) AS sent_at
         FROM runs r JOIN messages m ON m.run_id = r.id{alive}
         WHERE r.mailing_id IN ({mailings}) AND NOT r.test AND {creditable}
             AND (m.sent_at IS NOT NULL OR m.opened_at IS NOT NULL) AND m.customer_id IN (SELECT customer FROM users)
         UNION ALL
         SELECT f.recipient, f.mailing_id, f.sent_at FROM frozen_recipients f
         WHERE f.mailing_id IN ({mailings}) AND f.sent_at IS NOT NULL AND f.recipient IN (SELECT customer FROM users)"
    )
}
