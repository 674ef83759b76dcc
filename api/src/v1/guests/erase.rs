//! `DELETE /v1/guests/{customer_id}`: a guest is erased; and the link of a guest's own page.

use super::known;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use crate::{Api, pages};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestErased)]
pub(crate) struct Gone {
    /// The card is gone, and nothing goes to the guest any more. The ledger of messages is gone through within minutes.
    erased: bool,
    /// Other cards with an address of the guest's, by the brand's own ids: these and the address stay.
    shares_with: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestPageLink)]
pub(crate) struct Link {
    /// Whoever has it is taken for the guest.
    url: String,
}

pub(crate) async fn erase(api: Api, allowed: Allowed<(), String>) -> Result<Gone, Problem> {
    let (caller, customer, ()) = allowed.into_all();
    let id = known(&api, &caller, &customer).await?;
    let erased = api.store.erase(caller.org, id, &who(&caller), api.now()).await?;
    Ok(Gone {
        erased: true,
        shares_with: erased.shares_with,
    })
}

pub(crate) async fn page(api: Api, allowed: Allowed<(), String>) -> Result<Link, Problem> {
    let (caller, customer, ()) = allowed.into_all();
    let id = known(&api, &caller, &customer).await?;
    let url = pages::link(&api, id).await?;
    Ok(Link { url })
}
