//! `POST /v1/endpoints`: an app or site registers where it can be reached, at each start and each login.

use super::address::{Environment, Sent};
use super::text::name;
use crate::Api;
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::{Request, State};
use bellhop_domain::{EndpointId, EndpointKind, OrgId};
use bellhop_store::guests::{ApiCaller, EndpointRegistration, KeyKind, Scope};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    kind: EndpointKind,
    address: Sent,
    /// Of an APNs token: which of Apple's services it is of; production if absent.
    environment: Option<Environment>,
    /// Who is logged in, by the brand's own id; absent while nobody is. From a backend only.
    customer_id: Option<String>,
    /// The same as the brand's backend has signed it: what an app sends.
    customer_token: Option<String>,
    /// The permission to notify is off.
    #[serde(default)]
    muted: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    endpoint_id: EndpointId,
}

const BODY_BYTES: usize = 16 << 10;

pub(crate) async fn post(State(api): State<Api>, request: Request) -> Result<Json<Answer>, Problem> {
    let admitted = api.admit::<Registration>(request, Scope::Endpoints, BODY_BYTES).await?;
    let (caller, registration) = (admitted.caller, admitted.body);
    let (kind, muted) = (registration.kind, registration.muted);
    let faulty = |(place, problem): (&str, String)| Problem::unprocessable(vec![Fault::new(place, problem)]);
    if registration.environment.is_some() && kind != EndpointKind::Apns {
        return Err(faulty((
            "environment",
            "stands at another kind than apns; leave it out".to_owned(),
        )));
    }
    if caller.kind == KeyKind::App && !is_a_devices_own(kind) {
        let problem = "is no device's own address, and an app's key registers those only; send it from your backend";
        return Err(faulty(("kind", problem.to_owned())));
    }
    let customer = customer(&api, &caller, registration.customer_id, registration.customer_token).map_err(faulty)?;
    let region = api.guests.organisation_by_id(caller.org).await?.settings.phone_region;
    let address = registration
        .address
        .canonical(kind, registration.environment.unwrap_or_default(), region)
        .map_err(|problem| faulty(("address", problem)))?;
    served(&api, caller.org, kind, &address).map_err(|problem| faulty(("address", problem)))?;
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

/// Who is logged in. A key of an app can be read by anybody who has the app, so with it only the backend's signature says
/// who it is: else anybody would have a victim's login codes sent to a device of their own.
fn customer(
    api: &Api,
    caller: &ApiCaller,
    id: Option<String>,
    token: Option<String>,
) -> Result<Option<String>, (&'static str, String)> {
    let at = |place: &'static str| move |problem: String| (place, problem);
    let Some(token) = token else {
        let id = name(id).map_err(at("customer_id"))?;
        if id.is_some() && caller.kind == KeyKind::App {
            let problem = "is not believed from an app's key; send customer_token, which your backend signs";
            return Err(at("customer_id")(problem.to_owned()));
        }
        return Ok(id);
    };
    if id.is_some() {
        return Err(at("customer_id")(
            "stands beside customer_token; send one of them".to_owned(),
        ));
    }
    let keys = api.guest_keys.get(&caller.org).ok_or_else(|| {
        let problem = "cannot be verified: the organisation's section has no guest_token_keys; add them";
        at("customer_token")(problem.to_owned())
    })?;
    let customer = keys.customer(&token, api.now());
    let customer = customer.map_err(|fault| at("customer_token")(fault.to_string()))?;
    name(Some(customer)).map_err(at("customer_token"))
}

/// Refuses an address to which none of the organisation's senders will ever send: it would count as reachable, and no other
/// channel would have its turn.
fn served(api: &Api, org: OrgId, kind: EndpointKind, address: &str) -> Result<(), String> {
    let senders = api
        .webhooks
        .values()
        .filter(|it| it.org == org && it.provider.kind() == kind);
    let answers: Vec<_> = senders.map(|it| it.provider.serves(address)).collect();
    if answers.is_empty() || answers.iter().any(Result::is_ok) {
        return Ok(());
    }
    answers.into_iter().collect()
}

/// Addresses that only the device itself knows. A phone number, or a number in a messenger, anybody can name.
fn is_a_devices_own(kind: EndpointKind) -> bool {
    match kind {
        EndpointKind::Fcm | EndpointKind::Apns | EndpointKind::WebPush => true,
        EndpointKind::Phone | EndpointKind::WhatsApp | EndpointKind::Telegram => false,
    }
}
