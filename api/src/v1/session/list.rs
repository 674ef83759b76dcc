//! `GET /v1/sessions`, `DELETE /v1/sessions/{id}`: where a person is logged in.

use super::Ended;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Own;
use axum::http::StatusCode;
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::{SessionId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sessions)]
pub(crate) struct List {
    /// The latest used first.
    sessions: Vec<Open>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenSession)]
struct Open {
    id: i64,
    /// As the browser named itself.
    device: String,
    /// From where they logged in.
    address: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// To the minute.
    #[schema(value_type = String, format = DateTime)]
    used_at: Timestamp,
    /// Whether it is the one that asks.
    current: bool,
}

pub(crate) async fn sessions(api: Api, own: Own<()>) -> Result<List, Problem> {
    let found = api.accounts.sessions_of(own.who.person.id, api.now()).await?;
    let sessions = found.into_iter().map(|it| Open {
        current: it.id == own.who.session,
        id: it.id.0,
        device: it.device,
        address: it.address,
        created_at: it.created_at,
        used_at: it.seen_at,
    });
    Ok(List {
        sessions: sessions.collect(),
    })
}

pub(crate) async fn end(api: Api, own: Own<(), i64>) -> Result<Ended, Problem> {
    let (person, id) = (own.who.person.id, SessionId(own.path));
    match api.accounts.end_session(person, id).await? {
        true => Ok(Ended { ended: true }),
        false => {
            let (what, id) = (Term("session"), id.to_string());
            Err(Problem::new(StatusCode::NOT_FOUND, Why::NotHere { what, id }))
        }
    }
}
