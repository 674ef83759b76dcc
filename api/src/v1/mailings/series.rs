//! `GET /v1/mailings/{id}/series` and `/restaurants`: a mailing over time, and by restaurant.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_campaigns::over_time::{restaurants, series as counted};
use bellhop_domain::MailingId;
use bellhop_domain::curve::By;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gathered {
    /// `hour` (if absent) or `day`, by the organisation's clock.
    #[param(value_type = Option<String>)]
    by: Option<By>,
}

/// Docs/statistics.md defines each key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Series, value_type = Object)]
pub(crate) struct Series(Value);

/// Credited orders by restaurant, the most revenue first. Who is limited to restaurants sees these.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Restaurants)]
pub(crate) struct ByRestaurant {
    #[schema(value_type = Vec<Object>)]
    restaurants: Value,
}

pub(crate) async fn series(api: Api, allowed: Allowed<(), i64>) -> Result<Series, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let by = asked.query::<Gathered>()?.by.unwrap_or_default();
    let zone = api.organisations.organisation_by_id(caller.org).await?.timezone;
    let counted = counted(api.store.as_ref(), caller.org, MailingId(id), by, &zone, api.now()).await?;
    // All keys are texts, so that it always can be written.
    Ok(Series(serde_json::to_value(&counted).unwrap_or_default()))
}

pub(crate) async fn by_restaurant(api: Api, allowed: Allowed<(), i64>) -> Result<ByRestaurant, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let mut counted = restaurants(api.store.as_ref(), caller.org, MailingId(id)).await?;
    if let Some(own) = &caller.restaurants {
        counted.retain(|it| it.restaurant.as_ref().is_some_and(|name| own.contains(name)));
    }
    let restaurants = serde_json::to_value(&counted).unwrap_or_default();
    Ok(ByRestaurant { restaurants })
}
