//! Twilio's Messages resource (PROVIDERS §4.6).

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{Call, Message};
use crate::serve::Reply;
use crate::serve::reply::{JSON, reply};
use crate::sms::Sms;
use crate::sms::parts;
use crate::sms::reports::twilio::Report;
use crate::sms::request::{Fields, phone};
use crate::world::Outcome;

/// The account that a path of the resource names.
pub(super) fn account(path: &str) -> Option<&str> {
    path.strip_prefix("/2010-04-01/Accounts/")?
        .strip_suffix("/Messages.json")
}

fn error(status: StatusCode, code: u32, message: &str) -> Reply {
    let body = json!({
        "code": code,
        "message": message,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        "status": status.as_u16(),
    });
    reply(status, JSON, body.to_string())
}

impl Sms {
    pub(super) fn twilio(&self, head: &Parts, fields: &Fields) -> Outcome {
        if !self.twilio_knows(head) {
            return self.refused(error(StatusCode::UNAUTHORIZED, 20_003, "Authenticate"));
        }
        let (to, text) = (fields.get("To"), fields.get("Body"));
        let Some(phone) = phone(to).filter(|_| to.starts_with('+')) else {
            return self.refused(error(StatusCode::BAD_REQUEST, 21_211, "Invalid 'To' Phone Number"));
        };
        let from = fields.get("From");
        if from.is_empty() && fields.get("MessagingServiceSid").is_empty() {
            return self.refused(error(StatusCode::BAD_REQUEST, 21_212, "Invalid From Number"));
        }
        let sid = format!("SM{:032x}", self.last_id.fetch_add(1, Ordering::Relaxed) + 1);
        let callback = fields.get("StatusCallback");
        let own_id = parameter(callback, "id");
        let answer = json!({
            "sid": sid, "status": "queued", "to": to, "from": from, "error_code": null, "error_message": null,
            "num_segments": parts::count(text).to_string(),
        });
        let message = Message {
            phone: &phone,
            text,
            own_id: &own_id,
            id: &sid,
        };
        self.handle(&message, reply(StatusCode::CREATED, JSON, answer.to_string()), |fate| {
            let mut fields = BTreeMap::from([
                ("MessageSid", sid.clone()),
                (
                    "MessageStatus",
                    fate.field("MessageStatus", ["delivered", "undelivered"]),
                ),
                ("To", to.to_owned()),
                ("From", from.to_owned()),
            ]);
            let code = fate.field("ErrorCode", ["", "30003"]);
            if !code.is_empty() {
                fields.insert("ErrorCode", code);
            }
            (!callback.is_empty()).then(|| {
                Call::Twilio(Report {
                    url: callback.to_owned(),
                    fields,
                })
            })
        })
    }

    /// Whichever key's SID is the user name, the password is that of the account.
    fn twilio_knows(&self, head: &Parts) -> bool {
        let given = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let decoded = given
            .and_then(|given| given.strip_prefix("Basic "))
            .and_then(|given| STANDARD.decode(given).ok())
            .and_then(|given| String::from_utf8(given).ok());
        decoded.is_some_and(|given| {
            given
                .split_once(':')
                .is_some_and(|(_, password)| password == self.config.password.expose_secret())
        })
    }
}

/// A parameter of a URL's query; empty if there is none.
pub(super) fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_stands_in_the_path() {
        assert_eq!(account("/2010-04-01/Accounts/AC1/Messages.json"), Some("AC1"));
        assert_eq!(account("/2010-04-01/Accounts/AC1/Calls.json"), None);
    }
}
