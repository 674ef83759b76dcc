//! Values and pure rules of Bellhop: what a message, an outcome, an audience *is*.
//!
//! Nothing here does I/O. There is no clock, no randomness, no database and no async runtime: instants, random
//! numbers and ids are arguments, so that every rule can be tested as a table. All instants are [`Timestamp`]s
//! (milliseconds since the Unix epoch, UTC); money is [`Money`].

pub mod address;
pub mod amount;
pub mod attempt;
pub mod attribution;
pub mod backoff;
pub mod breaker;
pub mod channel;
pub mod complaints;
pub mod consent;
mod currency;
pub mod curve;
pub mod event;
pub mod exclusion;
pub mod fault;
pub mod formula;
pub mod four_eyes;
pub mod frequency_cap;
pub mod guest_page;
pub mod held;
pub mod ids;
pub mod incoming;
pub mod landing;
pub mod lane;
pub mod launching;
pub mod lifetime;
pub mod login;
pub mod mailing;
pub mod masking;
pub mod message;
pub mod message_key;
pub mod money;
pub mod opt_out;
pub mod order;
mod order_words;
pub mod origin;
pub mod outcome;
pub mod pace;
pub mod permission;
pub mod person;
pub mod personal_link;
pub mod phone;
pub mod promo;
pub mod purpose;
pub mod quiet_hours;
pub mod receipt;
pub mod receipt_owner;
pub mod recent_marketing;
pub mod retention;
pub mod role;
pub mod scope;
pub mod segment;
pub mod setting;
pub mod settlement;
pub mod statistics;
pub mod tag;
pub mod tag_rule;
pub mod time;
pub mod unmatched;
pub mod visible;
pub mod warm_up;
pub mod waterfall;
pub mod webhook;
pub mod words;
pub mod written_time;
pub mod written_word;

pub use channel::{Channel, EndpointKind};
pub use ids::{
    BatchId, CustomerId, DeliveryId, EndpointId, FiringId, InstallationId, LandingId, MailingId, MessageId, OrgId,
    PersonId, ProgramId, RunId, SegmentId, SessionId, TagRuleId, WebhookId,
};
pub use lane::Lane;
pub use message_key::{Era, MessageIds, MessageKey};
pub use money::Money;
pub use origin::Origin;
pub use outcome::Outcome;
pub use permission::Permission;
pub use phone::Phone;
pub use purpose::Purpose;
pub use time::{Timestamp, Zone};
