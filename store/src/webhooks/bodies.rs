//! The bodies that webhooks are sent, made of notices: `{"type", "timestamp", "data"}` (docs/webhooks.md).

use super::facts::Facts;
use crate::base::outbox::{Notice, OfProgram, What};
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::*;
use serde_json::{Map, Value, json};

/// What a notice becomes.
pub(super) struct Told {
    pub kind: WebhookKind,
    pub subject: String,
    pub customer: Option<CustomerId>,
    pub body: String,
}

/// Of which kind a notice is for webhooks; `None`: for none.
pub(super) fn kind_of(what: &What) -> Option<WebhookKind> {
    Some(match what {
        What::Audited { .. } | What::Happened(_) | What::RunMoved { .. } => return None,
        What::MessageMoved { .. } => WebhookKind::MessageState,
        What::ConsentChanged { .. } => WebhookKind::ConsentChanged,
        What::Granted { .. } => WebhookKind::ProgramGranted,
        What::Revoked { .. } => WebhookKind::ProgramRevoked,
        What::Tagged { .. } => WebhookKind::GuestTagged,
        What::Erased { .. } => WebhookKind::GuestErased,
    })
}

/// The message and the guest that a notice names.
pub(super) fn named(what: &What) -> (Option<MessageId>, Option<CustomerId>) {
    match what {
        What::Audited { .. } | What::Happened(_) | What::RunMoved { .. } | What::Erased { .. } => (None, None),
        What::MessageMoved { message, .. } | What::Granted { message, .. } | What::Revoked { message, .. } => {
            (Some(*message), None)
        }
        What::ConsentChanged { customer, .. } | What::Tagged { customer, .. } => (None, Some(*customer)),
    }
}

/// `None` of what webhooks are not told, and of a message that is gone.
pub(super) fn told(notice: &Notice, facts: &Facts) -> Option<Told> {
    let kind = kind_of(&notice.what)?;
    let (subject, customer, data) = data(&notice.what, facts)?;
    // What is not there is left out.
    let data: Map<String, Value> = data.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let body = json!({ "type": kind.name(), "timestamp": notice.at.to_rfc3339(), "data": data });
    Some(Told {
        kind,
        subject,
        customer,
        body: body.to_string(),
    })
}

type Data = (String, Option<CustomerId>, Map<String, Value>);

fn data(what: &What, facts: &Facts) -> Option<Data> {
    match what {
        What::Audited { .. } | What::Happened(_) | What::RunMoved { .. } => None,
        What::MessageMoved { message, state, of } => {
            let (customer, mut data) = of_message(*message, facts)?;
            data.insert("state".to_owned(), json!(state.name()));
            data.insert("program_id".to_owned(), json!(of.map(|it| it.program)));
            data.insert("firing_id".to_owned(), json!(of.map(|it| it.firing)));
            Some((format!("message:{message}"), customer, data))
        }
        What::Granted { message, of, granted } => {
            let (customer, mut data) = of_firing(*message, of, facts)?;
            let granted: Map<String, Value> = serde_json::from_str(granted).ok()?;
            data.extend(granted);
            Some((format!("firing:{}", of.firing), customer, data))
        }
        What::Revoked { message, of } => {
            let (customer, data) = of_firing(*message, of, facts)?;
            Some((format!("firing:{}", of.firing), customer, data))
        }
        What::ConsentChanged {
            customer,
            channel,
            purpose,
            given,
            source,
        } => {
            let data = json!({ "customer_id": facts.guests.get(customer), "channel": channel.name(),
                               "purpose": purpose.name(), "given": given, "source": source.name() });
            of_guest(*customer, data)
        }
        What::Tagged {
            customer,
            set,
            removed,
            source,
        } => {
            let data = json!({ "customer_id": facts.guests.get(customer), "set": set, "removed": removed,
                               "source": source });
            of_guest(*customer, data)
        }
        // The delivery is nobody's, or the erasure would take it too.
        What::Erased { customer, external_id } => {
            let data = json!({ "customer_id": external_id });
            of_guest(*customer, data).map(|(subject, _, data)| (subject, None, data))
        }
    }
}

fn of_guest(customer: CustomerId, data: Value) -> Option<Data> {
    let Value::Object(data) = data else { return None };
    Some((format!("guest:{customer}"), Some(customer), data))
}

fn of_message(message: MessageId, facts: &Facts) -> Option<(Option<CustomerId>, Map<String, Value>)> {
    let it = facts.messages.get(&message)?;
    let guest = it.customer.and_then(|customer| facts.guests.get(&customer));
    let data = json!({ "message_id": message, "customer_id": guest, "mailing_id": it.mailing, "request_id": it.request,
                       "channel": it.channel.map(Channel::name), "reason": it.reason });
    let Value::Object(data) = data else { return None };
    Some((it.customer, data))
}

/// A grant and its end have the key of the firing: whoever books them books each once.
fn of_firing(message: MessageId, of: &OfProgram, facts: &Facts) -> Option<(Option<CustomerId>, Map<String, Value>)> {
    let (customer, all) = of_message(message, facts)?;
    let mut data = Map::new();
    data.insert("idempotency_key".to_owned(), json!(of.firing.to_string()));
    data.insert("program_id".to_owned(), json!(of.program));
    for key in ["customer_id", "message_id"] {
        data.insert(key.to_owned(), all.get(key).cloned().unwrap_or_default());
    }
    Some((customer, data))
}
