//! Firebase Cloud Messaging, HTTP v1: the token endpoint and the send endpoint.

mod account;
mod fault;
mod message;
mod replies;
mod validate;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use chrono::Utc;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HOST};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};

use account::{Account, Denied};
use message::SendRequest;
use replies::Refusal;

use crate::StartError;
use crate::config::FcmConfig;
use crate::launch::Launch;
use crate::ledger::{Channel, Received};
use crate::serve::reply::html;
use crate::serve::{self, Provider, Reply, Reset};
use crate::world::{Outcome, World};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

pub(crate) struct Fcm {
    world: Arc<World>,
    account: Account,
    scheme: &'static str,
}

impl Provider for Fcm {
    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        let (head, body) = request.into_parts();
        if head.method != Method::POST {
            return Ok(not_found());
        }
        let path = head.uri.path();
        if path == "/token" || path.starts_with("/token/") {
            if let Some(ordered) = self.world.ordered(Channel::Push, path) {
                return ordered.play().await;
            }
            let own_uri = self.token_uri(authority(&head.uri, &head.headers));
            let body = serve::body(body).await.unwrap_or_default();
            return Ok(self.token(&body, &own_uri));
        }
        let Some(project) = project(path) else {
            return Ok(not_found());
        };
        if let Some(refusal) = self.unauthorized(&head.headers, project) {
            return Ok(self.refuse(refusal));
        }
        let Some(body) = serve::body(body).await else {
            return Ok(self.refuse(Refusal::malformed("Request payload size exceeds the limit")));
        };
        self.send(project, &body).play().await
    }

    fn goaway_after(&self) -> Option<u64> {
        self.world.faults().push.goaway_after
    }
}

impl Fcm {
    /// Opens FCM.
    pub(crate) async fn open(
        launch: &mut Launch,
        addr: SocketAddr,
        config: &FcmConfig,
    ) -> Result<Arc<Self>, StartError> {
        let world = launch.world();
        let fcm = Arc::new(Self {
            account: Account::new(config, world.seed)?,
            world,
            scheme: launch.scheme(),
        });
        launch.http(Channel::Push, "fcm", addr, Arc::clone(&fcm)).await?;
        Ok(fcm)
    }

    /// The service-account file of this project, good for a simulator at `authority`.
    pub(crate) fn service_account_json(&self, authority: &str) -> Option<String> {
        self.account.service_account_json(&self.token_uri(authority))
    }

    fn token_uri(&self, authority: &str) -> String {
        format!("{}://{authority}/token", self.scheme)
    }

    fn token(&self, body: &[u8], own_uri: &str) -> Reply {
        self.world.ledger.note_token_fetch();
        let field = |wanted: &str| {
            form_urlencoded::parse(body)
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value)
                .unwrap_or_default()
        };
        if field("grant_type") != GRANT_TYPE {
            let description = format!("Invalid grant_type: {}", field("grant_type"));
            return replies::denied(&Denied {
                error: "unsupported_grant_type",
                description,
            });
        }
        match self.account.exchange(&field("assertion"), own_uri, Utc::now()) {
            Ok(token) => replies::access_token(&token, self.account.lifetime_s()),
            Err(denied) => replies::denied(&denied),
        }
    }

    fn unauthorized(&self, headers: &HeaderMap, project: &str) -> Option<Refusal> {
        let credentials = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = credentials
            .and_then(|credentials| credentials.strip_prefix("Bearer "))
            .unwrap_or_default();
        if !self.account.accepts(token, Utc::now()) {
            return Some(fault::unauthenticated());
        }
        (!self.account.owns(project)).then(|| {
            let message = format!("Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/{project}' (or it may not exist).");
            Refusal::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message)
        })
    }

    fn refuse(&self, refusal: Refusal) -> Reply {
        self.world.ledger.book(Channel::Push).refuse();
        refusal.into_reply()
    }

    /// Decides everything about one send; what is accepted is in the ledger before this returns.
    fn send(&self, project: &str, body: &Bytes) -> Outcome {
        let request: SendRequest<'_> = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                let description = format!("Invalid JSON payload received. {error}");
                return Outcome::at_once(self.refuse(Refusal::malformed(&description).violation("", &description)));
            }
        };
        let message = &request.message;
        let recipient = match validate::recipient(message) {
            Ok(recipient) => recipient,
            Err(refusal) => return Outcome::at_once(self.refuse(refusal)),
        };
        if let Some(ordered) = self.world.ordered(Channel::Push, recipient) {
            return ordered;
        }
        if request.validate_only {
            return Outcome::at_once(replies::accepted(project, "fake_message_id"));
        }
        let faults = &self.world.faults().push;
        let identity = self.world.identity(&message.data.message_id);
        let attempt = self
            .world
            .attempt(Channel::Push, faults, identity, recipient, fault::magic);
        if attempt.is_taken() {
            self.world.take(
                Channel::Push,
                identity,
                &received(message, recipient),
                &message.data.customer_id,
            );
        }
        let reply = match attempt.fault.and_then(|fault| fault::reply(fault, faults, project)) {
            Some(error) => {
                self.world.ledger.book(Channel::Push).refuse();
                error
            }
            None => replies::accepted(project, &format!("0:{}%{identity:016x}", Utc::now().timestamp_micros())),
        };
        attempt.outcome(faults, reply)
    }
}

fn received<'m>(message: &'m message::Message<'_>, recipient: &'m str) -> Received<'m> {
    let first = |texts: [&'m str; 3]| texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    Received {
        recipient,
        message_id: &message.data.message_id,
        title: &message.notification.title.0,
        body: &message.notification.body.0,
        link: first([&message.data.link, &message.webpush.fcm_options.link.0, ""]),
        collapse_key: first([
            &message.android.collapse_key.0,
            &message.android.notification.tag.0,
            &message.apns.headers.collapse_id,
        ]),
        detail: "",
    }
}

/// The project of `/v1/projects/{project}/messages:send`.
fn project(path: &str) -> Option<&str> {
    let project = path.strip_prefix("/v1/projects/")?.strip_suffix("/messages:send")?;
    (!project.is_empty() && !project.contains('/')).then_some(project)
}

fn authority<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> &'r str {
    let host = || headers.get(HOST).and_then(|host| host.to_str().ok());
    uri.authority()
        .map(|authority| authority.as_str())
        .or_else(host)
        .unwrap_or_default()
}

/// Google answers an unknown path, including the removed `/fcm/send` and `/batch`, with a page.
fn not_found() -> Reply {
    html(StatusCode::NOT_FOUND, "The requested URL was not found on this server.")
}
