//! What dispatchers ask of the ledger.

use bellhop_store::SettingsBook;
use bellhop_store::base::outbox::Outbox;
use bellhop_store::ledger::{
    Asking, Commanding, Finishing, Leasing, Planning, Publishing, Reading, Recording, Requesting,
};
use bellhop_store::pruning::Pruning;

/// A dispatcher plans, publishes and finishes, and never claims. It asks guests back (with a mailing of its own, which it
/// launches), puts off a batch whose task no broker took, records what a look-up answered, follows the outbox, and removes
/// what has had its time. It asks for the version of the settings before it plans by them.
pub trait DispatcherLedger:
    Outbox
    + SettingsBook
    + Planning
    + Publishing
    + Finishing
    + Asking
    + Requesting
    + Commanding
    + Leasing
    + Recording
    + Reading
    + Pruning
{
}

impl<T> DispatcherLedger for T where
    T: Outbox
        + SettingsBook
        + Planning
        + Publishing
        + Finishing
        + Asking
        + Requesting
        + Commanding
        + Leasing
        + Recording
        + Reading
        + Pruning
{
}
