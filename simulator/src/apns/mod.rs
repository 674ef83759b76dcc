//! Apple Push Notification service: `/3/device/<token>` of the production host and of the sandbox (PROVIDERS §2).

mod account;
pub(crate) mod fault;
mod replies;
mod request;

use std::sync::Arc;

use chrono::Utc;
use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::{HeaderMap, Method, Request, StatusCode, Version};
use serde_json::json;

use account::Account;
use replies::{accepted, refusal};
use request::{Headers, Payload};

use crate::StartError;
use crate::config::ApnsConfig;
use crate::draw::Draw;
use crate::faults::ResetScope;
use crate::launch::Launch;
use crate::ledger::{Channel, Received};
use crate::serve::{self, Provider, Reply, Reset};
use crate::world::{Outcome, World};

/// The beginning of tokens of apps that were signed for development. Apple's tokens do not show this; the simulator's
/// do, so that each host can refuse the other's.
pub(crate) const SANDBOX_TOKENS: &str = "de7e10";

/// The service behind both hosts.
pub(crate) struct Apns {
    world: Arc<World>,
    account: Account,
    topics: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Environment {
    Production,
    Sandbox,
}

/// One of the hosts.
struct Host {
    apns: Arc<Apns>,
    environment: Environment,
}

impl Apns {
    /// Opens both hosts.
    pub(crate) async fn open(launch: &mut Launch, config: &ApnsConfig) -> Result<Arc<Self>, StartError> {
        let apns = Arc::new(Self {
            world: launch.world(),
            account: Account::new(config)?,
            topics: config.topics.clone(),
        });
        for (name, addr, environment) in [
            ("apns", config.addr, Environment::Production),
            ("apns_sandbox", config.sandbox_addr, Environment::Sandbox),
        ] {
            let host = Host {
                apns: Arc::clone(&apns),
                environment,
            };
            launch.http(Channel::Apns, name, addr, Arc::new(host)).await?;
        }
        Ok(apns)
    }

    /// The key to sign with, as Apple's `.p8` file; `None` if only its public half is known.
    pub(crate) fn private_key_pem(&self) -> Option<&str> {
        self.account.private_key_pem()
    }

    /// How many different provider tokens were accepted.
    pub(crate) fn provider_tokens(&self) -> usize {
        self.account.tokens_taken()
    }
}

impl Provider for Host {
    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        let (head, body) = request.into_parts();
        if head.version != Version::HTTP_2 {
            return Err(Reset(ResetScope::Connection));
        }
        let id = self.message_id(&head.headers);
        if head.method != Method::POST {
            return Ok(self.refuse(&id, StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"));
        }
        let Some(token) = head.uri.path().strip_prefix("/3/device/") else {
            return Ok(self.refuse(&id, StatusCode::NOT_FOUND, "BadPath"));
        };
        let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Err((status, reason)) = self.apns.account.check(authorization, Utc::now()) {
            return Ok(self.refuse(&id, status, reason));
        }
        let body = serve::body(body).await.unwrap_or_default();
        self.send(&head.headers, &id, token, &body).play().await
    }

    fn goaway_after(&self) -> Option<u64> {
        self.apns.world.faults().apns.goaway_after
    }
}

impl Host {
    fn refuse(&self, id: &str, status: StatusCode, reason: &str) -> Reply {
        self.apns.world.ledger.book(Channel::Apns).refuse();
        refusal(id, status, reason)
    }

    /// The caller's `apns-id`, or one of Apple's own.
    fn message_id(&self, headers: &HeaderMap) -> String {
        let given = headers.get("apns-id").and_then(|id| id.to_str().ok());
        given.map(str::to_owned).unwrap_or_else(|| {
            let mut draw = Draw::new(self.apns.world.seed, "apns-id", self.apns.world.identity(""), 0);
            request::uuid(draw.next(), draw.next())
        })
    }

    /// Decides everything about one send; what is accepted is in the ledger before this returns.
    fn send(&self, headers: &HeaderMap, id: &str, token: &str, body: &[u8]) -> Outcome {
        let read = Headers::read(headers, &self.apns.topics)
            .and_then(|headers| self.token(token).map(|()| headers))
            .and_then(|headers| Payload::read(body, headers.push_type).map(|payload| (headers, payload)));
        let (headers, payload) = match read {
            Ok(read) => read,
            Err((status, reason)) => return Outcome::at_once(self.refuse(id, status, reason)),
        };
        let world = &self.apns.world;
        if let Some(ordered) = world.ordered(Channel::Apns, token) {
            return ordered;
        }
        let faults = &world.faults().apns;
        let message_id = if payload.message_id.is_empty() {
            id
        } else {
            payload.message_id.as_str()
        };
        let identity = world.identity(message_id);
        let attempt = world.attempt(Channel::Apns, faults, identity, token, fault::magic);
        if attempt.is_taken() {
            let address = self.address(token);
            let detail = self.detail(&headers, id);
            let received = Received {
                recipient: &address,
                message_id,
                title: &payload.title,
                body: &payload.body,
                link: &payload.link,
                collapse_key: headers.collapse_id,
                detail: &detail,
            };
            world.take(Channel::Apns, identity, &received, &payload.customer_id);
        }
        let reply = match attempt.fault.and_then(|fault| fault::reply(fault, faults, id)) {
            Some(error) => {
                world.ledger.book(Channel::Apns).refuse();
                error
            }
            None => accepted(id),
        };
        attempt.outcome(faults, reply)
    }

    /// Checks that the token has the form of a token and belongs to this host.
    fn token(&self, token: &str) -> Result<(), replies::Refused> {
        if token.is_empty() {
            return Err((StatusCode::BAD_REQUEST, "MissingDeviceToken"));
        }
        let hexadecimal = token.len().is_multiple_of(2) && token.bytes().all(|c| c.is_ascii_hexdigit());
        let sandbox = token.starts_with(SANDBOX_TOKENS);
        if hexadecimal && sandbox == (self.environment == Environment::Sandbox) {
            return Ok(());
        }
        Err((StatusCode::BAD_REQUEST, "BadDeviceToken"))
    }

    /// The recipient in the ledger: tokens of the sandbox with `sandbox:` before them.
    fn address(&self, token: &str) -> String {
        match self.environment {
            Environment::Production => token.to_owned(),
            Environment::Sandbox => format!("sandbox:{token}"),
        }
    }

    fn detail(&self, headers: &Headers<'_>, id: &str) -> String {
        json!({
            "apns_id": id,
            "topic": headers.topic,
            "push_type": headers.push_type,
            "priority": headers.priority,
            "expiration": headers.expiration,
        })
        .to_string()
    }
}
