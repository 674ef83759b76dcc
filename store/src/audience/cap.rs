//! Whose frequency cap is reached at an instant, in SQL: what the domain's `cap_reached` says, without reading anybody.
//!
//! A window is full if as many messages as the cap allows count in it. For nearly everybody a glance tells that it is
//! not: at the instant of the latest message, then at that of the message which would fill the cap, because kept
//! messages are in the order in which they were about to go. Each guest who is left costs 10 to 20 µs.

use super::context::{Late, Range};
use super::count;
use super::selection::Selection;
use super::writer::{Bind, Rendered, Writer};
use crate::base::codes::Codes;
use crate::sql::Row;
use crate::{Dialect, Result};
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::message::MessageState;
use bellhop_domain::recent_marketing::{Fate, UNDER_WAY};
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{CustomerId, OrgId, Timestamp};

/// How far the clocks of hosts, and so the order of two messages, may be wrong: far more than they ever are.
const OUT_OF_ORDER_MS: i64 = 3_600_000;
/// The states of a message that will never be sent, if it was not: [`Fate::Never`].
const CAME_TO_NOTHING: Codes = Codes(&[
    MessageState::Cancelled.code(),
    MessageState::Expired.code(),
    MessageState::Suppressed.code(),
    MessageState::Failed.code(),
]);
/// Nobody has more kept messages, so a larger cap is treated as this one.
const MOST_KEPT: u32 = 100_000;

/// Whose cap is reached, as far as the cap itself tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    Nobody,
    /// A cap of zero is always reached.
    Everybody,
    /// Those whose kept messages fill the cap.
    ByMessages,
}

pub(crate) fn reached(cap: &FrequencyCap) -> Reached {
    match (cap.per_day, cap.per_week) {
        (None, None) => Reached::Nobody,
        (Some(0), _) | (_, Some(0)) => Reached::Everybody,
        _ => Reached::ByMessages,
    }
}

/// Guests in groups like those of `Selection::groups`, but only guests who are not excluded otherwise and whose cap
/// is reached.
pub(super) fn groups(selection: &Selection, late: Late) -> Rendered {
    let mut w = Writer::new(selection.dialect());
    w.put(count::GROUPED_BY);
    // SQLite scans the left table: either few guests have had marketing lately, or the filter takes the time anyway.
    w.put(
        " FROM guest_marketing g CROSS JOIN customer_facts f WHERE f.customer_id = g.customer_id AND f.reach > 0 AND ",
    );
    let asked = &selection.asked;
    // Messages are looked up last, for guests whom the filter lets in.
    let of_matching = "CASE WHEN f.reach > 0 THEN g.messages END";
    verdict(&mut w, &asked.cap, asked.as_of, of_matching);
    w.put(" AND ");
    selection.restrict(&mut w, Range::Everybody, late);
    w.put(count::GROUPED);
    w.finish()
}

/// Those of these guests whose cap is reached.
pub(crate) fn among(
    dialect: Dialect,
    org: OrgId,
    cap: &FrequencyCap,
    customers: &[CustomerId],
    at: Timestamp,
) -> Rendered {
    let mut w = Writer::new(dialect);
    w.with(
        "SELECT g.customer_id FROM guest_marketing g WHERE g.org_id = ? AND ",
        [i64::from(org.0)],
    );
    w.one_of("g.customer_id", Bind::Ints(customers.iter().map(|c| c.0).collect()));
    w.put(" AND ");
    verdict(&mut w, cap, at, "g.messages");
    w.finish()
}

/// Whether the guest of `guest_marketing g` may get no more; `messages` is the column with their kept messages.
fn verdict(w: &mut Writer, cap: &FrequencyCap, at: Timestamp, messages: &'static str) {
    let look_back = cap.look_back().as_millis() as i64;
    w.with("g.latest > ? AND ", [at.0 - look_back - under_way() - OUT_OF_ORDER_MS]);
    let windows = [(cap.per_day, DAY_MS), (cap.per_week, 7 * DAY_MS)];
    let windows = windows.into_iter().filter_map(|(cap, span)| Some((cap?, at.0 - span)));
    w.join(windows, " OR ", "FALSE", |w, (cap, since)| {
        w.put("(");
        last_but(w, cap.min(MOST_KEPT));
        w.with(
            " > ? AND (SELECT COUNT(*) FROM ",
            [since - under_way() - OUT_OF_ORDER_MS],
        );
        kept(w, messages, []);
        w.put(" LEFT JOIN messages m ON m.id = l.message WHERE ");
        w.with("l.about_to_go <= ? AND l.about_to_go > ?", [at.0, since - under_way()]);
        // As `Fate::counted`: from its acceptance on, if that was within the hour.
        w.with(" AND (l.about_to_go > ? OR m.sent_at > ?)", [since, since]);
        w.put(" AND (m.sent_at IS NOT NULL OR COALESCE(m.state, 0) NOT IN ")
            .codes(CAME_TO_NOTHING);
        w.with(")) >= ?)", [i64::from(cap)]);
    });
}

fn under_way() -> i64 {
    UNDER_WAY.as_millis() as i64
}

/// The instant of the cap's last kept message.
fn last_but(w: &mut Writer, cap: u32) {
    match w.dialect() {
        Dialect::Postgres => {
            let text = "CAST(CAST(g.messages AS json) -> CAST(? AS INTEGER) ->> 1 AS BIGINT)";
            w.with(text, [-i64::from(cap)]);
        }
        Dialect::Sqlite => {
            w.with("json_extract(g.messages, '$[#-' || ? || '][1]')", [i64::from(cap)]);
        }
    }
}

/// Kept messages as rows `l (message, about_to_go)`; `messages` is their JSON, with a value at each `?`.
fn kept<const N: usize>(w: &mut Writer, messages: &'static str, values: [i64; N]) {
    match w.dialect() {
        Dialect::Postgres => {
            w.put("(SELECT CAST(e.value ->> 0 AS BIGINT) AS message, CAST(e.value ->> 1 AS BIGINT) AS about_to_go ");
            w.put("FROM json_array_elements(CAST(")
                .with(messages, values)
                .put(" AS json)) e) l");
        }
        Dialect::Sqlite => {
            w.put("(SELECT json_extract(e.value, '$[0]') AS message, json_extract(e.value, '$[1]') AS about_to_go ");
            w.put("FROM json_each(").with(messages, values).put(") e) l");
        }
    }
}

/// What is kept of these guests, a message a row; for [`fate`].
pub(super) fn of_guests(dialect: Dialect, customers: &[CustomerId]) -> Rendered {
    let mut w = Writer::new(dialect);
    // A table in parentheses may not name another one in SQLite, but a function of it may.
    w.put(match dialect {
        Dialect::Postgres => {
            "SELECT g.customer_id, CAST(e.value ->> 1 AS BIGINT) AS about_to_go, m.sent_at, CAST(m.state AS BIGINT) AS state
             FROM guest_marketing g CROSS JOIN LATERAL json_array_elements(CAST(g.messages AS json)) e
             LEFT JOIN messages m ON m.id = CAST(e.value ->> 0 AS BIGINT) WHERE "
        }
        Dialect::Sqlite => {
            "SELECT g.customer_id, json_extract(e.value, '$[1]') AS about_to_go, m.sent_at, CAST(m.state AS BIGINT) AS state
             FROM guest_marketing g CROSS JOIN json_each(g.messages) e
             LEFT JOIN messages m ON m.id = json_extract(e.value, '$[0]') WHERE "
        }
    });
    w.one_of("g.customer_id", Bind::Ints(customers.iter().map(|it| it.0).collect()));
    w.finish()
}

/// When a message was about to go, and what happened to it.
pub(super) fn fate(row: &Row) -> Result<(Timestamp, Fate)> {
    let c = row.columns();
    let sent_at = c.opt_int("sent_at")?.map(Timestamp);
    let state = c.opt_code("state", "message state", MessageState::from_code)?;
    let fate = state.map_or(Fate::UnderWay, |state| Fate::of(state, sent_at));
    Ok((Timestamp(c.int("about_to_go")?), fate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_to_nothing_counts_for_no_cap() {
        let never = MessageState::ALL
            .into_iter()
            .filter(|state| Fate::of(*state, None) == Fate::Never);
        assert_eq!(never.map(MessageState::code).collect::<Vec<_>>(), CAME_TO_NOTHING.0);
    }
}
