//! How many messages a sender may send now.
//!
//! A scope (a sender, its account, its organisation, a pair of number and guest) has rates like `10/min,100/h`
//! ([`RateSpec`]). Before a worker claims messages it takes permits from a [`Limiter`]; a permit is for one message,
//! and it counts in all scopes of the [`Request`] or in none. [`Local`] counts inside one process, [`Redis`] for a
//! whole fleet. Both follow one rule (the module `rule`, and its twin in Lua, compared by a property test), so a
//! mailing behaves the same on both.
//!
//! Promises, the same for both (`tests/conformance` and `rule/schedules.rs` hold them):
//! * No span of time as long as a limit's span, wherever it starts, ever holds more messages than the limit says, counted
//!   where they arrive: not at the start, not across a restart, not after the limiter lost its memory.
//! * Marketing leaves evenly and keeps a reserve for everything else. Everything else may use all that is free at
//!   once, and marketing waits for it.
//! * While messages wait, 99 per cent of what the limits allow is used.
//! * A guest never gets two messages from one number within that number's span, and no window of a day holds more
//!   guests of a portfolio than its ceiling ([`people`]).
//! * A limiter that has lost its past says so and is closed until it is restored from the ledger.
//! * A scope on hold gets nothing before the hold ends, unless the limiter loses its memory meanwhile.
//! * A limiter that cannot be asked is an error, never a grant.
//!
//! In addition, as pure functions: which number of a pool to take ([`pool`]), how a new number warms up
//! ([`warm_up`]), when a mailing will be finished ([`forecast`]).
//!
//! The limiter never waits (the caller is told when to ask again), has no queues, and does not know what is sent.

mod clock;
pub mod forecast;
mod limiter;
mod local;
pub mod people;
pub mod pool;
mod redis;
mod rule;
mod scope;
mod spec;
pub mod warm_up;

pub use limiter::{Decision, Limiter, LimiterError, Lost, Restored};
pub use local::Local;
pub use redis::{Redis, RedisOptions};
pub use scope::{LimitScope, Past, Request, ScopeKey, Urgency};
pub use spec::{Limit, NotARate, Pacing, RateSpec};
