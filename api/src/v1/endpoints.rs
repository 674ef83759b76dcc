//! `POST /v1/endpoints`: an app or site registers where it can be reached, at each start and each login.

use super::address::{Environment, Sent};
use super::text::name;
use crate::Api;
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::HeaderMap;
use bellhop_domain::{EndpointId, EndpointKind};
use bellhop_store::guests::{EndpointRegistration, Scope};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    kind: EndpointKind,
    address: Sent,
    /// Of an APNs token: which of Apple's services it is of; production if absent.
    environment: Option<Environment>,
    /// Who is logged in, by the brand's own id; absent while nobody is.
    customer_id: Option<String>,
    /// The permission to notify is off.
    #[serde(default)]
    muted: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    endpoint_id: EndpointId,
}

pub(crate) async fn post(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Result<Json<Registration>, JsonRejection>,
) -> Result<Json<Answer>, Problem> {
    let caller = api.caller(&headers, Scope::Endpoints).await?;
    let Json(registration) = body?;
    let (kind, muted) = (registration.kind, registration.muted);
    if registration.environment.is_some() && kind != EndpointKind::Apns {
        let problem = "stands at another kind than apns; leave it out";
        return Err(Problem::unprocessable(vec![Fault::new("environment", problem)]));
    }
    let region = api.guests.organisation_by_id(caller.org).await?.settings.phone_region;
    let address = registration
        .address
        .canonical(kind, registration.environment.unwrap_or_default(), region)
        .map_err(|problem| Problem::unprocessable(vec![Fault::new("address", problem)]))?;
    let customer =
        name(registration.customer_id).map_err(|e| Problem::unprocessable(vec![Fault::new("customer_id", e)]))?;
    let registration = EndpointRegistration {
        kind,
        address,
        customer,
        muted,
    };
    let endpoint_id = api
        .guests
        .register_endpoint(caller.org, &registration, api.now())
        .await?;
    Ok(Json(Answer { endpoint_id }))
}
