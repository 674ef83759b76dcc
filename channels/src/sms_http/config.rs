//! The settings of an `sms_http` sender: a preset, completed or overridden by the section's own keys.

use crate::config::{Environment, SecretSource, Unusable, parse};
use crate::http::HttpOptions;
use crate::rule::ErrorRule;
use bellhop_domain::phone::Region;
use bellhop_domain::receipt::Again;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

const PRESETS: &[(&str, &str)] = &[
    ("kannel", include_str!("presets/kannel.toml")),
    ("sms_ru", include_str!("presets/sms_ru.toml")),
    ("smsc_ru", include_str!("presets/smsc_ru.toml")),
    ("twilio", include_str!("presets/twilio.toml")),
];

/// The section with its preset.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    /// The gateway's base URL; no other host is called: `https://smsc.ru`.
    pub base_url: String,
    /// The account's settings, by the names that the templates use: login, sender…
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// The same for secret settings.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretSource>,
    pub send: Exchange<SendReply>,
    /// What the codes in replies mean; a code that is not here is taken to blame the content. `HTTP 503` (or another
    /// status) stands for a reply with that status and without a code that is here.
    #[serde(default)]
    pub errors: BTreeMap<String, ErrorRule>,
    /// What the codes in delivery reports and look-ups mean.
    #[serde(default)]
    pub statuses: BTreeMap<String, StatusRule>,
    pub receipts: Option<ReceiptsSection>,
    pub answers: Option<AnswersSection>,
    pub look_up: Option<Exchange<LookUpReply>>,
    /// The shortest time between two questions about one message.
    #[serde(default = "a_minute")]
    pub look_up_interval_seconds: u64,
    /// The country in whose national notation guests' numbers come: `RU`. By default the organisation's.
    pub region: Option<Region>,
    /// The longest delivery time that the gateway accepts; a longer one is cut to it.
    pub longest_ttl_seconds: Option<u64>,
    #[serde(default)]
    pub http: HttpOptions,
}

fn a_minute() -> u64 {
    60
}

/// A request, and where to find things in its answer. Texts may contain placeholders; the names of fields are the
/// gateway's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange<Reply> {
    #[serde(default)]
    pub method: Method,
    /// The path after `base_url`; settings are filled in, but placeholders of a message are not.
    pub path: String,
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// A URL-encoded body; not beside `json`.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// A JSON body: texts in it are filled in, everything else is sent as it is.
    pub json: Option<Value>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub basic_auth: Option<BasicAuth>,
    pub reply: Reply,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    #[default]
    Post,
    Get,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BasicAuth {
    pub user: String,
    pub password: String,
}

/// How a reply's body is read.
#[derive(Debug, Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplyFormat {
    #[default]
    Json,
    /// `code: words`, read as if it were `{"code": …, "text": …}`.
    Text,
}

/// Where things are in the reply to a send: JSON pointers (RFC 6901), in which placeholders are filled in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SendReply {
    #[serde(default)]
    pub format: ReplyFormat,
    /// The gateway's id of the message. If this is given, a reply with neither id nor code is in doubt.
    pub id: Option<String>,
    /// Where the error code is: the first of these at which there is something.
    pub error: OneOrMore,
    pub error_text: Option<String>,
    pub cost: Option<String>,
    pub parts: Option<String>,
    /// The codes at `error` that mean it was accepted, as does no code at all.
    #[serde(default)]
    pub taken: Vec<String>,
}

/// One text or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub fn all(&self) -> &[String] {
        match self {
            OneOrMore::One(text) => std::slice::from_ref(text),
            OneOrMore::More(texts) => texts,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookUpReply {
    #[serde(default)]
    pub format: ReplyFormat,
    pub status: String,
    /// Unix seconds.
    pub at: Option<String>,
    pub error: String,
    pub error_text: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusRule {
    pub status: Status,
    /// For `again`: the shortest wait …
    pub after_seconds: Option<u64>,
    /// … and the most repetitions.
    pub times: Option<u16>,
    #[serde(default)]
    pub meaning: String,
}

/// The wait if a status is `again` and says nothing more: it is sent once more, a quarter of an hour later.
const LATER: Duration = Duration::from_secs(15 * 60);

impl StatusRule {
    pub fn again(&self) -> Again {
        Again {
            after: self.after_seconds.map_or(LATER, Duration::from_secs),
            times: self.times.unwrap_or(1),
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Pending,
    Delivered,
    Read,
    Undelivered,
    /// Undelivered, and to be sent again.
    Again,
    /// Undelivered, and the number is bad for good.
    Gone,
    /// Refused for its content, as it will be for everybody: a few of these pause the run.
    ContentRefused,
    /// Refused because the sender may not send to the recipient's country; nothing more goes there.
    CountryStopped,
    Rejected,
    /// Rejected because of the account or the sender. The next ones would be too, so the sender stops.
    Stopped,
    NotFound,
}

/// The gateway's calls to our webhook: the names of their parameters, in the query or the body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiptsSection {
    pub id: String,
    pub ids: Ids,
    pub status: String,
    /// Where a code may stand that tells why it was not delivered: if the table has it, it counts instead of
    /// `status`.
    pub reason: Option<String>,
    /// Unix seconds.
    pub at: Option<String>,
    pub cost: Option<String>,
    /// For gateways that put several reports into one call.
    pub records: Option<RecordsSection>,
    pub signature: SignatureSection,
    /// The body of our answer.
    #[serde(default)]
    pub acknowledgement: String,
}

/// The gateway's calls to our webhook with a guest's answer: the names of their parameters, in the query or the body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswersSection {
    pub from: String,
    pub text: String,
    /// The parameter that names the text's charset, if the gateway tells it: without one, UTF-8.
    pub charset: Option<String>,
    /// The gateway's id of the message. Without it a repeated call counts as another message.
    pub id: Option<String>,
    /// The parameter that holds `STOP` if the gateway itself took the answer for an opt-out.
    pub opt_out: Option<String>,
    pub signature: SignatureSection,
}

/// Whose ids the reports contain.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ids {
    Ours,
    Gateway,
}

/// Parameters `data[0]`, `data[1]`… each hold a report: lines of text, the first of which names its kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordsSection {
    /// `data`
    pub parameter: String,
    /// The first line of a delivery report; records of other kinds are ignored.
    pub kind: String,
    /// The names of the lines that follow.
    pub lines: Vec<String>,
}

/// How a call proves that it comes from the gateway. Placeholders in the texts are settings and the call's own
/// parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub(super) enum SignatureSection {
    /// `parameter` holds the MD5 of `text`, in hex.
    Md5 { parameter: String, text: String },
    /// Twilio's `X-Twilio-Signature`: the HMAC-SHA1 of the called URL and the form, under `token`.
    Twilio { token: String },
    /// For a gateway that signs nothing: `parameter` in the query of our URL holds `secret`.
    Secret { parameter: String, secret: String },
}

impl Section {
    pub fn read(section: &Value) -> Result<Self, String> {
        parse(&with_preset(section)?)
    }
}

/// Reads the secrets from where they are kept.
pub(super) fn read_secrets(
    sources: &BTreeMap<String, SecretSource>,
    environment: Environment<'_>,
) -> Result<BTreeMap<String, secrecy::SecretString>, Unusable> {
    let read = |(name, source): (&String, &SecretSource)| match source.read(environment) {
        Ok(secret) => Ok((name.clone(), secret)),
        Err(why) => Err(why.at(&format!("secrets.{name}"))),
    };
    sources.iter().map(read).collect()
}

fn with_preset(section: &Value) -> Result<Value, String> {
    let mut section = section.clone();
    let Some(name) = section.as_object_mut().and_then(|keys| keys.remove("preset")) else {
        return Ok(section);
    };
    let preset = PRESETS.iter().find(|(known, _)| name == *known).ok_or_else(|| {
        let known: Vec<_> = PRESETS.iter().map(|(known, _)| *known).collect();
        format!("there is no preset {name}; known are {}", known.join(", "))
    })?;
    let mut whole: Value = toml::from_str(preset.1).map_err(|e| format!("preset {name}: {e}"))?;
    overlay(&mut whole, section);
    Ok(whole)
}

/// Puts `over` on top: tables are merged key by key, everything else is replaced.
fn overlay(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                overlay(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}
