//! Answers that are files, sent as they are read or made.

use super::Permission;
use super::asked::Asked;
use super::keyed::{Allowed, Bodiless, Keyed, REFUSES, REFUSES_OF_BODY, admit, known};
use super::line::{Answer, Content, Route};
use crate::Api;
use crate::problem::Problem;
use crate::shape::Shape;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use futures_util::{Stream, stream};
use serde::de::DeserializeOwned;
use std::io;
use std::path::Path;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;

/// So much is read at once.
const READ: usize = 1 << 16;

/// A file on its way out. No cache keeps it, and no browser shows it.
pub(crate) struct Download {
    name: String,
    kind: &'static str,
    /// If it is known.
    length: Option<u64>,
    body: Body,
}

impl Download {
    /// What is made while it is sent. The name is of ours alone: letters, digits, points and dashes.
    pub fn of_stream(
        name: String,
        kind: &'static str,
        bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Self {
        Self {
            name,
            kind,
            length: None,
            body: Body::from_stream(bytes),
        }
    }

    /// A file of the folder.
    pub async fn of_file(name: String, kind: &'static str, path: &Path) -> io::Result<Self> {
        let file = File::open(path).await?;
        let length = file.metadata().await?.len();
        let read = stream::try_unfold(file, |mut file| async move {
            let mut piece = vec![0; READ];
            let read = file.read(&mut piece).await?;
            piece.truncate(read);
            io::Result::Ok((read > 0).then(|| (Bytes::from(piece), file)))
        });
        Ok(Self {
            length: Some(length),
            ..Self::of_stream(name, kind, read)
        })
    }
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let mut response = self.body.into_response();
        let headers = response.headers_mut();
        let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.name));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.extend(disposition.map(|it| (header::CONTENT_DISPOSITION, it)));
        headers.extend(self.length.map(|it| (header::CONTENT_LENGTH, HeaderValue::from(it))));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

fn answers<'a>(
    kinds: &'static [&'static str],
    refuses: impl Iterator<Item = &'a (StatusCode, &'static str)>,
) -> Vec<Answer> {
    let success = Answer {
        status: StatusCode::OK,
        says: "The file",
        content: Content::File(kinds),
        tagged: false,
    };
    let refused = refuses.map(|(status, says)| Answer {
        status: *status,
        says,
        content: Content::Problem,
        tagged: false,
    });
    std::iter::once(success).chain(refused).collect()
}

impl Bodiless {
    /// The handler behind the door, whose answer is a file of one of these types.
    pub(crate) fn giving<P, F, Answering>(self, kinds: &'static [&'static str], handler: F) -> Route<Api>
    where
        P: DeserializeOwned + Send + 'static,
        F: Fn(Api, Allowed<(), P>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<Download, Problem>> + Send,
    {
        let scope = self.scope;
        let needs = self.at.needs(scope);
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                let (mut parts, _) = request.into_parts();
                let (caller, path) = known::<P>(&api, &mut parts, needs).await?;
                handler(api, Allowed::bodiless(caller, path, Asked::of(&parts, &[]))).await
            }
        };
        Route {
            at: self.at,
            permission: Permission::Key(scope),
            summary: self.summary,
            body_bytes: None,
            request: None,
            parameters: Vec::new(),
            answers: answers(kinds, REFUSES.iter().chain(self.refuses)),
            served: on(self.at.filter(), served),
        }
    }
}

impl Keyed {
    /// The same with a body.
    pub(crate) fn giving<B, P, F, Answering>(self, kinds: &'static [&'static str], handler: F) -> Route<Api>
    where
        B: DeserializeOwned + ToSchema + Send + 'static,
        P: DeserializeOwned + Send + 'static,
        F: Fn(Api, Allowed<B, P>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<Download, Problem>> + Send,
    {
        let (scope, most) = (self.scope, self.body_bytes);
        let needs = self.at.needs(scope);
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                let (allowed, _room) = admit::<B, P>(&api, request, needs, most).await?;
                handler(api, allowed).await
            }
        };
        let refuses = REFUSES.iter().chain(&REFUSES_OF_BODY).chain(self.refuses);
        Route {
            at: self.at,
            permission: Permission::Key(scope),
            summary: self.summary,
            body_bytes: Some(most),
            request: Some(Shape::of::<B>()),
            parameters: Vec::new(),
            answers: answers(kinds, refuses),
            served: on(self.at.filter(), served),
        }
    }
}
