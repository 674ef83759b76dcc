//! `POST /v1/messages`: one message to one guest, a login code for instance, or a welcome bonus.

use super::text::name;
use crate::Api;
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::mailing::{MailingSpec, OnDemand};
use bellhop_domain::{Channel, EndpointKind, MailingId, MessageId, OrgId, Phone};
use bellhop_store::StoreError;
use bellhop_store::guests::{EndpointRegistration, Scope};
use bellhop_store::ledger::{MessageRequest, Requested, To};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    /// The number of a mailing on demand that was launched.
    mailing: i64,
    /// The caller's own id of this message, so that a repeat is known.
    request_id: String,
    /// The brand's own id of the guest. It or `phone`.
    customer_id: Option<String>,
    phone: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    message_id: MessageId,
    /// Whether this is the first request of that id.
    first: bool,
}

const BODY_BYTES: usize = 64 << 10;

pub(crate) async fn post(State(api): State<Api>, request: Request) -> Result<(StatusCode, Json<Answer>), Problem> {
    let admitted = api.admit::<Message>(request, Scope::Messages, BODY_BYTES).await?;
    let (caller, body) = (admitted.caller, admitted.body);
    let faulty = |place: &str, problem: String| Problem::unprocessable(vec![Fault::new(place, problem)]);
    let mailing = MailingId(body.mailing);
    let (spec, demand) = on_demand(&api, caller.org, mailing).await?;
    let id = name(Some(body.request_id)).map_err(|e| faulty("request_id", e))?;
    let id = id.ok_or_else(|| {
        let problem = "is empty; send an id of your own for each message, so that a repeat is known";
        faulty("request_id", problem.to_owned())
    })?;
    let faults = demand.faults(&body.values);
    if !faults.is_empty() {
        let faults = faults.into_iter().map(|(place, problem)| Fault::new(place, problem));
        return Err(Problem::unprocessable(faults.collect()));
    }
    let customer = name(body.customer_id).map_err(|e| faulty("customer_id", e))?;
    let phone = body.phone.filter(|text| !text.trim().is_empty());
    let to = match (&customer, phone) {
        (Some(customer), None) => To::Customer(customer),
        (None, Some(phone)) => by_phone(&api, caller.org, &spec, &phone).await?,
        (Some(_), Some(_)) => {
            let problem = "stands beside customer_id; name the recipient by one of them";
            return Err(faulty("phone", problem.to_owned()));
        }
        (None, None) => {
            let problem = "is absent, and so is phone; one of them says who gets the message";
            return Err(faulty("customer_id", problem.to_owned()));
        }
    };
    let place = if customer.is_some() { "customer_id" } else { "phone" };
    let request = MessageRequest {
        mailing,
        id: &id,
        to,
        values: &body.values,
        kinds: api.kinds.get(&caller.org).map_or(&[], Vec::as_slice),
        message: (api.message_id)(),
    };
    let (message_id, first) = match api.ledger.request(caller.org, &request, api.now()).await {
        Ok(Requested::Taken(message)) => (message, true),
        Ok(Requested::Known(message)) => (message, false),
        Ok(Requested::Refused(reason)) => return Err(faulty(place, refusal(reason).to_owned())),
        Err(StoreError::NotFound { what: "customer", .. }) => {
            return Err(faulty(
                place,
                "is nobody we know; import the guest, or name a phone".to_owned(),
            ));
        }
        Err(StoreError::Conflict(problem)) => return Err(Problem::new(StatusCode::CONFLICT, problem)),
        Err(error) => return Err(error.into()),
    };
    Ok((StatusCode::ACCEPTED, Json(Answer { message_id, first })))
}

type Spec = MailingSpec<serde_json::Value>;

/// The mailing, which must be one on demand of the caller's organisation.
async fn on_demand(api: &Api, org: OrgId, mailing: MailingId) -> Result<(Spec, OnDemand), Problem> {
    let faulty = |problem: &str| Problem::unprocessable(vec![Fault::new("mailing", problem)]);
    let found = match api.ledger.mailing(org, mailing).await {
        Err(StoreError::NotFound { .. }) => {
            return Err(faulty(
                "is no mailing; send the number that `bellhop mailing create` printed",
            ));
        }
        found => found?,
    };
    let spec: Spec = serde_json::from_str(&found.spec).map_err(|e| StoreError::Corrupt {
        what: "mailing",
        id: mailing.to_string(),
        problem: format!("its file is unreadable ({e})"),
    })?;
    let Some(it) = spec.on_demand.clone() else {
        return Err(faulty(
            "goes to its audience, by `bellhop mailing launch`; single messages are those of a mailing with \"on_demand\" in its \
             file",
        ));
    };
    Ok((spec, it))
}

/// Whoever asks for a message to a phone has it before them: the address is registered, and alive again if it was dead.
async fn by_phone(api: &Api, org: OrgId, spec: &Spec, phone: &str) -> Result<To<'static>, Problem> {
    let faulty = |problem: String| Problem::unprocessable(vec![Fault::new("phone", problem)]);
    if !spec.waterfall.iter().any(|step| step.channel == Channel::Sms) {
        let problem = "is of no use: the mailing has no step by sms; name the guest by customer_id";
        return Err(faulty(problem.to_owned()));
    }
    let region = api.guests.organisation_by_id(org).await?.settings.phone_region;
    let phone = Phone::parse(phone, region).map_err(|e| faulty(e.to_string()))?;
    let registration = EndpointRegistration {
        kind: EndpointKind::Phone,
        address: phone.e164().to_owned(),
        customer: None,
        muted: false,
    };
    let endpoint = api.guests.register_endpoint(org, &registration, api.now()).await?;
    Ok(To::Phone(endpoint))
}

fn refusal(reason: Exclusion) -> &'static str {
    match reason {
        Exclusion::Blacklisted => "is blacklisted: such a guest gets no messages",
        Exclusion::NoConsent => {
            "has given no consent for marketing on any channel of the mailing, which is marketing; nothing is sent without it"
        }
        _ => "has no live address on any channel of the mailing that there is a sender for",
    }
}
