//! What dispatchers ask of the ledger.

use bellhop_campaigns::CampaignStore;
use bellhop_store::base::outbox::Outbox;
use bellhop_store::guests::Organisations;
use bellhop_store::ledger::{Asking, Finishing, Leasing, Planning, Publishing, Recording, Requesting, Watching};
use bellhop_store::programs::{Arming, Firing, LettingGo};
use bellhop_store::pruning::Pruning;
use bellhop_store::statistics::Tallying;
use bellhop_store::tagging::AutomaticTags;
use bellhop_store::webhooks::{Delivering, TellingWebhooks};
use bellhop_store::{Erasing, SettingsBook};

/// A dispatcher plans, publishes and finishes, and never claims. It asks guests back (with a mailing of its own, which it
/// launches as anybody does, by `campaigns`), puts off a batch whose task no broker took, records what a look-up answered,
/// follows the outbox, counts runs that are over, fires and lets go what programs send, sets tags by rules, tells webhooks, removes what has had its time, and
/// goes on with guests who were erased. It asks for the version of the settings before it plans by them.
pub trait DispatcherLedger:
    CampaignStore
    + Organisations
    + Outbox
    + SettingsBook
    + Planning
    + Publishing
    + Finishing
    + Asking
    + Requesting
    + Leasing
    + Recording
    + Firing
    + LettingGo
    + Arming
    + AutomaticTags
    + Watching
    + TellingWebhooks
    + Delivering
    + Pruning
    + Erasing
    + Tallying
{
}

impl<T> DispatcherLedger for T where
    T: CampaignStore
        + Organisations
        + Outbox
        + SettingsBook
        + Planning
        + Publishing
        + Finishing
        + Asking
        + Requesting
        + Leasing
        + Recording
        + Firing
        + LettingGo
        + Arming
        + AutomaticTags
        + Watching
        + TellingWebhooks
        + Delivering
        + Pruning
        + Erasing
        + Tallying
{
}
