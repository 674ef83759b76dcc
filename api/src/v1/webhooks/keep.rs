//! `GET /v1/webhooks`, `DELETE /v1/webhooks/{id}` and `POST /v1/webhooks/{id}/switch`.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::settings::who;
use axum::http::StatusCode;
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{OrgId, Timestamp, WebhookId};
use bellhop_store::webhooks;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct Webhook {
    id: i64,
    name: String,
    url: String,
    #[schema(schema_with = shape::webhook_kinds)]
    kinds: BTreeSet<WebhookKind>,
    enabled: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until then the secret before this one signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    old_secret_until: Option<Timestamp>,
    /// Deliveries that wait.
    waiting: u64,
    /// Deliveries that were tried for a day in vain.
    dead: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhooks)]
pub(crate) struct Webhooks {
    webhooks: Vec<Webhook>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = WebhookSwitch)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// Off, it is told of nothing that happens meanwhile, and what waits goes on waiting.
    enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedWebhook)]
pub(crate) struct Removed {
    /// The webhook that is not there any more.
    removed: i64,
}

impl From<webhooks::Webhook> for Webhook {
    fn from(it: webhooks::Webhook) -> Self {
        Self {
            id: it.id.0,
            name: it.name,
            url: it.url,
            kinds: it.kinds,
            enabled: it.enabled,
            created_at: it.created_at,
            old_secret_until: it.old_secret_until,
            waiting: it.waiting,
            dead: it.dead,
        }
    }
}

impl Webhook {
    /// A webhook of the organisation, as it is now.
    pub(super) async fn shown(api: &Api, org: OrgId, id: WebhookId) -> Result<Self, Problem> {
        let all = api.store.webhooks(org).await?;
        let found = all.into_iter().find(|it| it.id == id).map(Self::from);
        found.ok_or_else(|| {
            let (what, id) = (Term("webhook"), id.to_string());
            Problem::new(StatusCode::NOT_FOUND, Why::NotHere { what, id })
        })
    }
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Webhooks, Problem> {
    let (caller, ()) = allowed.into_parts();
    let webhooks = api.store.webhooks(caller.org).await?;
    Ok(Webhooks {
        webhooks: webhooks.into_iter().map(Webhook::from).collect(),
    })
}

pub(crate) async fn switch(api: Api, allowed: Allowed<Switch, i64>) -> Result<Webhook, Problem> {
    let (caller, id, body) = allowed.into_all();
    let (id, who) = (WebhookId(id), who(&caller));
    api.store
        .switch_webhook(caller.org, id, body.enabled, &who, api.now())
        .await?;
    Webhook::shown(&api, caller.org, id).await
}

pub(crate) async fn remove(api: Api, allowed: Allowed<(), i64>) -> Result<Removed, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let who = who(&caller);
    api.store
        .delete_webhook(caller.org, WebhookId(id), &who, api.now())
        .await?;
    Ok(Removed { removed: id })
}
