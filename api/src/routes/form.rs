//! Routes of pages that guests send back: a link instead of a key, and a form of bounded length as the body. The body is read by
//! the handler, after it has seen whose link it is.

use super::Permission;
use super::line::{Answer, Content, Route, RoutePattern};
use super::plain::Head;
use crate::Api;
use crate::room::{Taken, Unread};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::on;

/// A line of the table that takes a guest's form.
pub struct Form {
    pub at: RoutePattern,
    pub summary: &'static str,
    /// The longest body.
    pub body_bytes: usize,
    pub answers: &'static [(StatusCode, &'static str)],
}

/// A form whose body has not been read. Only [`Form::by`] makes it.
pub struct Sent {
    head: Head,
    body: Body,
    most: usize,
}

impl Sent {
    pub(crate) fn into_head(self) -> (Head, Unopened) {
        let content_type = self.head.headers().get(header::CONTENT_TYPE);
        let unopened = Unopened {
            content_type: content_type
                .and_then(|it| it.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            headers: self.head.headers().clone(),
            body: self.body,
            most: self.most,
        };
        (self.head, unopened)
    }
}

/// The body.
pub(crate) struct Unopened {
    pub content_type: String,
    headers: axum::http::HeaderMap,
    body: Body,
    most: usize,
}

impl Unopened {
    pub async fn read(self, api: &Api) -> Result<(Bytes, Taken), Unread> {
        api.bounded.forms.read(&self.headers, self.body, self.most).await
    }
}

impl Form {
    pub(crate) fn by<F, Answering>(self, handler: F) -> Route<Api>
    where
        F: Fn(Api, Sent) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Response> + Send,
    {
        let most = self.body_bytes;
        let served = move |State(api): State<Api>, request: Request| {
            let (parts, body) = request.into_parts();
            let sent = Sent {
                head: Head::of(parts),
                body,
                most,
            };
            handler(api, sent)
        };
        let answers = self.answers.iter().map(|(status, says)| Answer {
            status: *status,
            says,
            content: Content::Words,
            tagged: false,
        });
        Route {
            at: self.at,
            permission: Permission::Address,
            summary: self.summary,
            body_bytes: Some(most),
            request: None,
            parameters: Vec::new(),
            answers: answers.collect(),
            served: on(self.at.filter(), served),
        }
    }
}
