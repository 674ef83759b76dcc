//! Routes by which people come in: whoever asks is nobody yet. Their bodies are short, and have a room of their own, so
//! that strangers take none from callers with a key.

use super::keyed::{REFUSES_OF_BODY, answers, path_of, read_json};
use super::line::{Route, RoutePattern};
use super::personal::whence;
use super::reply::Reply;
use super::{Asked, OWN_BODY, Permission};
use crate::Api;
use crate::entrance::is_same_site;
use crate::problem::Problem;
use crate::shape::Shape;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::on;
use bellhop_domain::fault::Why;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// A line of the table for who is to come in.
pub struct Open {
    pub at: RoutePattern,
    /// To whom it is open; it has no default, so that one has to think about it.
    pub open_to: Permission,
    pub summary: &'static str,
    /// Refusals beyond those of every such route.
    pub refuses: &'static [(StatusCode, &'static str)],
}

/// Whoever asks. Only [`Open`] makes it.
pub struct Stranger<B, P = ()> {
    pub(crate) body: B,
    pub(crate) path: P,
    pub(crate) headers: HeaderMap,
    pub(crate) device: String,
    pub(crate) address: String,
    pub(crate) asked: Asked,
}

const BUSY: (StatusCode, &str) = (
    StatusCode::SERVICE_UNAVAILABLE,
    "The database does not answer, or there is no room: send it again later",
);
const REFUSES: [(StatusCode, &str); 2] = [(StatusCode::FORBIDDEN, "It does not come from a page of ours"), BUSY];

impl Open {
    pub(crate) fn by<P, A, F, Answering>(self, handler: F) -> Route<Api>
    where
        P: DeserializeOwned + Send + 'static,
        A: Reply,
        F: Fn(Api, Stranger<(), P>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<A, Problem>> + Send,
    {
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                let (mut parts, _) = request.into_parts();
                let path = path_of(&mut parts).await?;
                let (device, address) = whence(&parts);
                let stranger = Stranger {
                    body: (),
                    path,
                    asked: Asked::of(&parts, &[]),
                    headers: parts.headers,
                    device,
                    address,
                };
                let answer = handler(api, stranger).await?;
                Ok::<_, Problem>(answer.answered())
            }
        };
        Route {
            at: self.at,
            permission: self.open_to,
            summary: self.summary,
            body_bytes: None,
            request: None,
            parameters: Vec::new(),
            answers: answers::<A>(StatusCode::OK, [BUSY].iter().chain(self.refuses)),
            served: on(self.at.filter(), served),
        }
    }

    pub(crate) fn by_body<B, P, A, F, Answering>(self, handler: F) -> Route<Api>
    where
        B: DeserializeOwned + ToSchema + Send + 'static,
        P: DeserializeOwned + Send + 'static,
        A: Reply,
        F: Fn(Api, Stranger<B, P>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<A, Problem>> + Send,
    {
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                let (mut parts, sent) = request.into_parts();
                // A page of another site must not log its visitor in as somebody else.
                if !is_same_site(&parts.headers, &api.public_url) {
                    return Err(Problem::closing(StatusCode::FORBIDDEN, Why::RequestOfAnotherSite));
                }
                let path = path_of(&mut parts).await?;
                let (body, bytes, _room) = read_json::<B>(&api.bounded.entrance, &parts, sent, OWN_BODY).await?;
                let (device, address) = whence(&parts);
                let stranger = Stranger {
                    body,
                    path,
                    asked: Asked::of(&parts, &bytes),
                    headers: parts.headers,
                    device,
                    address,
                };
                let answer = handler(api, stranger).await?;
                Ok::<_, Problem>(answer.answered())
            }
        };
        let refuses = REFUSES.iter().chain(&REFUSES_OF_BODY).chain(self.refuses);
        Route {
            at: self.at,
            permission: self.open_to,
            summary: self.summary,
            body_bytes: Some(OWN_BODY),
            request: Some(Shape::of::<B>()),
            parameters: Vec::new(),
            answers: answers::<A>(StatusCode::OK, refuses),
            served: on(self.at.filter(), served),
        }
    }
}
