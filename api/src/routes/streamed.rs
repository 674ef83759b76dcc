//! Routes whose answer is no JSON document, but a text that comes bit by bit: a stream of events, or a table.

use super::Permission;
use super::asked::{Asked, LAST_EVENT_ID};
use super::keyed::REFUSES;
use super::line::{Answer, Content, Route, RoutePattern};
use crate::Api;
use crate::auth::Pass;
use crate::problem::Problem;
use crate::server::{Lasting, Leaving};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::on;
use bellhop_domain::scope::Scope;
use bellhop_store::guests::ApiCaller;
use tokio_util::sync::CancellationToken;

/// A line of the table that asks for a key, reads no body, and answers with a text of this media type.
pub struct Streamed {
    pub at: RoutePattern,
    pub scope: Scope,
    pub summary: &'static str,
    pub kind: &'static str,
    /// Refusals beyond those of every such route.
    pub refuses: &'static [(StatusCode, &'static str)],
}

/// A caller who may, and what lets them stay. Only [`Streamed::by`] makes it.
pub struct Watcher {
    pub(crate) caller: ApiCaller,
    pub(crate) asked: Asked,
    pub(crate) pass: Pass,
    /// Ends with the connection, or with the process.
    pub(crate) leaving: CancellationToken,
    /// What the client says that it has seen.
    pub(crate) last_event: Option<String>,
}

/// The media type of server-sent events.
pub(crate) const EVENTS: &str = "text/event-stream";

impl Streamed {
    pub(crate) fn by<F, Answering>(self, handler: F) -> Route<Api>
    where
        F: Fn(Api, Watcher) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<Body, Problem>> + Send,
    {
        let (needs, kind) = (self.at.needs(self.scope), self.kind);
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                let (parts, _) = request.into_parts();
                let caller = api.caller(&parts, needs).await?;
                let leaving = parts.extensions.get::<Leaving>().cloned();
                let last_event = parts.headers.get(&LAST_EVENT_ID);
                let last_event = last_event.map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
                let watcher = Watcher {
                    caller,
                    asked: Asked::of(&parts, &[]),
                    pass: Pass::of(&parts, needs),
                    leaving: leaving.map_or_else(CancellationToken::new, |Leaving(token)| token),
                    last_event,
                };
                let body = handler(api, watcher).await?;
                Ok::<_, Problem>(answered(kind, body))
            }
        };
        Route {
            at: self.at,
            permission: Permission::Key(self.scope),
            summary: self.summary,
            body_bytes: None,
            request: None,
            parameters: Vec::new(),
            answers: answers(kind, self.refuses),
            served: on(self.at.filter(), served),
        }
    }
}

fn answered(kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if kind == EVENTS {
        // A proxy in front must not gather events until there are many.
        let name = HeaderName::from_static("x-accel-buffering");
        headers.insert(name, HeaderValue::from_static("no"));
        response.extensions_mut().insert(Lasting);
    }
    response
}

fn answers(kind: &'static str, refuses: &'static [(StatusCode, &'static str)]) -> Vec<Answer> {
    let success = Answer {
        status: StatusCode::OK,
        says: "What was asked for, as it comes",
        content: Content::Text(kind),
        tagged: false,
    };
    let refused = REFUSES.iter().chain(refuses).map(|(status, says)| Answer {
        status: *status,
        says,
        content: Content::Problem,
        tagged: false,
    });
    std::iter::once(success).chain(refused).collect()
}
