//! Kannel's smsbox (PROVIDERS §4.9).

use hyper::StatusCode;
use secrecy::ExposeSecret;

use super::twilio::parameter;
use super::{Call, Message};
use crate::serve::Reply;
use crate::serve::reply::{TEXT, reply};
use crate::sms::Sms;
use crate::sms::reports::kannel::Report;
use crate::sms::request::{Fields, phone};
use crate::world::Outcome;

fn words(status: StatusCode, words: &str) -> Reply {
    reply(status, TEXT, words.to_owned())
}

impl Sms {
    pub(super) fn kannel(&self, fields: &Fields) -> Outcome {
        if fields.get("password") != self.config.password.expose_secret() {
            return self.refused(words(StatusCode::FORBIDDEN, "Authorization failed for sendsms"));
        }
        let Some(phone) = phone(fields.get("to")) else {
            return self.refused(words(StatusCode::BAD_REQUEST, "Missing receiver number"));
        };
        let template = fields.get("dlr-url");
        let own_id = parameter(template, "id");
        let message = Message {
            phone: &phone,
            text: fields.get("text"),
            own_id: &own_id,
            id: "",
        };
        let accepted = words(StatusCode::ACCEPTED, "0: Accepted for delivery");
        self.handle(&message, accepted, |fate| {
            let url = template.replace("%d", &fate.field("status", ["1", "2"]));
            (!url.is_empty()).then_some(Call::Kannel(Report { url }))
        })
    }
}
