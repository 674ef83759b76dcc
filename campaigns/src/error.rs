//! Why a question about a campaign cannot be answered.

use bellhop_domain::MailingId;
use bellhop_domain::fault::Why;
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
    /// The mailing or the guest is not one that this can be asked of.
    #[error("{0}")]
    Refused(Why),
}

pub type Result<T, E = CampaignError> = std::result::Result<T, E>;
