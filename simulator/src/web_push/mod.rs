//! A push service by RFC 8030, 8188, 8291 and 8292, with two kinds of browsers behind it: a million whose keys are drawn from the seed, so that their messages are read here, and real ones that connect as Firefox does.

mod browsers;
mod decrypt;
mod endpoint;
mod fault;
mod request;
mod socket;
mod subscriptions;
mod vapid;

use std::sync::Arc;

use chrono::Utc;
use hyper::body::Incoming;
use hyper::header::{HOST, LOCATION};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use serde::Deserialize;

use browsers::{Browsers, Delivery};
use endpoint::Endpoint;
use request::Push;
use vapid::Verifier;

use crate::StartError;
use crate::config::WebPushConfig;
use crate::launch::Launch;
use crate::ledger::{Channel, Received};
use crate::serve::reply::{TEXT, reply};
use crate::serve::{self, Provider, Reply, Reset};
use crate::world::{Outcome, World};

pub(crate) use subscriptions::Subscriptions;

/// The body that every service must accept (RFC 8030 §7.2); this one accepts no more.
const LONGEST_BODY: usize = 4096;
/// Mozilla's longest TTL in seconds; a longer one is cut, and the reply says so (RFC 8030 §5.2).
const LONGEST_TTL: u64 = 2_592_000;

pub(crate) struct WebPush {
    world: Arc<World>,
    scheme: &'static str,
    verifier: Verifier,
    subscriptions: Subscriptions,
    browsers: Arc<Browsers>,
}

impl WebPush {
    /// Opens the push service and, if it has an address, the socket for real browsers.
    pub(crate) async fn open(
        launch: &mut Launch,
        config: Option<&WebPushConfig>,
    ) -> Result<Option<Arc<Self>>, StartError> {
        let Some(config) = config else {
            return Ok(None);
        };
        let world = launch.world();
        let service = Arc::new(Self {
            subscriptions: Subscriptions::new(world.seed),
            world,
            scheme: launch.scheme(),
            verifier: Verifier::default(),
            browsers: Arc::default(),
        });
        launch
            .http(Channel::WebPush, "web_push", config.addr, Arc::clone(&service))
            .await?;
        let root = launch
            .listeners
            .get("web_push")
            .map(|addr| format!("{}://{addr}", launch.scheme()));
        let root = root.unwrap_or_default();
        if let Some(addr) = config.browsers_addr {
            let socket = Arc::new(socket::Socket::new(Arc::clone(&service.browsers), root.clone()));
            launch
                .converse_in_clear(Channel::WebPush, "web_push_browsers", addr, socket)
                .await?;
        }
        launch.admin(subscriptions::router(Arc::clone(&service), root));
        Ok(Some(service))
    }

    pub(crate) fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    fn refuse(&self, status: StatusCode, words: &str) -> Reply {
        self.world.ledger.book(Channel::WebPush).refuse();
        reply(status, TEXT, words.to_owned())
    }

    /// Decides everything about one message; what is accepted is in the ledger before this returns.
    fn push(&self, root: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> Outcome {
        let refuse = |(status, words): (StatusCode, &str)| Outcome::at_once(self.refuse(status, words));
        let Some(endpoint) = Endpoint::parse(path) else {
            return refuse((StatusCode::NOT_FOUND, "no such subscription"));
        };
        if let Err(refusal) = self
            .verifier
            .verify(headers, root, endpoint.key(), Utc::now().timestamp())
        {
            return refuse(refusal);
        }
        let push = match Push::read(headers, body) {
            Ok(push) => push,
            Err(refusal) => return refuse(refusal),
        };
        match endpoint {
            Endpoint::Drawn { name, number, .. } => self.to_drawn(root, name, number, &push),
            Endpoint::Browser { browser, channel, .. } => self.to_browser(root, browser, channel, &push),
        }
    }

    /// A message for a browser whose keys are known here.
    fn to_drawn(&self, root: &str, name: &str, number: u64, push: &Push<'_>) -> Outcome {
        if let Some(ordered) = self.world.ordered(Channel::WebPush, name) {
            return ordered;
        }
        let shown = match self.subscriptions.read(number, push.body) {
            Ok(shown) => shown,
            // A real service cannot notice this; the guest's browser would just show nothing.
            Err(why) => return Outcome::at_once(self.refuse(StatusCode::BAD_REQUEST, &format!("unreadable: {why}"))),
        };
        let shown: Payload = serde_json::from_slice(&shown).unwrap_or_default();
        let note = &shown.notification;
        let faults = &self.world.faults().web_push;
        let identity = self.world.identity(&note.data.message_id);
        let attempt = self
            .world
            .attempt(Channel::WebPush, faults, identity, name, fault::magic);
        if attempt.is_taken() {
            self.take(identity, name, note, push);
        }
        let reply = match attempt.fault.and_then(|fault| fault::reply(fault, faults)) {
            Some(error) => {
                self.world.ledger.book(Channel::WebPush).refuse();
                error
            }
            None => created(root, &format!("{identity:016x}"), push.ttl),
        };
        attempt.outcome(faults, reply)
    }

    fn take(&self, identity: u64, recipient: &str, note: &Notification, push: &Push<'_>) {
        let detail = serde_json::json!({"ttl": push.ttl, "urgency": push.urgency, "tag": note.tag}).to_string();
        let received = Received {
            recipient,
            message_id: &note.data.message_id,
            title: &note.title,
            body: &note.body,
            link: &note.navigate,
            collapse_key: push.topic,
            detail: &detail,
        };
        self.world.take(Channel::WebPush, identity, &received, "");
    }

    /// A message for a real browser, which alone can read it.
    fn to_browser(&self, root: &str, browser: &str, channel: &str, push: &Push<'_>) -> Outcome {
        let delivery = Delivery {
            channel: channel.to_owned(),
            topic: push.topic.to_owned(),
            ttl: push.ttl,
            body: push.body.to_vec(),
        };
        let Some(version) = self.browsers.deliver(browser, delivery) else {
            return Outcome::at_once(self.refuse(StatusCode::GONE, "the browser has no such subscription any more"));
        };
        self.take(self.world.identity(&version), channel, &Notification::default(), push);
        Outcome::at_once(created(root, &version, push.ttl))
    }
}

impl Provider for WebPush {
    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        let (head, body) = request.into_parts();
        if head.method != Method::POST {
            return Ok(self.refuse(StatusCode::METHOD_NOT_ALLOWED, "a push service takes POST"));
        }
        let root = format!("{}://{}", self.scheme, authority(&head.uri, &head.headers));
        let Some(body) = serve::body(body).await.filter(|body| body.len() <= LONGEST_BODY) else {
            return Ok(self.refuse(StatusCode::PAYLOAD_TOO_LARGE, "over 4096 bytes"));
        };
        self.push(&root, head.uri.path(), &head.headers, &body).play().await
    }

    fn goaway_after(&self) -> Option<u64> {
        self.world.faults().web_push.goaway_after
    }
}

/// RFC 8030 §5: the message's own URL, and for how long it is kept.
fn created(root: &str, id: &str, ttl: u64) -> Reply {
    let mut created = reply(StatusCode::CREATED, TEXT, String::new());
    let headers = created.headers_mut();
    if let Ok(location) = format!("{root}/message/{id}").parse() {
        headers.insert(LOCATION, location);
    }
    headers.insert("ttl", ttl.min(LONGEST_TTL).into());
    created
}

fn authority<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> &'r str {
    let host = || headers.get(HOST).and_then(|host| host.to_str().ok());
    uri.authority()
        .map(|authority| authority.as_str())
        .or_else(host)
        .unwrap_or_default()
}

/// What a site's service worker reads; other fields are for the browser to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload {
    notification: Notification,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Notification {
    title: String,
    body: String,
    navigate: String,
    tag: String,
    data: Data,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    message_id: String,
}
