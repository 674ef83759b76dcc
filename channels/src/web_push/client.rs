//! Sending: one client for all push services, one encrypted request a message.

use super::config::WebPushConfig;
use super::encrypt::{Fresh, LONGEST, NoPoint, encrypt};
use super::guard::Guard;
use super::outcome::{ServiceReply, Trust, outcome, throttled};
use super::payload;
use super::services::{PushService, PushServices};
use super::subscription::{Recipient, Subscription};
use super::vapid::Signer;
use crate::config::{Environment, Unusable};
use crate::http::{Answer, Protocol, describe, no_answer_to_replaceable};
use crate::public_address::{PublicOnly, has_no_public_address};
use crate::{Content, Finding, OutgoingMessage, Provider};
use async_trait::async_trait;
use bellhop_domain::address::{self, NotAnAddress};
use bellhop_domain::fault::Why;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use futures_util::future::join_all;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Method, Request, Url};
use serde_json::Value;
use std::sync::Arc;

const TTL: HeaderName = HeaderName::from_static("ttl");
const URGENCY: HeaderName = HeaderName::from_static("urgency");
const TOPIC: HeaderName = HeaderName::from_static("topic");
/// Longer ids are cut off, because nobody uses them again.
const LONGEST_ID: usize = 200;
/// Hosts that the doctor calls; Microsoft's have no name that is known beforehand.
const DOORS: [&str; 3] = [
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
];

/// One site: a VAPID key and all subscriptions made with it.
pub(crate) struct WebPush {
    client: Client,
    guard: Guard,
    signer: Signer,
    services: PushServices,
    urgency: HeaderValue,
    key_changed: bool,
    subject: String,
}

/// What the registry calls.
pub(crate) fn build(section: &Value, environment: Environment<'_>) -> Result<Arc<dyn Provider>, Unusable> {
    Ok(Arc::new(WebPush::new(WebPushConfig::read(section, environment)?)?))
}

impl WebPush {
    fn new(config: WebPushConfig) -> Result<Self, Unusable> {
        let exempt = config.guard.test_hosts.iter().map(|test| test.host().to_owned());
        let resolver = Arc::new(PublicOnly {
            exempt: exempt.collect(),
        });
        Ok(Self {
            client: config
                .http
                .client_with(Protocol::Any, |builder| builder.dns_resolver(resolver))?,
            guard: config.guard,
            signer: Signer::new(&config.key, config.subject.clone()),
            services: PushServices::default(),
            urgency: config.urgency.header(),
            key_changed: config.key_changed,
            subject: config.subject,
        })
    }

    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let Content::WebPush(push) = &message.content else {
            return Err(Outcome::Rejected {
                why: "web push takes a notification of a site".to_owned(),
            });
        };
        let subscription = Subscription::parse(message.address).map_err(gone)?;
        let url = self
            .guard
            .admit(&subscription.endpoint)
            .map_err(|why| Outcome::Failed { why: why.to_string() })?;
        let place = url.origin().ascii_serialization();
        let service = self.services.of(&place);
        if let Some(left) = service.pause_left(message.now) {
            return Err(throttled(format!("{} accepts no messages now", host(&url)), Some(left)));
        }
        let plaintext = payload::encode(message, push).map_err(|too_long| Outcome::Failed {
            why: format!(
                "too long: {} bytes of text and links, push services take {LONGEST}",
                too_long.bytes
            ),
        })?;
        let token = service
            .token(&self.signer, &place, message.now)
            .map_err(|why| Outcome::Misconfigured { why })?;
        let body = seal(plaintext, subscription.recipient).await?;
        let request = self.request(url, &token.header, message, body);
        self.post(request, &service, message.now).await
    }

    fn request(&self, url: Url, token: &HeaderValue, message: &OutgoingMessage<'_>, body: Vec<u8>) -> Request {
        let mut request = Request::new(Method::POST, url);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, token.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("aes128gcm"));
        headers.insert(TTL, HeaderValue::from(payload::time_to_live(message)));
        headers.insert(URGENCY, self.urgency.clone());
        if let Ok(topic) = HeaderValue::from_str(&payload::topic(message.collapse_key)) {
            headers.insert(TOPIC, topic);
        }
        *request.body_mut() = Some(body.into());
        request
    }

    async fn post(&self, request: Request, service: &PushService, now: Timestamp) -> Result<Outcome, Outcome> {
        let response = self.client.execute(request).await.map_err(no_answer)?;
        let id = message_id(response.headers());
        // The status alone says what became of it, even if the rest is cut off.
        let answer = Answer::read(response, now).await.unwrap_or_else(|cut| cut);
        Ok(self.judge(&answer, id, service, now))
    }

    fn judge(&self, answer: &Answer, id: Option<String>, service: &PushService, now: Timestamp) -> Outcome {
        let reply = ServiceReply::of(answer);
        let wait = reply.meaning.wait(answer.retry_after).unwrap_or_default();
        let history = service.note(reply.meaning, wait, now);
        let key = if self.key_changed { Trust::Proven } else { history.key() };
        match outcome(reply, answer.retry_after, key, history.content_passes()) {
            Outcome::Accepted { .. } => Outcome::Accepted {
                provider_id: id,
                cost: None,
                parts: None,
            },
            other => other,
        }
    }

    /// Whether a host answers at all, whatever it says.
    async fn reach(&self, url: Url) -> Finding {
        let name = host(&url).to_owned();
        match self.client.get(url).send().await {
            Ok(_) => Finding::fine(format!("web push: {name} answers")),
            Err(error) => Finding::warning(
                format!("web push: {name} does not answer: {}", describe(error)),
                "check the network and DNS of this machine; guests of this browser get nothing until then",
            ),
        }
    }

    /// A URL to call on each host that this sender may call.
    fn doors(&self) -> Vec<Url> {
        let known = DOORS.iter().filter(|door| {
            let suffix = |host: &String| door.strip_suffix(host.as_str()).is_some();
            self.guard.hosts.iter().any(suffix)
        });
        known
            .filter_map(|door| Url::parse(&format!("https://{door}/")).ok())
            .collect()
    }
}

/// Encrypts in a task of its own; a message takes 0.1 ms of a core. The worker polls all sends of a batch from a
/// single task, which would keep the encryption of all of them on one core.
async fn seal(plaintext: Vec<u8>, recipient: Recipient) -> Result<Vec<u8>, Outcome> {
    let sealed = tokio::spawn(async move {
        let fresh = Fresh::draw().map_err(|_| None)?;
        encrypt(&plaintext, &recipient, &fresh).map_err(|NoPoint| Some(NoPoint))
    });
    match sealed.await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(Some(NoPoint))) => Err(gone("p256dh of the subscription is no point of P-256".to_owned())),
        Ok(Err(None)) | Err(_) => Err(Outcome::Retry {
            after: None,
            why: "the message could not be encrypted".to_owned(),
        }),
    }
}

/// The encrypted body of a message to a subscription (an endpoint's address), made exactly as a send makes it. For
/// benches, which measure encryption alone.
///
/// # Errors
/// Why there is no body.
pub async fn web_push_body(plaintext: Vec<u8>, subscription: &str) -> Result<Vec<u8>, String> {
    let recipient = Subscription::parse(subscription)?.recipient;
    seal(plaintext, recipient)
        .await
        .map_err(|_| "the message could not be encrypted for the subscription".to_owned())
}

fn gone(why: String) -> Outcome {
    Outcome::RecipientGone { since: None, why }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

/// The topic and the tag let a repeat replace the message.
fn no_answer(error: reqwest::Error) -> Outcome {
    if has_no_public_address(&error) {
        return Outcome::Misconfigured {
            why: format!("{}; check this machine's DNS", describe(error)),
        };
    }
    no_answer_to_replaceable(error)
}

/// The last part of the message's URL, or Apple's `apns-id`.
fn message_id(headers: &HeaderMap) -> Option<String> {
    let value = headers
        .get("apns-id")
        .or_else(|| headers.get(LOCATION))?
        .to_str()
        .ok()?;
    let id = value.rsplit('/').next().filter(|id| !id.is_empty())?;
    Some(id[..id.floor_char_boundary(LONGEST_ID)].to_owned())
}

#[async_trait]
impl Provider for WebPush {
    fn kind(&self) -> EndpointKind {
        EndpointKind::WebPush
    }

    fn serves(&self, address: &str) -> Result<(), Why> {
        let NotAnAddress(why) = match address::Subscription::parse(address) {
            Ok(subscription) => {
                let admitted = self.guard.admit(&subscription.endpoint).map(drop);
                return admitted.map_err(|why| Why::AddressUnserved { reason: why.into() });
            }
            Err(unreadable) => unreadable,
        };
        Err(why)
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    /// Shows the public key, which must be the site's, and checks that the push services answer.
    async fn check(&self) -> Vec<Finding> {
        let mut findings = vec![Finding::fine(format!(
            "web push: the site's applicationServerKey is {}, the contact {}",
            self.signer.public(),
            self.subject
        ))];
        if !self.guard.test_hosts.is_empty() {
            findings.push(Finding::warning(
                "web push: test_hosts lets subscriptions lead into private networks",
                "remove test_hosts where guests can subscribe",
            ));
        }
        findings.extend(join_all(self.doors().into_iter().map(|door| self.reach(door))).await);
        findings
    }
}
