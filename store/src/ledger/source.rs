//! Who tells.

use bellhop_domain::{EndpointKind, OrgId};

/// Whose provider speaks.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub org: OrgId,
    /// The sender's name in the settings.
    pub sender: &'a str,
    /// The kind of address it sends to.
    pub kind: EndpointKind,
    /// The senders of the organisation that use the same account at the provider: a report of one may come by another. Empty:
    /// none but itself.
    pub peers: &'a [String],
}
