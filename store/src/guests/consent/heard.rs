//! Something that is said about marketing.

use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::{Channel, CustomerId, OrgId, Purpose, Timestamp};

/// Something that was said by an address.
pub(crate) struct Heard<'a> {
    pub org: OrgId,
    pub space: Space,
    /// All of the person's, in all spellings.
    pub addresses: &'a [String],
    pub words: Vec<(Channel, Word)>,
    pub purpose: Purpose,
    pub source: WordSource,
    pub at: Timestamp,
    /// The proof.
    pub how: &'a str,
    pub text_version: Option<&'a str>,
    /// Whose page said it, if one did.
    pub customer: Option<CustomerId>,
}
