//! People who log in: who they are, their links, sessions and second factors, and the journal of what was changed.
//!
//! Secrets of theirs are kept as hashes: tokens of 256 random bits by SHA-256, passwords by what the caller made of them.

mod attempts;
mod factors;
mod journal;
mod links;
mod people;
mod presence;
mod rows;
mod sessions;
mod tokens;
mod types;

pub use attempts::{Attempt, Attempts};
pub use factors::{SealedFactor, SecondFactors};
pub use journal::{Entry, Journal, JournalFilter};
pub use links::{Accepted, Invited, Links, OpenLink};
pub use people::PeopleBook;
pub use presence::{AtIt, HOLDS, Presence, Present};
pub use sessions::{NewSession, OpenSession, Sessions};
pub use tokens::{is_token_shaped, token};
pub use types::{Credentials, LoggedIn, Person, PersonChange, PersonState};
