//! The live address per channel in `customer_facts`: its columns, by the domain's tables of channels and kinds.
//!
//! Each channel has a column with the id of the endpoint to use. Where a channel has several kinds of endpoint, a second
//! column says which. Whoever writes or reads them asks here, so that a new channel needs its columns and nothing else.

use crate::Result;
use crate::sql::Cells;
use bellhop_domain::{Channel, EndpointId, EndpointKind};

/// The live endpoint to use, per channel.
pub type LiveEndpoints = [Option<(EndpointKind, EndpointId)>; Channel::ALL.len()];

/// A column of `customer_facts`.
struct Column {
    name: String,
    channel: Channel,
    /// The column of `endpoints` that it repeats.
    of: &'static str,
}

/// How a channel's columns begin.
fn stem(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "phone",
        other => other.name(),
    }
}

/// The kind of all endpoints of a channel; `None` if it has several.
fn only_kind(channel: Channel) -> Option<EndpointKind> {
    let mut kinds = EndpointKind::ALL.into_iter().filter(|kind| kind.channel() == channel);
    let first = kinds.next();
    first.filter(|_| kinds.next().is_none())
}

/// In the order of [`Channel::ALL`].
fn columns() -> impl Iterator<Item = Column> {
    Channel::ALL.into_iter().flat_map(|channel| {
        let column = |suffix, of| Column {
            name: format!("{}_{suffix}", stem(channel)),
            channel,
            of,
        };
        let kind = only_kind(channel).is_none().then(|| column("kind", "kind"));
        std::iter::once(column("endpoint", "id")).chain(kind)
    })
}

fn listed(write: impl Fn(&Column) -> String) -> String {
    columns().map(|column| write(&column)).collect::<Vec<_>>().join(", ")
}

/// Their names behind a table's alias and a dot; behind nothing if `table` is empty.
pub(crate) fn selected(table: &str) -> String {
    let dot = if table.is_empty() { "" } else { "." };
    listed(|column| format!("{table}{dot}{}", column.name))
}

/// What computes them from rows of `id`, `kind` and `channel` (its number), one a channel.
pub(crate) fn gathered() -> String {
    listed(|Column { name, channel, of }| {
        format!("MAX(CASE WHEN channel = {} THEN {of} END) AS {name}", *channel as i64)
    })
}

/// What takes them over from a row that conflicts.
pub(crate) fn replaced() -> String {
    listed(|Column { name, .. }| format!("{name} = excluded.{name}"))
}

/// Reads what [`selected`] selects.
pub(crate) fn read(cells: &mut Cells<'_>) -> Result<LiveEndpoints> {
    let mut live = [None; Channel::ALL.len()];
    for (place, channel) in live.iter_mut().zip(Channel::ALL) {
        let endpoint = cells.opt_int()?.map(EndpointId);
        let kind = match only_kind(channel) {
            Some(kind) => Some(kind),
            None => cells.opt_code("endpoint kind", EndpointKind::from_code)?,
        };
        *place = kind.zip(endpoint);
    }
    Ok(live)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_those_of_the_migrations() {
        assert!(
            selected("f").starts_with(
                "f.push_endpoint, f.push_kind, f.web_push_endpoint, f.whatsapp_endpoint, f.phone_endpoint"
            )
        );
        for migration in [
            include_str!("../migrations/sqlite/0001_guest_base.sql"),
            include_str!("../migrations/postgres/0001_guest_base.sql"),
        ] {
            let facts = migration.split("CREATE TABLE customer_facts").nth(1).unwrap();
            let facts = facts.split(';').next().unwrap();
            for column in columns() {
                let declared = |line: &str| line.trim_start().starts_with(&format!("{} ", column.name));
                assert!(facts.lines().any(declared), "{}", column.name);
                let shared = format!(
                    "& {}) <> 0 THEN {}_endpoint",
                    column.channel.bit(),
                    stem(column.channel)
                );
                assert!(facts.contains(&shared), "shared_endpoint knows no {}", column.name);
            }
        }
    }
}
