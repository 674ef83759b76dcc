//! Landings (PRODUCT.md §1): pages of an image, a text and a button; who saw them, pressed the button, and ordered.

mod book;
mod changing;
mod counting;
mod figures;
mod reading;

pub use book::LandingBook;
pub use counting::Seen;
pub use figures::{LandingDay, LandingFigures};
pub use reading::{KeptLanding, LandingPage};
