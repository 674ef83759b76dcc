//! `POST /v1/endpoints`: an app or site registers where it can be reached, at each start and each login.

use super::text::name;
use crate::Api;
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::HeaderMap;
use bellhop_domain::{EndpointId, EndpointKind, Phone};
use bellhop_store::guests::{EndpointRegistration, Scope};
use serde::{Deserialize, Serialize};

/// The longest address: an index entry of PostgreSQL holds 2.7 kB.
const ADDRESS_BYTES: usize = 2_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    kind: EndpointKind,
    /// The token, the subscription as JSON text, or the phone.
    address: String,
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
    let address = match registration.kind {
        EndpointKind::Phone | EndpointKind::WhatsApp => {
            let region = api.guests.organisation_by_id(caller.org).await?.settings.phone_region;
            let phone = Phone::parse(&registration.address, region);
            phone
                .map_err(|e| Problem::unprocessable(vec![Fault::new("address", e)]))?
                .e164()
                .to_owned()
        }
        EndpointKind::Fcm | EndpointKind::Apns | EndpointKind::WebPush | EndpointKind::Telegram => registration.address.trim().to_owned(),
    };
    if address.is_empty() || address.len() > ADDRESS_BYTES || address.contains('\0') {
        let problem = "is empty, longer than 2000 bytes, or holds a zero character; send the device's token";
        return Err(Problem::unprocessable(vec![Fault::new("address", problem)]));
    }
    let customer =
        name(registration.customer_id).map_err(|e| Problem::unprocessable(vec![Fault::new("customer_id", e)]))?;
    let (kind, muted) = (registration.kind, registration.muted);
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
