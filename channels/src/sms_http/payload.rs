//! From an [`Exchange`]'s texts to a request.

use super::config::{BasicAuth, Exchange, Method};
use super::template::{Fill, Settings, Template};
use crate::config::{base_url, endpoint};
use crate::gsm7::septets;
use crate::{AttemptKey, OutgoingMessage};
use reqwest::{Client, Request, Url};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The placeholders of a send; a look-up has those without the message.
pub(super) const SEND_PLACES: &[&str] = &[
    "phone",
    "phone_digits",
    "id",
    "message_id",
    "text",
    "ttl_minutes",
    "ttl_seconds",
    "ttl_hhmm",
    "coding",
];
pub(super) const LOOK_UP_PLACES: &[&str] = &["phone", "phone_digits", "id", "message_id"];

/// A parsed request: everything that a message does not change is fixed.
pub(super) struct Requests {
    method: Method,
    url: Url,
    query: Fields,
    form: Fields,
    json: Option<Json>,
    headers: Fields,
    basic_auth: Option<[Template; 2]>,
}

type Fields = Vec<(String, Template)>;

enum Json {
    Fixed(Value),
    Text(Template),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Requests {
    pub fn new<R>(base: &str, exchange: &Exchange<R>, settings: &Settings, places: &[&str]) -> Result<Self, String> {
        if exchange.json.is_some() && !exchange.form.is_empty() {
            return Err("a request has either a form or a json body".to_owned());
        }
        let parse = |text: &str| Template::parse(text, settings, places);
        let path = Template::parse(&exchange.path, settings, &[])?
            .map_or_else(String::new, |path| path.render(&|_| String::new()));
        let url = endpoint(&base_url("base_url", base)?, &path)?;
        Ok(Self {
            method: exchange.method,
            url,
            query: fields(&exchange.query, &parse)?,
            form: fields(&exchange.form, &parse)?,
            json: exchange
                .json
                .as_ref()
                .map(|json| self::json(json, &parse))
                .transpose()?
                .flatten(),
            headers: fields(&exchange.headers, &parse)?,
            basic_auth: exchange
                .basic_auth
                .as_ref()
                .map(|auth| credentials(auth, &parse))
                .transpose()?,
        })
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    pub fn request(&self, client: &Client, fill: Fill<'_>) -> reqwest::Result<Request> {
        let render = |fields: &Fields| -> Vec<(String, String)> {
            let render = |(name, text): &(String, Template)| (name.clone(), text.render(fill));
            fields.iter().map(render).collect()
        };
        let mut request = match self.method {
            Method::Post => client.post(self.url.clone()),
            Method::Get => client.get(self.url.clone()),
        };
        if !self.query.is_empty() {
            request = request.query(&render(&self.query));
        }
        for (name, value) in render(&self.headers) {
            request = request.header(name, value);
        }
        if let Some([user, password]) = &self.basic_auth {
            request = request.basic_auth(user.render(fill), Some(password.render(fill)));
        }
        if let Some(json) = &self.json {
            request = request.json(&json.render(fill));
        } else if !self.form.is_empty() {
            request = request.form(&render(&self.form));
        }
        request.build()
    }
}

type Parse<'a> = &'a dyn Fn(&str) -> Result<Option<Template>, String>;

fn fields(texts: &BTreeMap<String, String>, parse: Parse<'_>) -> Result<Fields, String> {
    let mut fields = Fields::new();
    for (name, text) in texts {
        if let Some(text) = parse(text)? {
            fields.push((name.clone(), text));
        }
    }
    Ok(fields)
}

fn credentials(auth: &BasicAuth, parse: Parse<'_>) -> Result<[Template; 2], String> {
    let given = |text: &str| parse(text)?.ok_or_else(|| "basic_auth needs a user and a password".to_owned());
    Ok([given(&auth.user)?, given(&auth.password)?])
}

/// `None` for an optional text that is not given.
fn json(value: &Value, parse: Parse<'_>) -> Result<Option<Json>, String> {
    Ok(match value {
        Value::String(text) => parse(text)?.map(Json::Text),
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| json(item, parse)).collect();
            Some(Json::List(items?.into_iter().flatten().collect()))
        }
        Value::Object(members) => {
            let mut kept = Vec::new();
            for (name, member) in members {
                kept.extend(json(member, parse)?.map(|member| (name.clone(), member)));
            }
            Some(Json::Object(kept))
        }
        fixed => Some(Json::Fixed(fixed.clone())),
    })
}

impl Json {
    fn render(&self, fill: Fill<'_>) -> Value {
        match self {
            Json::Fixed(value) => value.clone(),
            Json::Text(text) => Value::String(text.render(fill)),
            Json::List(items) => items.iter().map(|item| item.render(fill)).collect(),
            Json::Object(members) => members
                .iter()
                .map(|(name, member)| (name.clone(), member.render(fill)))
                .collect(),
        }
    }
}

/// Fills in a placeholder of a send. `longest_ttl` is the longest that the gateway accepts.
pub(super) fn fill_send(message: &OutgoingMessage<'_>, text: &str, longest_ttl: Duration, place: &str) -> String {
    let ttl = message.time_to_live().min(longest_ttl);
    match place {
        "text" => text.to_owned(),
        // Gateways take 0 for "as long as you like".
        "ttl_seconds" => ttl.as_secs().max(1).to_string(),
        "ttl_minutes" => (ttl.as_secs() / 60).max(1).to_string(),
        "coding" => coding(text).to_owned(),
        "ttl_hhmm" => hours_and_minutes(ttl),
        _ => fill_look_up(message.attempt, message.address, place),
    }
}

/// Fills in a placeholder of a look-up.
pub(super) fn fill_look_up(attempt: AttemptKey, phone: &str, place: &str) -> String {
    match place {
        "phone" => phone.to_owned(),
        "phone_digits" => phone.chars().filter(char::is_ascii_digit).collect(),
        "id" => attempt.to_string(),
        _ => attempt.message.to_string(),
    }
}

/// Kannel's names: 0 for texts that the GSM alphabet can write, 2 for UCS-2.
fn coding(text: &str) -> &'static str {
    if text.chars().all(|character| septets(character).is_some()) {
        "0"
    } else {
        "2"
    }
}

/// From 00:01 to 24:00, as SMSC.ru's `valid` wants it.
fn hours_and_minutes(ttl: Duration) -> String {
    let minutes = (ttl.as_secs() / 60).clamp(1, 24 * 60);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
