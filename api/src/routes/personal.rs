//! Routes of people about themselves: their session is asked for, and no right beside it. No key opens them.

use super::keyed::{REFUSES_OF_BODY, answers, path_of, read_json};
use super::line::{Route, RoutePattern};
use super::reply::Reply;
use super::{OWN_BODY, Permission};
use crate::Api;
use crate::problem::Problem;
use crate::shape::Shape;
use crate::visitor::{Peer, address_of};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::on;
use bellhop_store::accounts::LoggedIn;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// A line of the table that asks for a person.
pub struct Personal {
    pub at: RoutePattern,
    pub summary: &'static str,
    /// Refusals beyond those of every such route.
    pub refuses: &'static [(StatusCode, &'static str)],
}

/// Somebody who is logged in, and what they ask of their own. Only [`Personal`] makes it.
pub struct Own<B, P = ()> {
    pub(crate) who: LoggedIn,
    /// Of their session.
    pub(crate) token: SecretString,
    pub(crate) body: B,
    pub(crate) path: P,
    pub(crate) headers: HeaderMap,
    pub(crate) device: String,
    pub(crate) address: String,
}

const REFUSES: [(StatusCode, &str); 3] = [
    (StatusCode::UNAUTHORIZED, "Nobody is logged in"),
    (
        StatusCode::FORBIDDEN,
        "It does not come from a page of ours, or lacks its token",
    ),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "The database does not answer, or there is no room: send it again later",
    ),
];

impl Personal {
    pub(crate) fn by<P, A, F, Answering>(self, handler: F) -> Route<Api>
    where
        P: DeserializeOwned + Send + 'static,
        A: Reply,
        F: Fn(Api, Own<(), P>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<A, Problem>> + Send,
    {
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                let (mut parts, _) = request.into_parts();
                let own = own(&api, &mut parts).await?;
                let answer = handler(api, own).await?;
                Ok::<_, Problem>(answer.answered())
            }
        };
        let refuses = REFUSES.iter().chain(self.refuses);
        Route {
            at: self.at,
            permission: Permission::Person,
            summary: self.summary,
            body_bytes: None,
            request: None,
            parameters: Vec::new(),
            answers: answers::<A>(StatusCode::OK, refuses),
            served: on(self.at.filter(), served),
        }
    }

    pub(crate) fn by_body<B, P, A, F, Answering>(self, handler: F) -> Route<Api>
    where
        B: DeserializeOwned + ToSchema + Send + 'static,
        P: DeserializeOwned + Send + 'static,
        A: Reply,
        F: Fn(Api, Own<B, P>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<A, Problem>> + Send,
    {
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                let (mut parts, sent) = request.into_parts();
                let own = own::<P>(&api, &mut parts).await?;
                let (body, _, _room) = read_json::<B>(&api.bounded.keyed, &parts, sent, OWN_BODY).await?;
                let own = Own {
                    who: own.who,
                    token: own.token,
                    body,
                    path: own.path,
                    headers: own.headers,
                    device: own.device,
                    address: own.address,
                };
                let answer = handler(api, own).await?;
                Ok::<_, Problem>(answer.answered())
            }
        };
        let refuses = REFUSES.iter().chain(&REFUSES_OF_BODY).chain(self.refuses);
        Route {
            at: self.at,
            permission: Permission::Person,
            summary: self.summary,
            body_bytes: Some(OWN_BODY),
            request: Some(Shape::of::<B>()),
            parameters: Vec::new(),
            answers: answers::<A>(StatusCode::OK, refuses),
            served: on(self.at.filter(), served),
        }
    }
}

async fn own<P: DeserializeOwned + Send>(api: &Api, parts: &mut Parts) -> Result<Own<(), P>, Problem> {
    let (who, token) = api.logged_in(parts).await?;
    let path = path_of(parts).await?;
    let (device, address) = whence(parts);
    Ok(Own {
        who,
        token,
        body: (),
        path,
        headers: parts.headers.clone(),
        device,
        address,
    })
}

/// How the browser names itself, and where it asks from.
pub(super) fn whence(parts: &Parts) -> (String, String) {
    const DEVICE: usize = 200;
    let agent = parts.headers.get(axum::http::header::USER_AGENT);
    let agent = agent.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let device = agent.chars().filter(|c| !c.is_control()).take(DEVICE).collect();
    let peer = parts.extensions.get::<Peer>().map(|Peer(address)| *address);
    let address = address_of(peer, &parts.headers);
    (device, address.map(|it| it.to_string()).unwrap_or_default())
}
