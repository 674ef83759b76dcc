//! What a brand decides, as sections: organisations, restaurants, senders, what holds for marketing (PRODUCT.md §17).
//!
//! A section is one type, whether it stands in a configuration file or, as a JSON document, in the database; a new setting
//! is a field of it. Here sections are read, checked as a whole, compared ([`plan`]) and changed ([`edit()`]), and their
//! secrets sealed ([`sealed`]). What a program of an organisation may see and say of them is [`outside`].

mod addresses;
mod check;
mod documents;
mod edit;
mod fields;
mod given;
mod merge;
#[cfg(test)]
mod merge_tests;
mod order;
pub mod outside;
mod plan;
#[cfg(test)]
mod plan_tests;
mod problem;
pub mod reach;
pub mod sealed;
mod sections;
mod senders;
mod spec;

pub use check::rate;
pub use documents::Document;
pub use edit::{Consequences, Edit, Edited, Ground, change, consequences, edit, prospective, rehearse};
pub use fields::Field;
pub use given::{Said, given};
pub use merge::{Kept, Merged, merge, remembered};
pub use plan::{Line, Plan, What, plan};
pub use problem::SettingsError;
pub use sections::{MarketingSection, OrganisationSection, RestaurantSection, Sections, SenderSection};
pub use senders::{in_order, provider};
pub use spec::{restaurant_specs, spec};
