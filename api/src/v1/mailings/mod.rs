//! `/v1/mailings`, `/v1/runs`: what the command line does with mailings, thin over `bellhop_campaigns`. Drafts are written,
//! checked and launched; runs are followed, paused and cancelled.

mod approvals;
mod ask;
mod create;
mod document;
mod edit;
mod finding;
mod list;
mod recipients;
mod refusal;
mod runs;
mod schedule;
mod send;
mod series;
mod statistics;

pub(crate) use approvals::{approve, list as approvals};
pub(crate) use ask::{check, forecast, preview};
pub(in crate::v1) use create::draft_of;
pub(crate) use create::{duplicate, post};
pub(in crate::v1) use document::Mailing;
pub(crate) use edit::{get, put, remove};
pub(in crate::v1) use finding::Finding;
pub(crate) use list::{Query, list};
pub(crate) use recipients::{Who, recipients};
pub(crate) use runs::{cancel, pause, resume, run, runs_of};
pub(crate) use schedule::{put_schedule, remove_schedule, schedule};
pub(crate) use send::{launch, test_send};
pub(crate) use series::{Gathered, by_restaurant, series};
pub(crate) use statistics::statistics;

use crate::problem::Problem;
use crate::{Api, Served};
use bellhop_campaigns::{Brand, Rendering};
use bellhop_domain::fault::Why;
use bellhop_store::guests::{ApiCaller, Organisation};
use std::sync::Arc;

/// The most guests that one request may name.
const CUSTOMERS: usize = 20;

/// What a question about the caller's mailings and programs needs.
pub(in crate::v1) struct Asking {
    pub(in crate::v1) organisation: Organisation,
    by: Arc<Served>,
}

impl Asking {
    pub(in crate::v1) async fn of(api: &Api, caller: &ApiCaller) -> Result<Self, Problem> {
        Ok(Self {
            organisation: api.organisations.organisation_by_id(caller.org).await?,
            by: api.live.now(),
        })
    }

    pub(in crate::v1) fn brand<'a>(&'a self, api: &'a Api) -> Brand<'a> {
        Brand {
            store: api.store.as_ref(),
            organisation: &self.organisation,
            senders: &self.by.in_force.senders,
        }
    }

    /// An organisation that this process has not heard of yet cannot be rendered for.
    pub(in crate::v1) fn rendering(&self, api: &Api) -> Result<Rendering, Problem> {
        let defaults = self.by.in_force.defaults(self.organisation.id);
        let defaults = defaults.ok_or_else(|| Problem::unavailable(Why::DatabaseAway))?;
        Ok(Rendering {
            defaults: defaults.clone(),
            public_url: api.public_url.clone(),
        })
    }
}

/// Guests by the brand's own ids, at least one.
fn named(customers: Vec<String>) -> Result<Vec<String>, Problem> {
    match (1..=CUSTOMERS).contains(&customers.len()) {
        true => Ok(customers),
        false => {
            let why = Why::CustomersUnfit { most: CUSTOMERS };
            Err(Problem::unprocessable(vec![why.at("customers")]))
        }
    }
}
