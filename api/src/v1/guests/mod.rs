//! `/v1/guests/{customer_id}`: a guest's card, consents, facts and tags, and what a brand changes of them.

mod card;
mod erase;
mod list;
mod marks;
mod messages;
mod orders;
mod show;
mod tags;

pub(crate) use card::put;
pub(crate) use erase::{erase, page};
pub(crate) use list::{Query, list};
pub(crate) use marks::{blacklist, unblacklist};
pub(crate) use messages::{Which as MessagesWhich, messages};
pub(crate) use orders::{Which as OrdersWhich, orders};
pub(crate) use show::get;
pub(super) use tags::named;
pub(crate) use tags::{all_tags, tag};

use crate::Api;
use crate::problem::Problem;
use crate::v1::audience::belongs;
use axum::http::StatusCode;
use bellhop_domain::CustomerId;
use bellhop_domain::fault::Why;
use bellhop_store::guests::ApiCaller;

/// Our own number of the guest in the path, if the caller may see them.
pub(in crate::v1) async fn known(api: &Api, caller: &ApiCaller, customer: &str) -> Result<CustomerId, Problem> {
    let found = api.guests.customer_id(caller.org, customer).await?;
    let found = found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, Why::CustomerUnknown))?;
    belongs(api, caller, customer).await?;
    Ok(found)
}
