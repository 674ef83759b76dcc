//! Routes whose body is a piece of a file. The caller is checked first; then the handler takes the body as it comes and never holds
//! more of it than has just come.

use super::asked::Asked;
use super::keyed::{Allowed, REFUSES, known};
use super::line::{Answer, Content, Route, RoutePattern};
use super::{Permission, offset_headers};
use crate::Api;
use crate::problem::Problem;
use crate::room::Passing;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::on;
use bellhop_domain::fault::Why;
use bellhop_domain::scope::Scope;
use serde::de::DeserializeOwned;

/// What such a body is declared as (tus 1.0.0).
pub(super) const KIND: &str = "application/offset+octet-stream";

/// A line of the table that asks for a key, and takes pieces of a file.
pub(crate) struct Pieces {
    pub at: RoutePattern,
    pub scope: Scope,
    pub summary: &'static str,
    /// The longest piece.
    pub body_bytes: usize,
    /// Refusals beyond those of every such route.
    pub refuses: &'static [(StatusCode, &'static str)],
}

/// A caller with a piece of a file. Only [`Pieces::by`] makes it.
pub(crate) struct Piece<P> {
    pub allowed: Allowed<(), P>,
    /// Where in the file it begins, as the header says.
    pub offset: Option<u64>,
    pub body: Passing,
}

const REFUSES_OF_PIECE: [(StatusCode, &str); 4] = [
    (
        StatusCode::BAD_REQUEST,
        "The body broke off, or there is no Upload-Offset; what came is kept",
    ),
    (
        StatusCode::REQUEST_TIMEOUT,
        "The body did not come in time; what came is kept",
    ),
    (
        StatusCode::PAYLOAD_TOO_LARGE,
        "The piece is longer than this path takes",
    ),
    (
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The body is not declared as a piece of a file",
    ),
];

impl Pieces {
    /// The handler behind the door; it says how much is here, and of how much.
    pub(crate) fn by<P, F, Answering>(self, handler: F) -> Route<Api>
    where
        P: DeserializeOwned + Send + 'static,
        F: Fn(Api, Piece<P>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<(u64, u64), Problem>> + Send,
    {
        let (scope, most) = (self.scope, self.body_bytes);
        let needs = self.at.needs(scope);
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                let (mut parts, sent) = request.into_parts();
                let (caller, path) = known::<P>(&api, &mut parts, needs).await?;
                let body = api.bounded.keyed.pass(&parts.headers, sent, most)?;
                if !is_piece(&parts.headers) {
                    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                    return Err(Problem::closing(status, Why::BodyNotDeclaredPiece));
                }
                let piece = Piece {
                    allowed: Allowed::bodiless(caller, path, Asked::of(&parts, &[])),
                    offset: offset(&parts.headers),
                    body,
                };
                let (offset, length) = handler(api, piece).await?;
                Ok((StatusCode::NO_CONTENT, offset_headers(offset, length)))
            }
        };
        let done = Answer {
            status: StatusCode::NO_CONTENT,
            says: "It is here; Upload-Offset says how much of the file is",
            content: Content::Words,
            tagged: false,
        };
        let refused = REFUSES.iter().chain(&REFUSES_OF_PIECE).chain(self.refuses);
        let refused = refused.map(|(status, says)| Answer {
            status: *status,
            says,
            content: Content::Problem,
            tagged: false,
        });
        Route {
            at: self.at,
            permission: Permission::Key(scope),
            summary: self.summary,
            body_bytes: Some(most),
            request: None,
            parameters: Vec::new(),
            answers: std::iter::once(done).chain(refused).collect(),
            served: on(self.at.filter(), served),
        }
    }
}

fn is_piece(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(KIND))
}

fn offset(headers: &HeaderMap) -> Option<u64> {
    headers.get("upload-offset")?.to_str().ok()?.trim().parse().ok()
}
