//! `POST /v1/endpoints`: an app or site registers where it can be reached, at each start and each login.

use super::address::{Environment, Sent};
use super::text::name;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape::endpoint_kind;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::{EndpointId, EndpointKind, OrgId};
use bellhop_store::guests::{ApiCaller, Device, DeviceBounds, EndpointRegistration, KeyKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most live devices of a kind that a guest has by an app's key. A guest has a few; the rest are installations that
/// are gone and of which no provider has told yet.
const LIVE_DEVICES: u32 = 20;
/// The most that a guest registers so within a day. Who tests an app installs it dozens of times.
const DEVICES_A_DAY: u32 = 60;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    #[schema(schema_with = endpoint_kind)]
    kind: EndpointKind,
    address: Sent,
    /// For an APNs token: which of Apple's services it belongs to; production if absent.
    environment: Option<Environment>,
    /// Who is logged in, by the brand's own id; absent while nobody is. Only a backend may send it.
    customer_id: Option<String>,
    /// The same, signed by the brand's backend. This is what an app sends.
    customer_token: Option<String>,
    /// The permission to notify is off.
    #[serde(default)]
    muted: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Registered)]
pub(crate) struct Answer {
    #[schema(value_type = i64)]
    endpoint_id: EndpointId,
}

pub(crate) async fn post(api: Api, allowed: Allowed<Registration>) -> Result<Answer, Problem> {
    let (caller, registration) = allowed.into_parts();
    let (kind, muted) = (registration.kind, registration.muted);
    let faulty = |fault: Fault| Problem::unprocessable(vec![fault]);
    if registration.environment.is_some() && kind != EndpointKind::Apns {
        return Err(faulty(Why::EnvironmentOfApnsOnly.at("environment")));
    }
    if caller.kind == KeyKind::App && !kind.is_a_devices_own() {
        return Err(faulty(Why::KindOfBackendOnly.at("kind")));
    }
    let customer = customer(&api, &caller, registration.customer_id, registration.customer_token).map_err(faulty)?;
    let region = api
        .organisations
        .organisation_by_id(caller.org)
        .await?
        .settings
        .phone_region;
    let address = registration
        .address
        .canonical(kind, registration.environment.unwrap_or_default(), region)
        .map_err(|why| faulty(why.at("address")))?;
    served(&api, caller.org, kind, &address).map_err(|why| faulty(why.at("address")))?;
    let registration = EndpointRegistration {
        kind,
        address,
        customer,
        muted,
    };
    let endpoint_id = match caller.kind {
        KeyKind::Backend => {
            let guests = &api.guests;
            guests.register_endpoint(caller.org, &registration, api.now()).await?
        }
        KeyKind::App => by_an_app(&api, &caller, &registration).await?,
    };
    Ok(Answer { endpoint_id })
}

/// Whoever has the app has its key, and a signed token for themselves.
async fn by_an_app(api: &Api, caller: &ApiCaller, it: &EndpointRegistration) -> Result<EndpointId, Problem> {
    let (now, new_devices) = (api.now(), &api.bounded.new_devices);
    let bounds = DeviceBounds {
        live: LIVE_DEVICES,
        a_day: DEVICES_A_DAY,
        new: new_devices.has_room(caller.org, &caller.name, now),
    };
    match api.guests.register_device(caller.org, it, bounds, now).await? {
        Device::Known(id) => Ok(id),
        Device::New(id) => {
            new_devices.count(caller.org, &caller.name, now);
            Ok(id)
        }
        Device::TooMany => {
            let most = u64::from(DEVICES_A_DAY);
            Err(Problem::too_many(Why::GuestDevicesTooMany { most }))
        }
        Device::NotNow => Err(Problem::too_many(Why::NewDevicesTooFast)),
    }
}

/// Who is logged in. Anybody who has the app can read its key, so with such a key only the backend's signature says
/// who it is. Otherwise anybody could have a victim's login codes sent to their own device.
pub(in crate::v1) fn customer(
    api: &Api,
    caller: &ApiCaller,
    id: Option<String>,
    token: Option<String>,
) -> Result<Option<String>, Fault> {
    let Some(token) = token else {
        let id = name(id).map_err(|why| why.at("customer_id"))?;
        if id.is_some() && caller.kind == KeyKind::App {
            return Err(Why::CustomerUnproven.at("customer_id"));
        }
        return Ok(id);
    };
    if id.is_some() {
        return Err(Why::CustomerToldTwice.at("customer_id"));
    }
    let at_token = |why: Why| why.at("customer_token");
    let by = api.live.now();
    let keys = by.guest_keys.get(&caller.org);
    let keys = keys.ok_or_else(|| at_token(Why::GuestTokenKeysAbsent))?;
    let customer = keys.customer(&token, api.now());
    let customer = customer.map_err(|fault| at_token(fault.why()))?;
    name(Some(customer)).map_err(at_token)
}

/// Refuses an address to which none of the organisation's senders will ever send: it would count as reachable, and no
/// other channel would get its turn.
fn served(api: &Api, org: OrgId, kind: EndpointKind, address: &str) -> Result<(), Why> {
    let by = api.live.now();
    let senders = by.in_force.senders.iter();
    let senders = senders.filter(|it| it.org == org && it.provider.kind() == kind);
    let answers: Vec<_> = senders.map(|it| it.provider.serves(address)).collect();
    if answers.is_empty() || answers.iter().any(Result::is_ok) {
        return Ok(());
    }
    answers.into_iter().collect()
}
