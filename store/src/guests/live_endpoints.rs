//! The live address per channel in `customer_facts`: one column, whatever channels there are.
//!
//! `live_endpoints` is JSON, `[[kind, endpoint], …]`, one pair a channel: a kind says its channel. `shared_endpoint` is the
//! address that an audience counts once, computed here from the domain's list of channels.

use crate::db::Dialect;
use crate::sql::{Cells, Columns};
use crate::{Result, StoreError};
use bellhop_domain::{Channel, EndpointId, EndpointKind};

/// The live endpoint to use, per channel.
pub type LiveEndpoints = [Option<(EndpointKind, EndpointId)>; Channel::ALL.len()];

/// What gathers a guest's rows of `id`, `kind` and `channel` (its number), one a channel: the column, and each
/// channel's endpoint for [`first_of`].
pub(crate) fn gathered(dialect: Dialect) -> String {
    let pairs = match dialect {
        Dialect::Sqlite => "json_group_array(json_array(kind, id))",
        Dialect::Postgres => "CAST(json_agg(json_build_array(kind, id)) AS TEXT)",
    };
    let each = Channel::ALL.map(|channel| {
        let number = channel as i64;
        format!(", MAX(CASE WHEN channel = {number} THEN id END) AS endpoint_{number}")
    });
    format!("{pairs} AS live_endpoints{}", each.concat())
}

/// The endpoint of the first channel whose bit is in `mask`, from what [`gathered`] calls `table`.
pub(crate) fn first_of(mask: &str, table: &str) -> String {
    let arms = Channel::ALL.map(|channel| {
        format!(
            " WHEN ({mask} & {}) <> 0 THEN {table}.endpoint_{}",
            channel.bit(),
            channel as i64
        )
    });
    format!("CASE{} END", arms.concat())
}

/// Reads the column `live_endpoints`; a guest without facts has no address.
pub(crate) fn of(columns: &Columns<'_>) -> Result<LiveEndpoints> {
    parsed(columns.opt_text("live_endpoints")?)
}

/// The same where it is the next column.
pub(crate) fn read(cells: &mut Cells<'_>) -> Result<LiveEndpoints> {
    parsed(cells.opt_text()?)
}

fn parsed(column: Option<String>) -> Result<LiveEndpoints> {
    let mut live = [None; Channel::ALL.len()];
    let Some(text) = column else { return Ok(live) };
    let corrupt = |problem: String| StoreError::Corrupt {
        what: "live endpoints",
        id: text.clone(),
        problem,
    };
    let pairs: Vec<(i16, i64)> = serde_json::from_str(&text).map_err(|e| corrupt(e.to_string()))?;
    for (code, id) in pairs {
        let kind = EndpointKind::from_code(code).ok_or_else(|| {
            corrupt(format!(
                "kind {code} is one that this version does not know; run the version that wrote it"
            ))
        })?;
        live[kind.channel() as usize] = Some((kind, EndpointId(id)));
    }
    Ok(live)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_into_its_channel() {
        for kind in EndpointKind::ALL {
            let live = parsed(Some(format!("[[{}, 7]]", kind.code()))).unwrap();
            for channel in Channel::ALL {
                let expected = (channel == kind.channel()).then_some((kind, EndpointId(7)));
                assert_eq!(live[channel as usize], expected, "{kind:?} {channel}");
            }
        }
        assert_eq!(parsed(None).unwrap(), parsed(Some("[]".to_owned())).unwrap());
        for broken in ["", "[[99,1]]", "[[1]]", "{}"] {
            assert!(parsed(Some(broken.to_owned())).is_err(), "{broken}");
        }
    }
}
