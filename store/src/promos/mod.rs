//! Promo codes: lists of them, their import, and the tags that the use of a promo sets (PRODUCT.md §4, §5).
//!
//! A list has personal codes, one for each message, or one code that all guests share. Which message has which code is the
//! ledger's: it gives them at the claim, and takes them back from messages that failed for good. No table here names a
//! guest.

mod adding;
mod book;
mod file;
mod given;
mod import;
pub(crate) mod lists;
mod tags;

pub use adding::AddedCodes;
pub use book::PromoBook;
pub use given::GivenPromoCode;
pub use import::{CodeImports, PromoImport};
pub use lists::{NewPromoList, PromoList};
pub use tags::PromoTags;
