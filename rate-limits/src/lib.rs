//! How many messages a sender may send now.
//!
//! A sender has rates like `10/min,100/h` ([`RateSpec`]). Before a worker claims messages it takes permits from a
//! [`Limiter`]; a permit is one message. [`Local`] counts inside one process, [`Redis`] for a whole fleet. Both follow
//! one rule (the module `rule`, and its twin in Lua, compared by a property test), so a mailing behaves the same on both.
//!
//! Promises, the same for both (`tests/conformance` holds them):
//! * No span of time as long as a limit's span ever holds more permits than the limit says: not at the start, not
//!   across a restart, not after the limiter lost its memory.
//! * Permits are spaced evenly. About a fiftieth of a rate (see `rule`) is the price of granting several at once.
//! * A sender on hold gets nothing before the hold ends, unless the limiter lost its memory meanwhile.
//! * A limiter that cannot be asked is an error, never a grant.
//!
//! Never: waiting (the caller is told when to ask again), queues, fairness between callers, knowing what is sent.

mod limiter;
mod local;
mod redis;
mod rule;
mod spec;

pub use limiter::{Grant, Limiter, LimiterError, SenderKey};
pub use local::Local;
pub use redis::{Redis, RedisOptions};
pub use spec::{Limit, NotARate, RateSpec};
