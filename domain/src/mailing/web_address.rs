//! Web addresses in a mailing file.

use crate::fault::{Fault, Why};

/// Adds a fault if the value is not a web address.
pub(super) fn address(found: &mut Vec<Fault>, place: &str, value: Option<&str>) {
    if value.is_some_and(|link| !is_web_address(link)) {
        found.push(Why::NoWebAddress.at(place));
    }
}

fn is_web_address(link: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| link.strip_prefix(scheme).is_some_and(|rest| !rest.trim().is_empty()))
}
