//! `POST /v1/webhooks` and `/v1/webhooks/{id}/rotate`: what shows a secret, once.

use super::keep::Webhook;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::settings::who;
use crate::v1::text::name;
use crate::{Api, Desk};
use axum::http::StatusCode;
use bellhop_channels::outgoing_webhook::{UnfitUrl, new_secret};
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{OrgId, Timestamp, WebhookId};
use bellhop_settings::sealed::{open_webhook, seal_webhook};
use bellhop_store::webhooks::NewWebhook;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;
use utoipa::ToSchema;

/// The most characters of a name.
const NAME_CHARS: usize = 100;
/// For how many hours the old secret may sign beside the new one.
const MOST_HOURS: u32 = 24 * 30;
const HOURS: u32 = 24;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewWebhook)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    /// Its host if absent.
    name: Option<String>,
    /// `https:`, and on the public Internet.
    url: String,
    /// What it is told of.
    #[schema(schema_with = shape::webhook_kinds)]
    kinds: BTreeSet<WebhookKind>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedWebhook)]
pub(crate) struct Created {
    #[serde(flatten)]
    webhook: Webhook,
    /// By which each call is signed (Standard Webhooks). It is shown here only.
    secret: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = WebhookRotation)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// For how many hours the old secret signs beside the new one, at most 720; 24 if absent.
    #[serde(default = "a_day")]
    hours: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotatedWebhook)]
pub(crate) struct Rotated {
    id: i64,
    /// The new one. It is shown here only.
    secret: String,
    #[schema(value_type = String, format = DateTime)]
    old_secret_until: Timestamp,
}

const fn a_day() -> u32 {
    HOURS
}

pub(crate) async fn post(api: Api, allowed: Allowed<New>) -> Result<Created, Problem> {
    let (caller, (), body, asked) = allowed.into_asked();
    let key = asked.keyed()?;
    let once = key.as_ref().map(|key| key.once());
    let New { name: told, url, kinds } = body;
    let faults = |fault: Fault| Problem::unprocessable(vec![fault]);
    let url = api
        .webhook_caller
        .admit(&url)
        .map_err(|why| faults(unfit(why).at("url")))?;
    let named = name(told).map_err(|why| faults(why.at("name")))?;
    let named = named.unwrap_or_else(|| url.host_str().unwrap_or_default().to_owned());
    if named.chars().count() > NAME_CHARS {
        return Err(faults(Why::WebhookNameUnfit { most: NAME_CHARS }.at("name")));
    }
    if kinds.is_empty() {
        let known = WebhookKind::ALL.map(WebhookKind::name).join(", ");
        return Err(faults(Why::WebhookOfNoKind { known }.at("kinds")));
    }
    let organisation = api.organisations.organisation_by_id(caller.org).await?.slug;
    let (_, sealed) = drawn(&api.desk, &organisation)?;
    let new = NewWebhook {
        name: &named,
        url: url.as_str(),
        kinds: &kinds,
        secret: &sealed,
    };
    let who = who(&caller);
    let id = (api.store)
        .create_webhook(caller.org, &new, once.as_ref(), &who, api.now())
        .await?;
    Ok(Created {
        webhook: Webhook::shown(&api, caller.org, id).await?,
        // As it is kept, because a repeat of the request has drawn another one.
        secret: kept(&api, caller.org, &organisation, id).await?,
    })
}

pub(crate) async fn rotate(api: Api, allowed: Allowed<Rotation, i64>) -> Result<Rotated, Problem> {
    let (caller, id, Rotation { hours }) = allowed.into_all();
    if hours > MOST_HOURS {
        let (least, most) = (0, u64::from(MOST_HOURS));
        return Err(Problem::unprocessable(vec![
            Why::NumberUnfit { least, most }.at("hours"),
        ]));
    }
    let organisation = api.organisations.organisation_by_id(caller.org).await?.slug;
    let (secret, sealed) = drawn(&api.desk, &organisation)?;
    let (now, who) = (api.now(), who(&caller));
    let until = now.plus(Duration::from_secs(u64::from(hours) * 3_600));
    (api.store)
        .rotate_webhook(caller.org, WebhookId(id), &sealed, until, &who, now)
        .await?;
    Ok(Rotated {
        id,
        secret: secret.expose_secret().to_owned(),
        old_secret_until: until,
    })
}

/// A new secret, and its seal.
fn drawn(desk: &Desk, organisation: &str) -> Result<(SecretString, String), Problem> {
    let secret = new_secret((desk.randomness)());
    let sealed = seal_webhook(&desk.keys, organisation, &secret, (desk.nonce)());
    let sealed = sealed.map_err(|_| Problem::new(StatusCode::CONFLICT, Why::WebhookUnsealed))?;
    Ok((secret, sealed))
}

async fn kept(api: &Api, org: OrgId, organisation: &str, id: WebhookId) -> Result<String, Problem> {
    let sealed = api.store.webhook_secret(org, id).await?;
    let secret = open_webhook(&api.desk.keys, organisation, &sealed);
    let secret = secret.map_err(|_| Problem::new(StatusCode::CONFLICT, Why::WebhookUnsealed))?;
    Ok(secret.expose_secret().to_owned())
}

fn unfit(why: UnfitUrl) -> Why {
    match why {
        UnfitUrl::NotAUrl => Why::CalledUrlUnreadable,
        UnfitUrl::Unencrypted(scheme) => Why::CalledUrlUnencrypted { scheme },
        UnfitUrl::NamesUser => Why::CalledUrlNamesUser,
        UnfitUrl::Private(host) => Why::CalledUrlPrivate { host },
    }
}
