//! Tasks on their way from dispatchers to workers.
//!
//! A [`Task`] names one batch of one run. It is a hint, not the truth: the ledger in the store decides what is sent
//! (ARCHITECTURE.md, "The ledger is the truth, tasks are hints"), so a task may vanish, come twice or come late
//! without harm. That is why this crate can stay small.
//!
//! Promises, the same for every backend (`tests/conformance` holds them):
//! * [`Broker::publish`] returns once the broker has accepted every task, or with an error after at most
//!   [`PUBLISH_TIMEOUT`]; after an error any of the tasks may have been accepted.
//! * A task is delivered to one consumer of its queue at a time, and again to some consumer if it was not acknowledged.
//! * [`Tasks::next`] survives every loss of the broker: it reconnects for as long as the process runs.
//! * Queues are independent: a full or idle one delays no other.
//!
//! Beside tasks there are [`Letters`]: what the brand's own systems put into a queue for us to read.
//!
//! Not promised: an order of tasks, or delivery exactly once. Never done here: retrying a task's work, looking into
//! the ledger.

mod broker;
mod in_process;
mod letters;
mod queue;
mod rabbitmq;
mod task;

pub use broker::{Broker, BrokerError, Delivery, PUBLISH_TIMEOUT, Tasks};
pub use in_process::InProcess;
pub use letters::{DeadLetter, Letter, Letters};
pub use queue::Queue;
pub use rabbitmq::{RabbitMq, RabbitMqLetters, RabbitMqOptions};
pub use task::{NotATask, Task};
