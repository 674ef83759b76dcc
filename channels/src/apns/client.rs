//! Sending: one token, a few connections, one request a message.

use super::address::{Address, Environment};
use super::config::ApnsConfig;
use super::connections::{Connection, Host};
use super::outcome::{Classification, Remedy, classify};
use super::payload;
use super::request::{Priority, headers};
use super::token::{ProviderToken, Renewal, TokenSource};
use crate::config::{self, endpoint};
use crate::http::{Answer, no_answer_to_replaceable};
use crate::{Content, Finding, OutgoingMessage, Provider};
use async_trait::async_trait;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use bytes::Bytes;
use reqwest::header::HeaderValue;
use reqwest::{Method, Request, Response, Url};
use serde_json::Value;
use std::sync::Arc;

/// One app, by one key.
pub(crate) struct Apns {
    production: Host,
    sandbox: Host,
    tokens: Arc<TokenSource>,
    topic: HeaderValue,
    priority: Priority,
    sound: Option<String>,
    findings: Vec<Finding>,
}

/// The parts of a request that stay the same when it is made again.
struct Prepared<'a> {
    message: &'a OutgoingMessage<'a>,
    host: &'a Host,
    url: Url,
    body: Bytes,
}

/// What the registry calls.
pub(crate) fn build(
    section: &Value,
    environment: config::Environment<'_>,
) -> Result<Arc<dyn Provider>, config::Unusable> {
    Ok(Arc::new(Apns::new(ApnsConfig::read(section, environment)?)?))
}

/// The connection and the token with which a message is tried again.
type Means = (Arc<Connection>, Arc<ProviderToken>);

impl Apns {
    pub(super) fn new(config: ApnsConfig) -> Result<Self, config::Unusable> {
        let host = |environment, url| Host::new(environment, url, config.connections, &config.http);
        let signs = Finding::fine(format!(
            "APNs key {} of team {} signs; Apple is asked with the first push",
            config.key_id, config.team_id
        ));
        Ok(Self {
            production: host(Environment::Production, config.production_url)?,
            sandbox: host(Environment::Sandbox, config.sandbox_url)?,
            tokens: config.tokens,
            topic: config.topic,
            priority: config.priority,
            sound: config.sound,
            findings: std::iter::once(signs).chain(config.oddities).collect(),
        })
    }

    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let send = self.prepare(message)?;
        let (now, host) = (message.now, send.host);
        let token = self.tokens.token(now)?;
        let connection = host.connection();
        let classification = self.post(&send, &connection, &token).await?;
        let (classification, token) = match self.mend(&classification, host, (&connection, &token), false, now)? {
            Some((connection, token)) => {
                let again = self.post(&send, &connection, &token).await?;
                self.mend(&again, host, (&connection, &token), true, now)?;
                (again, token)
            }
            None => (classification, token),
        };
        if matches!(classification.outcome, Outcome::Accepted { .. }) {
            host.prove();
            self.tokens.taken(&token);
        }
        Ok(classification.outcome)
    }

    fn prepare<'a>(&'a self, message: &'a OutgoingMessage<'_>) -> Result<Prepared<'a>, Outcome> {
        let Content::Push(push) = &message.content else {
            return Err(Outcome::Rejected {
                why: "APNs takes a push, not a text".to_owned(),
            });
        };
        let address = Address::read(message.address).ok_or_else(|| Outcome::RecipientGone {
            since: None,
            why: "the address is not a device token: it is not of hexadecimal digits".to_owned(),
        })?;
        let host = match address.environment {
            Environment::Production => &self.production,
            Environment::Sandbox => &self.sandbox,
        };
        let body = payload::encode(message, push, self.sound.as_deref()).map_err(|too_long| Outcome::Failed {
            why: format!(
                "too long: {} bytes with text and links, APNs takes 4096",
                too_long.bytes
            ),
        })?;
        let url = endpoint(&host.url, &format!("/3/device/{}", address.token));
        Ok(Prepared {
            message,
            host,
            url: url.map_err(|why| Outcome::Misconfigured { why })?,
            body: body.into(),
        })
    }

    async fn post(
        &self,
        send: &Prepared<'_>,
        connection: &Connection,
        token: &ProviderToken,
    ) -> Result<Classification, Outcome> {
        let mut request = Request::new(Method::POST, send.url.clone());
        *request.headers_mut() = headers(send.message, &self.topic, self.priority, &token.header);
        *request.body_mut() = Some(send.body.clone().into());
        let _first = connection.enter().await;
        // The collapse id lets a repeat replace the message.
        let sent = connection.client.execute(request).await;
        let response = sent.map_err(no_answer_to_replaceable)?;
        let apns_id = apns_id(&response);
        let answer = match Answer::read(response, send.message.now).await {
            Ok(answer) => answer,
            // A 200 from Apple has no body, so nothing is lost.
            Err(cut) if cut.status == 200 => cut,
            // It was refused, but the reason is lost.
            Err(cut) => {
                return Err(Outcome::Retry {
                    after: cut.retry_after,
                    why: format!("HTTP {}, and the reason was cut", cut.status),
                });
            }
        };
        let Host { environment, .. } = send.host;
        Ok(classify(
            &answer,
            apns_id.as_deref(),
            *environment,
            send.host.is_proven(),
        ))
    }

    /// Does what an answer requires beside its outcome. If the refused message may succeed at once with another
    /// connection or token, returns those to try with. `trial` tells that this was already such a try.
    fn mend(
        &self,
        classification: &Classification,
        host: &Host,
        (connection, token): (&Arc<Connection>, &Arc<ProviderToken>),
        trial: bool,
        now: Timestamp,
    ) -> Result<Option<Means>, Outcome> {
        match classification.remedy {
            Remedy::Nothing => Ok(None),
            Remedy::KeepToken => {
                self.tokens.freeze(now);
                Ok(None)
            }
            Remedy::Reconnect => host.reconnect(connection, now).map(|_| None),
            Remedy::RenewToken => {
                // Some of Apple's servers keep calling tokens expired on a connection that has once seen an expired
                // one.
                let may_help = connection.opened < token.minted && host.is_replaceable(connection, now);
                let Renewal::Again(token) = self.tokens.expired(token, may_help, trial, now)? else {
                    return Ok(None);
                };
                let other = host.reconnect(connection, now)?;
                Ok((!trial).then_some((other, token)))
            }
        }
    }
}

fn apns_id(response: &Response) -> Option<String> {
    response.headers().get("apns-id")?.to_str().ok().map(str::to_owned)
}

#[async_trait]
impl Provider for Apns {
    fn kind(&self) -> EndpointKind {
        EndpointKind::Apns
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    /// The key proved itself by signing when the section was read. Apple is not called: it has no request without a
    /// device token, and an invented token counts against the connection.
    async fn check(&self) -> Vec<Finding> {
        self.findings.clone()
    }
}
