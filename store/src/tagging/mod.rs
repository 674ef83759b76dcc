//! Automatic tags: rules as people keep them, and what they set and take back (PRODUCT.md §4).
//!
//! Whoever writes a delivered order marks its guest in `tag_looks` in the same transaction, and a look notes there when the
//! guest is to be looked at next if nothing happens. So one index says who is due, because of an order or by the mere
//! passing of time, and nobody else is looked at. A look asks all rules of the organisation, so what rules say of a guest
//! does not depend on what they said before, and two rules may set one tag. A changed rule is brought to everybody by a
//! pass, page by page, from a cursor.

mod book;
mod changing;
mod history;
mod judging;
mod looking;
mod passing;
mod preview;
mod reading;
mod types;
mod writing;

pub use book::TagRulesBook;
pub use looking::AutomaticTags;
pub use types::{KeptRule, Looked, Passed, RuleVersion, TagPass, TagPreview};
