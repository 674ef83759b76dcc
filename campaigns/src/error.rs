//! Why a question about a campaign cannot be answered.

use bellhop_domain::MailingId;
use bellhop_domain::segment::FilterError;
use bellhop_domain::time::TimeError;
use bellhop_store::StoreError;
use bellhop_templating::TemplateError;

/// Why a question about a mailing has no answer. Faults of the mailing itself are an answer, not an error.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("mailing {mailing}: its file cannot be read")]
    Unreadable {
        mailing: MailingId,
        source: serde_json::Error,
    },
    #[error(transparent)]
    Text(#[from] TemplateError),
    #[error(transparent)]
    Audience(#[from] FilterError),
    /// An instant beyond the calendar.
    #[error(transparent)]
    Time(#[from] TimeError),
    #[error("the mailing has no audience")]
    NoAudience,
    #[error("there is no customer {customer:?} in {organisation}")]
    NoCustomer { customer: String, organisation: String },
    #[error("a customer of {organisation} has gone meanwhile")]
    Gone { organisation: String },
    #[error(
        "mailing {0} is sent on demand: its messages leave when they are asked for, and there is nothing to foresee"
    )]
    NothingToForesee(MailingId),
    #[error(
        "mailing {0} is sent on demand: to test it, launch it and ask for a message to yourself by POST /v1/messages"
    )]
    NoTest(MailingId),
}

pub type Result<T, E = CampaignError> = std::result::Result<T, E>;
