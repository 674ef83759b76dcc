//! One call of a provider, genuine or forged, as bytes and headers.

use aws_lc_rs::hmac;
use bellhop_domain::receipt::AttemptKey;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::fleet::settings::{PHONE_NUMBER_ID, WABA_ID};
use crate::ledger::AttemptRow;

/// The secrets by which the providers sign.
pub(super) struct Secrets {
    pub(super) app: String,
    pub(super) reports: String,
    pub(super) waha: String,
}

/// A call as it goes over the wire.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) sender: &'static str,
    pub(super) content_type: &'static str,
    /// The header in which the provider signs.
    pub(super) signed_by: &'static str,
    pub(super) signature: Option<String>,
    pub(super) body: String,
    pub(super) genuine: bool,
}

impl Call {
    pub(super) fn whatsapp(updates: &[Value], secrets: &Secrets) -> Self {
        let body = envelope(updates);
        Self {
            signature: Some(signature(&secrets.app, &body)),
            ..json_call(body, true)
        }
    }

    pub(super) fn sms(attempt: &AttemptRow, status: &str, secrets: &Secrets) -> Self {
        let (id, phone) = (key(attempt).to_string(), attempt.address.trim_start_matches('+'));
        let signed = md5(&format!("{id}:{phone}:{status}:{}", secrets.reports));
        form_call(&id, phone, status, &signed, true)
    }

    /// A guest's text through WAHA (PROVIDERS.md §5.8), which does not batch calls.
    pub(super) fn waha(id: &str, from: &str, secrets: &Secrets) -> Self {
        let body = waha_text(id, from);
        Self {
            signature: Some(waha_signature(&secrets.waha, &body)),
            ..waha_call(body, true)
        }
    }

    /// A text that WAHA never sent.
    pub(super) fn forged_waha(number: usize, id: &str, from: &str, secrets: &Secrets) -> Self {
        let body = waha_text(id, from);
        let signature = match number % 3 {
            0 => None,
            1 => Some(waha_signature("another key", &body)),
            _ => Some(waha_signature(&secrets.waha, "{}")),
        };
        Self {
            signature,
            ..waha_call(body, false)
        }
    }

    /// A forged WhatsApp call; `number` chooses what is wrong with it.
    pub(super) fn forged_whatsapp(number: usize, updates: &[Value], secrets: &Secrets) -> Self {
        let body = envelope(updates);
        let genuine = signature(&secrets.app, &body);
        let (body, signature) = match number % 6 {
            0 => (body, None),
            1 => (body.clone(), Some(signature("another app's secret", &body))),
            // The right signature of other bytes.
            2 => (body.replace("\":", "\": "), Some(genuine)),
            3 => (body, Some(signature(&secrets.app, &envelope(&[])))),
            4 => (body, Some(genuine.replace("sha256=", ""))),
            _ => (body, Some(flipped(&genuine))),
        };
        Self {
            signature,
            ..json_call(body, false)
        }
    }

    /// A report of delivery with a wrong signature.
    pub(super) fn forged_sms(number: usize, attempt: &AttemptRow, secrets: &Secrets) -> Self {
        let (id, phone) = (key(attempt).to_string(), attempt.address.trim_start_matches('+'));
        let signed = match number % 3 {
            0 => md5(&format!("{id}:{phone}:1:another secret")),
            // The signature of another status, and of another phone.
            1 => md5(&format!("{id}:{phone}:-1:{}", secrets.reports)),
            _ => md5(&format!("{id}:79000000000:1:{}", secrets.reports)),
        };
        form_call(&id, phone, "1", &signed, false)
    }
}

fn json_call(body: String, genuine: bool) -> Call {
    Call {
        sender: "whatsapp",
        content_type: "application/json",
        signed_by: "x-hub-signature-256",
        signature: None,
        body,
        genuine,
    }
}

fn waha_call(body: String, genuine: bool) -> Call {
    Call {
        sender: "waha",
        signed_by: "x-webhook-hmac",
        ..json_call(body, genuine)
    }
}

fn waha_text(id: &str, from: &str) -> String {
    let payload = json!({
        "id": id, "timestamp": 1_772_355_600, "from": format!("{from}@c.us"), "fromMe": false, "body": "Алло?",
    });
    json!({ "event": "message", "session": "default", "payload": payload }).to_string()
}

fn waha_signature(key: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA512, key.as_bytes());
    hex::encode(hmac::sign(&key, body.as_bytes()))
}

fn form_call(id: &str, phone: &str, status: &str, signed: &str, genuine: bool) -> Call {
    Call {
        sender: "sms",
        content_type: "application/x-www-form-urlencoded",
        signed_by: "",
        signature: None,
        body: format!("id={id}&phone={phone}&status={status}&err=0&md5={signed}"),
        genuine,
    }
}

/// Updates as Meta batches them: changes of one number, letters beyond ASCII escaped.
fn envelope(updates: &[Value]) -> String {
    let change = |update: &Value| {
        let mut value = json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": PHONE_NUMBER_ID},
        });
        for (name, part) in update.as_object().into_iter().flatten() {
            value[name] = part.clone();
        }
        json!({"field": "messages", "value": value})
    };
    let changes: Vec<_> = updates.iter().map(change).collect();
    let entry = json!({"id": WABA_ID, "changes": changes});
    let plain = json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string();
    let escape = |letter: char| match letter.is_ascii() {
        true => letter.to_string(),
        false => letter
            .encode_utf16(&mut [0; 2])
            .iter()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect(),
    };
    plain.chars().map(escape).collect()
}

fn signature(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body.as_bytes())))
}

/// The signature with its last digit changed.
fn flipped(signature: &str) -> String {
    let (rest, last) = signature.split_at(signature.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

fn md5(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

/// The attempt's name outside.
pub(super) fn key(attempt: &AttemptRow) -> AttemptKey {
    AttemptKey {
        message: attempt.message,
        lease: attempt.lease,
    }
}
