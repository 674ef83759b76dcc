//! How each provider reports what a guest wrote.

use anyhow::{Result, ensure};
use aws_lc_rs::hmac;
use bellhop_domain::Timestamp;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use super::PATIENCE;
use super::guest::{Guest, Voice};
use crate::fleet::settings::{PHONE_NUMBER_ID, WABA_ID};
use crate::patience::eventually;

/// All secrets of the proof's providers are this word.
pub(super) const SECRET: &str = "secret";
/// Where the calls go.
pub(super) struct Voices {
    pub(super) client: Client,
    /// Bellhop's API.
    pub(super) api: String,
    /// The simulated SMSC's own controls.
    pub(super) smsc: String,
}

impl Voices {
    /// Reports it until it is acknowledged, as a provider does; returns the instant at which the acknowledgement
    /// arrived. The SMSC has nobody to report to before a worker has bound.
    pub(super) async fn tell(&self, guest: &Guest, text: &str, edited: bool) -> Result<Timestamp> {
        let taken = async || {
            let answer = self.call(guest, text, edited).await?;
            ensure!(answer.status().is_success(), "the answer is {}", answer.status());
            Ok(Some(Timestamp::now()))
        };
        let what = format!("{:?} of guest {} is taken", guest.voice, guest.number);
        eventually(&what, PATIENCE, taken).await
    }

    async fn call(&self, guest: &Guest, text: &str, edited: bool) -> Result<Response> {
        let answer = match guest.voice {
            Voice::Smpp => {
                let said = json!({ "from": guest.digits(), "to": "PIZZA", "text": text });
                self.client
                    .post(format!("{}/smpp/inbound", self.smsc))
                    .json(&said)
                    .send()
                    .await?
            }
            Voice::Meta | Voice::MetaHidden => {
                let body = meta(guest, text, edited).to_string();
                let signature = format!("sha256={}", signed(hmac::HMAC_SHA256, &body));
                self.json("whatsapp", "x-hub-signature-256", &signature, body).await?
            }
            Voice::Waha => {
                let body = waha(guest, text).to_string();
                let signature = signed(hmac::HMAC_SHA512, &body);
                self.json("waha", "x-webhook-hmac", &signature, body).await?
            }
            Voice::Telegram => {
                let body = telegram(guest, text, edited).to_string();
                self.json("tg", "x-telegram-bot-api-secret-token", SECRET, body).await?
            }
        };
        Ok(answer)
    }

    fn url(&self, sender: &str) -> String {
        format!("{}/webhooks/default/{sender}", self.api)
    }

    async fn json(&self, sender: &str, header: &str, signature: &str, body: String) -> Result<Response> {
        let call = self
            .client
            .post(self.url(sender))
            .header("content-type", "application/json");
        Ok(call.header(header, signature).body(body).send().await?)
    }
}

fn signed(algorithm: hmac::Algorithm, body: &str) -> String {
    hex::encode(hmac::sign(
        &hmac::Key::new(algorithm, SECRET.as_bytes()),
        body.as_bytes(),
    ))
}

fn now_seconds() -> i64 {
    Timestamp::now().0 / 1_000
}

fn meta(guest: &Guest, text: &str, edited: bool) -> Value {
    let (id, words) = (format!("wamid.CONSENT.{}", guest.number), json!({ "body": text }));
    let mut message = json!({ "id": id, "timestamp": now_seconds().to_string(), "type": "text", "text": words });
    if edited {
        message["id"] = json!(format!("{id}.EDIT"));
        message["type"] = json!("edit");
        message["edit"] = json!({ "original_message_id": id, "message": { "type": "text", "text": words } });
        message.as_object_mut().map(|fields| fields.remove("text"));
    }
    let mut contact = json!({ "profile": { "name": "Анна" }, "wa_id": guest.digits() });
    if guest.voice == Voice::MetaHidden {
        let user = format!("RU.{:020}", guest.number);
        message["from_user_id"] = json!(user);
        contact["user_id"] = json!(user);
    } else {
        message["from"] = json!(guest.digits());
    }
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550783881", "phone_number_id": PHONE_NUMBER_ID },
        "contacts": [contact],
        "messages": [message],
    });
    let changes = json!([{ "field": "messages", "value": value }]);
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": WABA_ID, "changes": changes }] })
}

fn waha(guest: &Guest, text: &str) -> Value {
    let hidden = format!("{}@lid", 130_000_000_000_000 + u64::from(guest.number));
    let id = format!("3EB0C0{:014}", guest.number);
    let key = json!({
        "remoteJid": hidden, "remoteJidAlt": format!("{}@s.whatsapp.net", guest.digits()), "fromMe": false, "id": id,
        "addressingMode": "lid",
    });
    let payload = json!({
        "id": format!("false_{hidden}_{id}"), "timestamp": now_seconds(), "from": hidden, "fromMe": false, "body": text,
        "hasMedia": false, "_data": { "key": key, "pushName": "Олег" },
    });
    json!({ "event": "message", "session": "default", "engine": "NOWEB", "payload": payload })
}

fn telegram(guest: &Guest, text: &str, edited: bool) -> Value {
    let chat: i64 = 900_000_000 + i64::from(guest.number);
    let mut message = json!({
        "message_id": guest.number, "date": now_seconds(), "text": text,
        "from": { "id": chat, "is_bot": false, "first_name": "Guest" },
        "chat": { "id": chat, "type": "private", "first_name": "Guest" },
    });
    let kind = if edited { "edited_message" } else { "message" };
    if edited {
        message["edit_date"] = json!(now_seconds());
    }
    json!({ "update_id": u64::from(guest.number) * 2 + u64::from(edited), kind: message })
}
