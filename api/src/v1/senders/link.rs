//! `GET /v1/senders/{sender}/link`: how a number is connected, and the code that links its phone.

use super::test::Found;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::has_sender;
use axum::http::StatusCode;
use bellhop_channels::{Finding, Severity};
use bellhop_domain::fault::{Term, Why};
use serde::Serialize;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SenderLink)]
pub(crate) struct Linked {
    /// Whether its provider finds nothing wrong with it.
    works: bool,
    /// What the provider says of it now.
    findings: Vec<Found>,
    /// The code that a phone scans; absent unless the number waits for its phone. It lives for seconds: ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkCode)]
struct Code {
    /// Like `image/png`.
    mime: String,
    /// In base64.
    data: String,
}

pub(crate) async fn link(api: Api, allowed: Allowed<(), String>) -> Result<Linked, Problem> {
    let (caller, sender, ()) = allowed.into_all();
    has_sender(&api, &caller, &sender).await?;
    let by = api.live.now();
    let Some(found) = by.in_force.senders.named(caller.org, &sender) else {
        let (what, id) = (Term("sender"), sender);
        return Err(Problem::new(StatusCode::NOT_FOUND, Why::NotHere { what, id }));
    };
    let silent = |_| {
        let mend = "check the network between here and the provider";
        vec![Finding::error("no answer within 10 s", mend)]
    };
    let findings = timeout(PATIENCE, found.provider.check()).await.unwrap_or_else(silent);
    let works = findings.iter().all(|it| it.severity != Severity::Error);
    let code = match works {
        true => None,
        false => timeout(PATIENCE, found.provider.link_code()).await.ok().flatten(),
    };
    Ok(Linked {
        works,
        findings: findings.into_iter().map(Found::from).collect(),
        code: code.map(|it| Code {
            mime: it.mime,
            data: it.data,
        }),
    })
}
