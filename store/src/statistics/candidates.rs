//! Orders that may count for a mailing, as SQL finds them, with the opens by which they do.

use super::Target;
use super::counted::Counted;
use super::frozen::Frozen;
use crate::Result;
use crate::base::codes::listed;
use crate::guests::{Settings, read_settings};
use crate::ledger::OpenClass;
use crate::sql::{Columns, Session, sql};
use bellhop_domain::attribution::{Action, Open};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, MailingId, Money, OrgId, Purpose, Timestamp};
use std::time::Duration;

/// An order that may count for a mailing.
pub(super) struct Candidate {
    pub id: i64,
    pub customer: CustomerId,
    pub placed_at: Timestamp,
    pub total: Money,
    pub promo: Option<String>,
    /// The latest within the window per mailing.
    pub opens: Vec<Open>,
}

/// The classes of opens to which an order is credited.
pub(super) fn crediting() -> String {
    let crediting = OpenClass::ALL.into_iter().filter(|class| class.credits());
    listed(crediting.map(OpenClass::code))
}

/// The latest opens per mailing within the window before each of the `candidates`, an earlier expression of the statement.
/// Only opens of what may be credited are seen. `$1` organisation, `$2` window in ms.
pub(super) fn opened_sql(frozen: &Frozen) -> String {
    let (creditable, crediting, alive) = (creditable(), crediting(), frozen.alive("m.id"));
    format!(
        "SELECT id, mailing_id, MAX(at) AS at FROM (
            SELECT c.id, r.mailing_id, w.at
            FROM candidates c
            JOIN messages m ON m.customer_id = c.customer_id AND m.opened_at IS NOT NULL AND m.org_id = $1{alive}
            JOIN runs r ON r.id = m.run_id AND NOT r.test AND {creditable}
            JOIN opens w ON w.message_id = m.id AND w.class IN {crediting}
                AND w.at <= c.placed_at AND w.at >= c.placed_at - $2
            UNION ALL
            SELECT c.id, f.mailing_id, f.at
            FROM candidates c
            JOIN frozen_opens f ON f.customer_id = c.customer_id AND f.org_id = $1
                AND f.at <= c.placed_at AND f.at >= c.placed_at - $2) AS opens_of_candidates
         GROUP BY id, mailing_id"
    )
}

/// Orders by guests who opened the mailing within the window before them, and orders with its target promo since
/// its launch, or with a personal code of one of its messages; each with the guest's latest open within the window per mailing, one a row. `$1` organisation, `$2` window in
/// ms, `$3` promo, `$4` launch, the last two of which may be NULL; `$5` the mailing, `$6` the first instant of orders that are
/// not decided for good.
fn candidates_sql(counted: &Counted, frozen: &Frozen, has_codes: bool) -> String {
    let (cancelled, crediting) = (OrderStatus::Cancelled.code(), crediting());
    let (of_runs, opened) = (counted.has("m.run_id", "m.id"), opened_sql(frozen));
    let order = "o.id, o.customer_id, o.placed_at, o.total, o.promo";
    let by_code = match has_codes {
        true => format!(
            "
            UNION
            SELECT {order} FROM orders o JOIN promo_codes p ON p.org_id = o.org_id AND p.code = o.promo
            WHERE o.org_id = $1 AND o.promo IS NOT NULL AND p.run_id IN ({}) AND o.placed_at >= p.given_at
                AND o.placed_at >= $6 AND o.status <> {cancelled}",
            counted.runs()
        ),
        false => String::new(),
    };
    format!(
        "WITH candidates AS (
            SELECT {order}
            FROM messages m
            JOIN opens w ON w.message_id = m.id AND w.class IN {crediting}
            JOIN orders o ON o.customer_id = m.customer_id AND o.org_id = $1 AND o.placed_at >= $6
                AND o.placed_at >= w.at AND o.placed_at <= w.at + $2 AND o.status <> {cancelled}
            WHERE {of_runs} AND m.opened_at IS NOT NULL
            UNION
            SELECT {order}
            FROM frozen_opens f
            JOIN orders o ON o.customer_id = f.customer_id AND o.org_id = $1 AND o.placed_at >= $6
                AND o.placed_at >= f.at AND o.placed_at <= f.at + $2 AND o.status <> {cancelled}
            WHERE f.mailing_id = $5
            UNION
            SELECT {order} FROM orders o
            WHERE o.org_id = $1 AND o.promo = $3 AND o.placed_at >= $4 AND o.placed_at >= $6 AND o.status <> {cancelled}{by_code}),
        opened AS ({opened})
        SELECT c.id, c.customer_id, c.placed_at, c.total, c.promo, opened.mailing_id, opened.at
        FROM candidates c LEFT JOIN opened ON opened.id = c.id
        ORDER BY c.id"
    )
}

/// SQL that an order may be credited to messages of the run `r`.
pub(super) fn creditable() -> String {
    let purposes = Purpose::ALL.into_iter().filter(|purpose| purpose.may_be_credited());
    format!("r.purpose IN {}", listed(purposes.map(Purpose::code)))
}

pub(super) async fn window(session: &mut Session, org: OrgId) -> Result<Duration> {
    let text = "SELECT settings FROM organisations WHERE id = $1";
    match session.first(sql(text).int(i64::from(org.0))).await? {
        Some(row) => Ok(read_settings(org, &row.columns().text("settings")?)?.attribution_window()),
        None => Ok(Settings::default().attribution_window()),
    }
}

pub(super) fn in_ms(window: Duration) -> i64 {
    i64::try_from(window.as_millis()).unwrap_or(i64::MAX)
}

pub(super) async fn candidates(
    session: &mut Session,
    target: &Target,
    counted: &Counted,
    frozen: &Frozen,
    window: Duration,
) -> Result<Vec<Candidate>> {
    let statement = sql(candidates_sql(counted, frozen, target.file.promo_codes.is_some()))
        .int(i64::from(target.org.0))
        .int(in_ms(window))
        .text(target.file.target_promo.as_deref())
        .int(target.launched_at().map(|at| at.0))
        .int(target.id.0)
        .int(frozen.orders_before);
    let rows = session.fetch(statement).await?;
    gather(rows.iter().map(|row| row.columns()))
}

/// Candidates from their rows, one for each mailing that was opened, which stand together.
pub(super) fn gather<'a>(rows: impl Iterator<Item = Columns<'a>>) -> Result<Vec<Candidate>> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for c in rows {
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
