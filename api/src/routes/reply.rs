//! What a handler answers: a document, or one with its version as its ETag, or with cookies.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

/// A document whose version a change of it must name.
#[derive(Debug)]
pub(crate) struct Versioned<A> {
    pub version: i64,
    pub document: A,
}

/// An answer of a route with a key.
pub(crate) trait Reply {
    type Document: Serialize + ToSchema;
    /// Whether it has an ETag.
    const TAGGED: bool;

    fn answered(self) -> (HeaderMap, Json<Self::Document>);
}

impl<A: Serialize + ToSchema> Reply for A {
    type Document = A;
    const TAGGED: bool = false;

    fn answered(self) -> (HeaderMap, Json<A>) {
        (HeaderMap::new(), Json(self))
    }
}

impl<A: Serialize + ToSchema> Reply for Versioned<A> {
    type Document = A;
    const TAGGED: bool = true;

    fn answered(self) -> (HeaderMap, Json<A>) {
        let tag = HeaderValue::from_str(&format!("\"{}\"", self.version));
        let headers = tag.into_iter().map(|tag| (header::ETAG, tag)).collect();
        (headers, Json(self.document))
    }
}

/// A document with cookies that the browser is to keep or to forget. No cache keeps it.
#[derive(Debug)]
pub(crate) struct WithCookies<A> {
    pub cookies: Vec<String>,
    pub document: A,
}

impl<A: Serialize + ToSchema> Reply for WithCookies<A> {
    type Document = A;
    const TAGGED: bool = false;

    fn answered(self) -> (HeaderMap, Json<A>) {
        let mut headers = HeaderMap::new();
        for cookie in self.cookies {
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                headers.append(header::SET_COOKIE, value);
            }
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        (headers, Json(self.document))
    }
}

/// How much of an upload is here, beside it in the header, as tus 1.0.0 asks for it.
#[derive(Debug)]
pub(crate) struct WithOffset<A> {
    pub offset: u64,
    pub length: u64,
    pub document: A,
}

/// The headers of that protocol.
pub(crate) fn offset_headers(offset: u64, length: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("tus-resumable", HeaderValue::from_static("1.0.0"));
    headers.insert("upload-offset", HeaderValue::from(offset));
    headers.insert("upload-length", HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}

impl<A: Serialize + ToSchema> Reply for WithOffset<A> {
    type Document = A;
    const TAGGED: bool = false;

    fn answered(self) -> (HeaderMap, Json<A>) {
        (offset_headers(self.offset, self.length), Json(self.document))
    }
}
