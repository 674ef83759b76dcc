//! Routes without a key: the line says to whom they are open. Their handlers never see a body, so that a stranger's
//! body is never read.

use super::Permission;
use super::line::{Answer, Content, Route, RoutePattern};
use super::personal::whence;
use crate::problem::Problem;
use crate::visitor::{Peer, Visit};
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::on;
use bellhop_domain::fault::Why;
use serde::de::DeserializeOwned;

/// A line of the table that asks for no key.
pub struct Plain {
    pub at: RoutePattern,
    /// To whom it is open; it has no default, so that one has to think about it.
    pub open_to: Permission,
    pub summary: &'static str,
    pub answers: &'static [(StatusCode, &'static str)],
}

/// A request without its body. Only [`Plain::by`] and [`Form::by`](super::Form::by) make it.
pub struct Head(Parts);

impl Head {
    pub(super) fn of(parts: Parts) -> Self {
        Self(parts)
    }

    pub(crate) fn query(&self) -> Option<&str> {
        self.0.uri.query()
    }

    pub(crate) fn path(&self) -> &str {
        self.0.uri.path()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    pub(crate) fn agent(&self) -> Option<&str> {
        self.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok())
    }

    /// How the browser names itself, and where it asks from.
    pub(crate) fn whence(&self) -> (String, String) {
        whence(&self.0)
    }

    pub(crate) fn visit(&self) -> Visit<'_> {
        Visit {
            method: &self.0.method,
            headers: &self.0.headers,
            peer: self.0.extensions.get::<Peer>().map(|Peer(address)| *address),
        }
    }

    /// What stands in the path's braces.
    pub(crate) async fn in_path<T: DeserializeOwned + Send>(&mut self) -> Result<T, Problem> {
        let read = Path::<T>::from_request_parts(&mut self.0, &()).await;
        read.map(|Path(it)| it)
            .map_err(|rejection| Problem::new(rejection.status(), Why::PathUnreadable))
    }
}

impl Plain {
    pub(crate) fn by<S, A, F, Answering>(self, handler: F) -> Route<S>
    where
        S: Clone + Send + Sync + 'static,
        A: IntoResponse,
        F: Fn(S, Head) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = A> + Send,
    {
        let served = move |State(state): State<S>, request: Request| {
            let (parts, _) = request.into_parts();
            handler(state, Head(parts))
        };
        let answers = self.answers.iter().map(|(status, says)| Answer {
            status: *status,
            says,
            content: Content::Words,
            tagged: false,
        });
        Route {
            at: self.at,
            permission: self.open_to,
            summary: self.summary,
            body_bytes: None,
            request: None,
            parameters: Vec::new(),
            answers: answers.collect(),
            served: on(self.at.filter(), served),
        }
    }
}
