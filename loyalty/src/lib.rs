//! Bonuses (PRODUCT.md §15): what an order earns, what may be paid with them, when they burn, and what an account may do.
//!
//! Everything here is a pure function of values: it asks nobody, stores nothing and reads no clock. Each decision says why,
//! so that an operator and a guest can be told.

pub mod account;
pub mod accrual;
mod bonuses;
mod cart;
pub mod expiry;
pub mod groups;
pub mod levels;
mod percent;
pub mod quote;
pub mod scale;
pub mod spending;

pub use bonuses::Bonuses;
pub use cart::{Cart, CartLine, Conditions, Dishes};
pub use percent::{NotPercent, Percent};
