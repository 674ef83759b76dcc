//! The orders that count for a mailing: candidates from SQL, the decision from the domain.

use super::{File, Target};
use crate::Result;
use crate::base::codes::listed;
use crate::guests::{Settings, read_settings};
use crate::ledger::OpenClass;
use crate::sql::{Session, sql};
use bellhop_domain::attribution::{Action, Credit, Open, PlacedOrder, PromoMailing, Reason, credit};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::statistics::Credited;
use bellhop_domain::{CustomerId, MailingId, Money, OrgId, Purpose, Timestamp};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// The orders that count for `target`, whose runs are `runs` in SQL.
pub(super) async fn credited(session: &mut Session, target: &Target, runs: &str) -> Result<Credited> {
    let window = window(session, target.org).await?;
    let candidates = candidates(session, target, runs, window).await?;
    if candidates.is_empty() {
        return Ok(Credited::default());
    }
    let campaigns = campaigns(session, target.org, &candidates).await?;
    let sends = sends(session, target, &campaigns).await?;
    Ok(add_up(target.id, &candidates, &campaigns, &sends, window))
}

/// An order that may count for the mailing.
struct Candidate {
    id: i64,
    customer: CustomerId,
    placed_at: Timestamp,
    total: Money,
    promo: Option<String>,
    /// The latest within the window per mailing.
    opens: Vec<Open>,
}

/// A launched mailing with a target promo.
struct Campaign {
    mailing: MailingId,
    target_promo: String,
    launched_at: Timestamp,
}

type Sends = HashMap<(CustomerId, MailingId), Vec<Timestamp>>;

/// The classes of opens to which an order is credited.
fn crediting() -> String {
    let crediting = OpenClass::ALL.into_iter().filter(|class| class.credits());
    listed(crediting.map(OpenClass::code))
}

/// Orders by guests who opened the mailing within the window before them, and orders with its target promo since
/// its launch; each with the guest's latest open within the window per mailing, one a row. Only opens of what may be credited
/// are seen.
/// `$1` organisation, `$2` window in ms, `$3` promo, `$4` launch; the last two may be NULL.
fn candidates_sql(runs: &str) -> String {
    let (cancelled, creditable, crediting) = (OrderStatus::Cancelled.code(), creditable(), crediting());
    format!(
        "WITH candidates AS (
            SELECT o.id, o.customer_id, o.placed_at, o.total, o.promo
            FROM messages m
            JOIN opens w ON w.message_id = m.id AND w.class IN {crediting}
            JOIN orders o ON o.customer_id = m.customer_id AND o.org_id = $1
                AND o.placed_at >= w.at AND o.placed_at <= w.at + $2 AND o.status <> {cancelled}
            WHERE m.run_id IN ({runs}) AND m.opened_at IS NOT NULL
            UNION
            SELECT o.id, o.customer_id, o.placed_at, o.total, o.promo FROM orders o
            WHERE o.org_id = $1 AND o.promo = $3 AND o.placed_at >= $4 AND o.status <> {cancelled}),
        opened AS (
            SELECT c.id, r.mailing_id, MAX(w.at) AS at
            FROM candidates c
            JOIN messages m ON m.customer_id = c.customer_id AND m.opened_at IS NOT NULL AND m.org_id = $1
            JOIN runs r ON r.id = m.run_id AND NOT r.test AND {creditable}
            JOIN opens w ON w.message_id = m.id AND w.class IN {crediting}
                AND w.at <= c.placed_at AND w.at >= c.placed_at - $2
            GROUP BY c.id, r.mailing_id)
        SELECT c.id, c.customer_id, c.placed_at, c.total, c.promo, opened.mailing_id, opened.at
        FROM candidates c LEFT JOIN opened ON opened.id = c.id
        ORDER BY c.id"
    )
}

/// SQL that an order may be credited to messages of the run `r`.
fn creditable() -> String {
    let purposes = Purpose::ALL.into_iter().filter(|purpose| purpose.may_be_credited());
    format!("r.purpose IN {}", listed(purposes.map(Purpose::code)))
}

/// `$1` organisation, `$2` promo, `$3` the target's launch.
fn sends_sql(mailings: &str) -> String {
    let (cancelled, creditable) = (OrderStatus::Cancelled.code(), creditable());
    format!(
        "SELECT m.customer_id, r.mailing_id, COALESCE(m.sent_at, m.opened_at) AS sent_at
        FROM runs r JOIN messages m ON m.run_id = r.id
        WHERE r.mailing_id IN ({mailings}) AND NOT r.test AND {creditable} AND (m.sent_at IS NOT NULL OR m.opened_at IS NOT NULL)
          AND m.customer_id IN (SELECT o.customer_id FROM orders o
                                WHERE o.org_id = $1 AND o.promo = $2 AND o.placed_at >= $3 AND o.status <> {cancelled})"
    )
}

/// Applies the rule to each candidate and adds up the orders credited to `mailing`.
fn add_up(
    mailing: MailingId,
    candidates: &[Candidate],
    campaigns: &[Campaign],
    sends: &Sends,
    window: Duration,
) -> Credited {
    let mut credited = Credited::default();
    let mut recipients = HashSet::new();
    for candidate in candidates {
        let order = PlacedOrder {
            placed_at: candidate.placed_at,
            // Cancelled orders are no candidates.
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
        match credit(&order, &candidate.opens, &promos, window) {
            Some(Credit { mailing: m, reason }) if m == mailing => {
                if reason == Reason::PromoByNonRecipient {
                    credited.orders_by_non_recipients += 1;
                    credited.revenue_by_non_recipients.0 += candidate.total.0;
                } else {
                    credited.orders += 1;
                    credited.revenue.0 += candidate.total.0;
                    recipients.insert(candidate.customer);
                }
            }
            _ => {}
        }
    }
    credited.recipients = recipients.len() as u64;
    credited
}

async fn window(session: &mut Session, org: OrgId) -> Result<Duration> {
    let text = "SELECT settings FROM organisations WHERE id = $1";
    match session.first(sql(text).int(i64::from(org.0))).await? {
        Some(row) => Ok(read_settings(org, &row.columns().text("settings")?)?.attribution_window()),
        None => Ok(Settings::default().attribution_window()),
    }
}

async fn candidates(session: &mut Session, target: &Target, runs: &str, window: Duration) -> Result<Vec<Candidate>> {
    let statement = sql(candidates_sql(runs))
        .int(i64::from(target.org.0))
        .int(i64::try_from(window.as_millis()).unwrap_or(i64::MAX))
        .text(target.file.target_promo.as_deref())
        .int(target.launched_at().map(|at| at.0));
    let mut candidates: Vec<Candidate> = Vec::new();
    for row in session.fetch(statement).await? {
        let c = row.columns();
        let candidate = Candidate {
            id: c.int("id")?,
            customer: CustomerId(c.int("customer_id")?),
            placed_at: Timestamp(c.int("placed_at")?),
            total: Money(c.int("total")?),
            promo: c.opt_text("promo")?,
            opens: Vec::new(),
        };
        if candidates.last().is_none_or(|last| last.id != candidate.id) {
            candidates.push(candidate);
        }
        let open = (c.opt_int("mailing_id")?, c.opt_int("at")?);
        if let ((Some(mailing), Some(at)), Some(candidate)) = (open, candidates.last_mut()) {
            candidate.opens.push(Open {
                mailing: MailingId(mailing),
                at: Timestamp(at),
                // Taps, clicks and followed links credit alike; what a guest has only read is not among them.
                action: Action::Tap,
            });
        }
    }
    Ok(candidates)
}

/// All launched mailings with a target promo that one of `candidates` has used.
async fn campaigns(session: &mut Session, org: OrgId, candidates: &[Candidate]) -> Result<Vec<Campaign>> {
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
    let mut campaigns = Vec::new();
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

/// When each of the mailings with the target's promo was sent to those who used it. Where an order's promo is not
/// the target's, the order is another mailing's, whichever that is.
async fn sends(session: &mut Session, target: &Target, campaigns: &[Campaign]) -> Result<Sends> {
    let mut sends = Sends::new();
    let (Some(promo), Some(launch)) = (&target.file.target_promo, target.launched_at()) else {
        return Ok(sends);
    };
    let rivals: Vec<_> = campaigns
        .iter()
        .filter(|c| &c.target_promo == promo)
        .map(|c| c.mailing.to_string())
        .collect();
    if rivals.is_empty() {
        return Ok(sends);
    }
    let statement = sql(sends_sql(&rivals.join(", ")))
        .int(i64::from(target.org.0))
        .text(promo.as_str())
        .int(launch.0);
    for row in session.fetch(statement).await? {
        let c = row.columns();
        let key = (CustomerId(c.int("customer_id")?), MailingId(c.int("mailing_id")?));
        sends.entry(key).or_default().push(Timestamp(c.int("sent_at")?));
    }
    Ok(sends)
}
