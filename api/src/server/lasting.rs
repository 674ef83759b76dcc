//! Answers that last: their request is under way until their body has gone.

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Response;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_util::sync::CancellationToken;

/// An answer that is a stream of events says so. Its connection waits for nobody and is no idle one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lasting;

/// Ends when the connection has to go, or the process stops: a request finds it among its extensions, and a stream obeys.
#[derive(Debug, Clone)]
pub(crate) struct Leaving(pub CancellationToken);

/// A body with what is held for as long as it is there.
struct Holding<H> {
    body: Body,
    _held: H,
}

/// Has an answer that lasts hold what is dropped with any other.
pub(super) fn hold<H: Send + Unpin + 'static>(response: Response<Body>, held: H) -> Response<Body> {
    if response.extensions().get::<Lasting>().is_none() {
        return response;
    }
    response.map(|body| Body::new(Holding { body, _held: held }))
}

impl<H: Unpin> HttpBody for Holding<H> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
