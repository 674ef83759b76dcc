//! Letters: what the brand's own systems put into a queue of ours for us to read, unlike tasks, which are ours.

use crate::BrokerError;
use async_trait::async_trait;

/// One message of the queue, whose content nobody has looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its place among those of this connection.
    pub number: u64,
    pub body: Vec<u8>,
}

/// What could not be taken, for the queue of dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub body: Vec<u8>,
    /// Why, in one line of JSON.
    pub reason: String,
}

/// The queue of one kind of letters. A letter comes again until it is dealt with, so whoever takes letters must recognise
/// repeats.
#[async_trait]
pub trait Letters: Send {
    /// Letters in their order, at most so many; none if none comes for a while.
    ///
    /// # Errors
    /// When the broker cannot be reached, after which all letters that are not dealt with come again.
    async fn next(&mut self, most: u16) -> Result<Vec<Letter>, BrokerError>;

    /// Puts what could not be taken aside, and then forgets all letters up to this number.
    ///
    /// # Errors
    /// As [`Letters::next`]. What was put aside may then be put aside again.
    async fn dealt_with(&mut self, upto: u64, dead: &[DeadLetter]) -> Result<(), BrokerError>;

    /// Gives all letters back that are not dealt with: they come again.
    async fn give_back(&mut self);
}
