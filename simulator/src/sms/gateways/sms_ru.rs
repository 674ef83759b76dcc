//! SMS.ru's send (PROVIDERS §4.8): one number per request.

use std::sync::atomic::Ordering;

use hyper::StatusCode;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{Call, Message};
use crate::serve::Reply;
use crate::serve::reply::{JSON, reply};
use crate::sms::Sms;
use crate::sms::reports::sms_ru::Report;
use crate::sms::request::{Fields, phone};
use crate::world::Outcome;

/// A refusal of the whole request.
fn refusal(code: u16) -> Reply {
    let body = json!({"status": "ERROR", "status_code": code, "status_text": "refused"});
    reply(StatusCode::OK, JSON, body.to_string())
}

impl Sms {
    pub(super) fn sms_ru(&self, fields: &Fields) -> Outcome {
        if fields.get("api_id") != self.config.api_key.expose_secret() {
            return self.refused(refusal(200));
        }
        let (to, text) = (fields.get("to"), fields.get("msg"));
        let Some(phone) = phone(to) else {
            return self.refused(refusal(202));
        };
        if text.is_empty() {
            return self.refused(refusal(203));
        }
        let id = format!("000000-{}", self.last_id.fetch_add(1, Ordering::Relaxed) + 1);
        let answer = json!({
            "status": "OK", "status_code": 100, "balance": 4122.56,
            "sms": {to: {"status": "OK", "status_code": 100, "sms_id": id}},
        });
        let message = Message {
            phone: &phone,
            text,
            own_id: "",
            id: &id,
        };
        self.handle(&message, reply(StatusCode::OK, JSON, answer.to_string()), |fate| {
            let url = self.config.sms_ru_reports_url.clone()?;
            let status = fate.field("status", ["103", "105"]);
            let id = id.clone();
            Some(Call::SmsRu(Report { url, id, status }))
        })
    }
}
