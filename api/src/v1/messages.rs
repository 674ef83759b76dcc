//! `POST /v1/messages`: one message to one guest, a login code for instance, or a welcome bonus.

use super::text::name;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::mailing::{MailingSpec, OnDemand};
use bellhop_domain::{Channel, EndpointKind, MailingId, MessageId, OrgId, Phone};
use bellhop_store::StoreError;
use bellhop_store::guests::EndpointRegistration;
use bellhop_store::ledger::{MessageRequest, Requested, To};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    /// The number of a mailing on demand that was launched.
    mailing: i64,
    /// The caller's own id of this message, by which a repeat is recognised.
    request_id: String,
    /// The brand's own id of the guest. Either this or `phone` is given.
    customer_id: Option<String>,
    phone: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Requested)]
pub(crate) struct Answer {
    #[schema(schema_with = shape::message_id)]
    message_id: MessageId,
    /// Whether this is the first request of that id.
    first: bool,
}

pub(crate) async fn post(api: Api, allowed: Allowed<Message>) -> Result<Answer, Problem> {
    let (caller, body) = allowed.into_parts();
    let faulty = |place: &'static str| move |why: Why| one(why.at(place));
    let mailing = MailingId(body.mailing);
    let (spec, demand) = on_demand(&api, caller.org, mailing).await?;
    let id = name(Some(body.request_id)).map_err(faulty("request_id"))?;
    let id = id.ok_or_else(|| one(Why::RequestIdEmpty.at("request_id")))?;
    let faults = demand.faults(&body.values);
    if !faults.is_empty() {
        return Err(Problem::unprocessable(faults));
    }
    let customer = name(body.customer_id).map_err(faulty("customer_id"))?;
    let phone = body.phone.filter(|text| !text.trim().is_empty());
    let to = match (&customer, phone) {
        (Some(customer), None) => To::Customer(customer),
        (None, Some(phone)) => by_phone(&api, caller.org, &spec, &phone).await?,
        (Some(_), Some(_)) => return Err(one(Why::RecipientTwice.at("phone"))),
        (None, None) => return Err(one(Why::RecipientAbsent.at("customer_id"))),
    };
    let place = if customer.is_some() { "customer_id" } else { "phone" };
    let by = api.live.now();
    let mut request = MessageRequest {
        mailing,
        id: &id,
        to,
        values: &body.values,
        kinds: by.in_force.kinds(caller.org),
    };
    let mut asked = api.ledger.request(caller.org, &request, api.now()).await;
    // The sender for the guest's address may have been added just now.
    if let Ok(Requested::Refused(Exclusion::NoLiveEndpoint)) = asked
        && let Some(newer) = api.newer_settings(by.in_force.version).await?
    {
        request.kinds = newer.in_force.kinds(caller.org);
        asked = api.ledger.request(caller.org, &request, api.now()).await;
    }
    let (message_id, first) = match asked {
        Ok(Requested::Taken(message)) => (message, true),
        Ok(Requested::Known(message)) => (message, false),
        Ok(Requested::Refused(reason)) => return Err(one(refusal(reason).at(place))),
        Err(StoreError::NotFound { what: "customer", .. }) => return Err(one(Why::CustomerUnknown.at(place))),
        Err(error) => return Err(error.into()),
    };
    Ok(Answer { message_id, first })
}

type Spec = MailingSpec<serde_json::Value>;

/// The problem document for a single unusable value.
fn one(fault: Fault) -> Problem {
    Problem::unprocessable(vec![fault])
}

/// The mailing, which must be a mailing on demand of the caller's organisation.
async fn on_demand(api: &Api, org: OrgId, mailing: MailingId) -> Result<(Spec, OnDemand), Problem> {
    let found = match api.ledger.mailing(org, mailing).await {
        Err(StoreError::NotFound { .. }) => return Err(one(Why::MailingUnknown.at("mailing"))),
        found => found?,
    };
    let spec: Spec = serde_json::from_str(&found.spec).map_err(|e| StoreError::Corrupt {
        what: "mailing",
        id: mailing.to_string(),
        problem: format!("its file is unreadable ({e})"),
    })?;
    let it = spec.on_demand.clone();
    let it = it.ok_or_else(|| one(Why::MailingNotOnDemand.at("mailing")))?;
    Ok((spec, it))
}

/// Somebody who requests a message to a phone has that phone at hand, so the address is registered, and revived if it
/// was dead.
async fn by_phone(api: &Api, org: OrgId, spec: &Spec, phone: &str) -> Result<To<'static>, Problem> {
    if !spec.waterfall.iter().any(|step| step.channel == Channel::Sms) {
        return Err(one(Why::PhoneOfNoUse.at("phone")));
    }
    let region = api.organisations.organisation_by_id(org).await?.settings.phone_region;
    let phone = Phone::parse(phone, region).map_err(|e| one(e.why().at("phone")))?;
    let registration = EndpointRegistration {
        kind: EndpointKind::Phone,
        address: phone.e164().to_owned(),
        customer: None,
        muted: false,
    };
    let endpoint = api.guests.register_endpoint(org, &registration, api.now()).await?;
    Ok(To::Phone(endpoint))
}

fn refusal(reason: Exclusion) -> Why {
    match reason {
        Exclusion::Blacklisted => Why::GuestBlacklisted,
        Exclusion::NoConsent => Why::GuestUnconsenting,
        Exclusion::NotificationsOff => Why::GuestNotificationsOff,
        _ => Why::GuestUnreachable,
    }
}
