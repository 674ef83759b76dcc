//! Whom a rehearsal looks at: one walk over the guests, each asked by an index of theirs.

use super::Concerning;
use crate::Result;
use crate::db::Db;
use crate::programs::switching::WAITING;
use crate::sql::{Session, sql};
use bellhop_domain::*;

pub(super) async fn page(
    db: &Db,
    org: OrgId,
    programs: &[ProgramId],
    by: &Concerning,
    (from, until): (Timestamp, Timestamp),
    after: CustomerId,
    limit: u32,
) -> Result<Vec<CustomerId>> {
    let text = format!(
        "SELECT c.id FROM customers c WHERE c.org_id = $1 AND c.id > $2 AND ({} OR {}) ORDER BY c.id LIMIT {limit}",
        condition(by, from, until),
        waits(programs),
    );
    let mut session = Session::read(db).await?;
    let rows = session.fetch(sql(text).int(i64::from(org.0)).int(after.0)).await?;
    session.commit().await?;
    rows.iter()
        .map(|row| Ok(CustomerId(row.columns().int("id")?)))
        .collect()
}

/// Numbers of ours, so they are in the text.
fn condition(by: &Concerning, from: Timestamp, until: Timestamp) -> String {
    match by {
        Concerning::Events(kinds) => {
            let codes: Vec<String> = kinds.iter().map(|kind| kind.code().to_string()).collect();
            match codes.is_empty() {
                true => "FALSE".to_owned(),
                false => format!(
                    "EXISTS (SELECT 1 FROM events e WHERE e.customer_id = c.id AND e.came_at >= {} AND e.came_at < {}
                             AND e.kind IN ({}))",
                    from.0,
                    until.0,
                    codes.join(", ")
                ),
            }
        }
        Concerning::Birthdays(days) => {
            let days: Vec<String> = days
                .iter()
                .map(|(first, last)| format!("c.birth_month_day BETWEEN {first} AND {last}"))
                .collect();
            match days.is_empty() {
                true => "FALSE".to_owned(),
                false => format!("({})", days.join(" OR ")),
            }
        }
        Concerning::Burns => "EXISTS (SELECT 1 FROM reported_bonuses b WHERE b.customer_id = c.id)".to_owned(),
        Concerning::OrdersSince(since) => format!(
            "EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.placed_at >= {})",
            since.0
        ),
        Concerning::Everybody => "TRUE".to_owned(),
    }
}

fn waits(programs: &[ProgramId]) -> String {
    let of_each = programs.iter().map(|program| {
        format!(
            "EXISTS (SELECT 1 FROM firings f WHERE f.program_id = {program} AND f.customer_id = c.id AND f.state = {WAITING})"
        )
    });
    let all: Vec<String> = of_each.collect();
    match all.is_empty() {
        true => "FALSE".to_owned(),
        false => all.join(" OR "),
    }
}
