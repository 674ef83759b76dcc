//! `/v1/senders`: how an organisation's senders are, what they have before them, and whether one would work.

mod link;
mod list;
mod load;
mod pause;
mod test;

pub(crate) use link::link;
pub(crate) use list::list;
pub(crate) use load::{Days, load};
pub(crate) use pause::{pause, resume};
pub(crate) use test::test;
