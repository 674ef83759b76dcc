//! What the store and the questions about campaigns could not do, as problems.

use crate::problem::Problem;
use axum::http::StatusCode;
use bellhop_campaigns::CampaignError;
use bellhop_domain::fault::{Fault, Term, Why};
use bellhop_store::StoreError;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { what, id } => {
                let what = Term(what);
                Self::new(StatusCode::NOT_FOUND, Why::NotHere { what, id })
            }
            StoreError::Conflict(why) => Self::new(StatusCode::CONFLICT, why),
            StoreError::Outlived(why) => Self::new(StatusCode::GONE, why),
            StoreError::Moved { expected, found } => {
                let (expected, found) = (expected.0, found.0);
                Self::new(StatusCode::CONFLICT, Why::SettingsMoved { expected, found })
            }
            StoreError::Corrupt { .. } => {
                tracing::error!(%error, "a request met a row that cannot be read");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, Why::StoredUnreadable)
            }
            error => {
                tracing::error!(%error, "a request failed in the store");
                Self::unavailable(Why::DatabaseAway)
            }
        }
    }
}

impl From<CampaignError> for Problem {
    fn from(error: CampaignError) -> Self {
        match error {
            CampaignError::Store(error) => error.into(),
            CampaignError::Unreadable { .. } => {
                tracing::error!(%error, "a request met a mailing that cannot be read");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, Why::StoredUnreadable)
            }
            CampaignError::Text(error) => Self::unprocessable(vec![Why::from(error).at("contents")]),
            CampaignError::Audience(error) => Self::unprocessable(vec![Fault::from(error)]),
            CampaignError::Time(error) => {
                let said = error.to_string();
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, Why::BodyValueUnfit { said })
            }
            CampaignError::Refused(why @ (Why::GuestUnknown { .. } | Why::GuestGone { .. })) => {
                Self::unprocessable(vec![why.at("customers")])
            }
            CampaignError::Refused(why @ Why::RehearsalOfNoTime) => Self::unprocessable(vec![why.at("to")]),
            CampaignError::Refused(why) => Self::new(StatusCode::CONFLICT, why),
        }
    }
}
