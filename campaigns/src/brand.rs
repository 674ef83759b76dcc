//! What a campaign is asked about with.

use crate::{CampaignError, OrgDefaults, Result, Senders};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, EndpointKind};
use bellhop_store::audience::Audience;
use bellhop_store::guests::{GuestBase, Organisation};
use bellhop_store::ledger::{Backlog, Commanding, Listing, Mailing, Reading, Rehearsal, SenderStates, SentLately};

/// Everything that campaigns ask of the store.
pub trait CampaignStore:
    Commanding + Reading + SenderStates + SentLately + Rehearsal + Backlog + Listing + Audience + GuestBase
{
}

impl<T> CampaignStore for T where
    T: Commanding + Reading + SenderStates + SentLately + Rehearsal + Backlog + Listing + Audience + GuestBase
{
}

/// An organisation whose campaigns are asked about, and what they are sent by.
#[derive(Clone, Copy)]
pub struct Brand<'a> {
    pub store: &'a dyn CampaignStore,
    pub organisation: &'a Organisation,
    pub senders: &'a Senders,
}

/// What the organisation's texts are rendered with, beside what is known of each guest.
#[derive(Debug, Clone)]
pub struct Rendering {
    pub defaults: OrgDefaults,
    /// The address under which guests reach the tracking links, without a slash at its end.
    pub public_url: String,
}

impl Brand<'_> {
    /// The kinds of address that the organisation has a sender for.
    pub fn kinds(&self) -> Vec<EndpointKind> {
        self.senders.kinds_of(self.organisation.id).to_vec()
    }
}

/// A stored mailing's file.
///
/// # Errors
/// [`CampaignError::Unreadable`] if this version cannot read it.
pub fn spec_of(mailing: &Mailing) -> Result<MailingSpec<Segment>> {
    serde_json::from_str(&mailing.spec).map_err(|source| CampaignError::Unreadable {
        mailing: mailing.id,
        source,
    })
}

/// Our own number of a customer whom somebody named by the brand's id.
pub(crate) async fn known(
    store: &dyn CampaignStore,
    organisation: &Organisation,
    customer: &str,
) -> Result<CustomerId> {
    let found = store.customer_id(organisation.id, customer).await?;
    found.ok_or_else(|| CampaignError::NoCustomer {
        customer: customer.to_owned(),
        organisation: organisation.slug.clone(),
    })
}
