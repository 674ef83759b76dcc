//! What every question about a campaign needs.

use crate::{CampaignError, OrgDefaults, Result, Senders};
use bellhop_domain::fault::Why;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, EndpointKind, MailingId};
use bellhop_store::audience::Audience;
use bellhop_store::guests::{GuestBase, Organisation};
use bellhop_store::ledger::{
    Backlog, Commanding, Listing, Mailing, Reading, Rehearsal, Scheduling, SenderStates, SentLately,
};
use bellhop_store::promos::PromoBook;
use bellhop_store::segments::SegmentBook;

/// Everything that campaigns ask of the store.
pub trait CampaignStore:
    Commanding
    + Scheduling
    + Reading
    + SenderStates
    + SentLately
    + Rehearsal
    + Backlog
    + Listing
    + Audience
    + GuestBase
    + PromoBook
    + SegmentBook
{
}

impl<T> CampaignStore for T where
    T: Commanding
        + Scheduling
        + Reading
        + SenderStates
        + SentLately
        + Rehearsal
        + Backlog
        + Listing
        + Audience
        + GuestBase
        + PromoBook
        + SegmentBook
{
}

/// The organisation whose campaigns a question is about, with its store and senders.
#[derive(Clone, Copy)]
pub struct Brand<'a> {
    pub store: &'a dyn CampaignStore,
    pub organisation: &'a Organisation,
    pub senders: &'a Senders,
}

/// What is needed to render the organisation's texts, beside what is known about each guest.
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

/// The file of a stored mailing.
///
/// # Errors
/// [`CampaignError::Unreadable`] if this version cannot read it.
pub fn spec_of(mailing: &Mailing) -> Result<MailingSpec<Segment>> {
    read_spec(mailing.id, &mailing.spec)
}

/// The same of a mailing's text.
///
/// # Errors
/// As [`spec_of`].
pub fn read_spec(mailing: MailingId, spec: &str) -> Result<MailingSpec<Segment>> {
    serde_json::from_str(spec).map_err(|source| CampaignError::Unreadable { mailing, source })
}

/// Our own number of a customer who was named by the brand's id.
pub(crate) async fn known(
    store: &dyn CampaignStore,
    organisation: &Organisation,
    customer: &str,
) -> Result<CustomerId> {
    let found = store.customer_id(organisation.id, customer).await?;
    let unknown = || Why::GuestUnknown {
        customer: customer.to_owned(),
        organisation: organisation.slug.clone(),
    };
    found.ok_or_else(|| CampaignError::Refused(unknown()))
}
