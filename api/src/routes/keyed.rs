//! Routes for programs with a key. The key and its scope are checked first, then the body is read, so that a caller
//! without a key is answered from the header alone.

use super::Permission;
use super::line::{Answer, Content, Place, Route};
use crate::Api;
use crate::auth::says_json;
use crate::body;
use crate::problem::Problem;
use crate::room::Taken;
use crate::shape::Shape;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::routing::on;
use bellhop_domain::fault::Why;
use bellhop_domain::scope::Scope;
use bellhop_store::guests::ApiCaller;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// A line of the table that asks for a key.
pub struct Keyed {
    pub at: Place,
    pub scope: Scope,
    pub summary: &'static str,
    /// The longest body.
    pub body_bytes: usize,
    /// The status of a successful answer.
    pub answers: StatusCode,
    /// Refusals beyond those of every such route.
    pub refuses: &'static [(StatusCode, &'static str)],
}

/// A caller whose key has the route's scope, and the body that they sent. Only [`Keyed::by`] makes it.
#[derive(Debug)]
pub struct Allowed<B> {
    caller: ApiCaller,
    body: B,
}

impl<B> Allowed<B> {
    pub fn into_parts(self) -> (ApiCaller, B) {
        (self.caller, self.body)
    }
}

/// The refusals of every route with a key.
const REFUSES: [(StatusCode, &str); 8] = [
    (StatusCode::BAD_REQUEST, "The body is not JSON"),
    (
        StatusCode::UNAUTHORIZED,
        "There is no key, or it is unknown or revoked; the body is not read",
    ),
    (StatusCode::FORBIDDEN, "The key lacks the scope; the body is not read"),
    (StatusCode::REQUEST_TIMEOUT, "The body did not come in time"),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is longer than this path takes"),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not declared as JSON"),
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        "Some values cannot be used; nothing was written",
    ),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "The database does not answer, or there is no room: send it again later",
    ),
];

impl Keyed {
    /// The handler behind the door.
    pub(crate) fn by<B, A, F, Answering>(self, handler: F) -> Route<Api>
    where
        B: DeserializeOwned + ToSchema + Send + 'static,
        A: Serialize + ToSchema,
        F: Fn(Api, Allowed<B>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<A, Problem>> + Send,
    {
        let (scope, most, success) = (self.scope, self.body_bytes, self.answers);
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                // What is made from a body is about as large as the body, so its room stays taken until the request
                // is answered.
                let (allowed, _room) = admit::<B>(&api, request, scope, most).await?;
                let answer = handler(api, allowed).await?;
                Ok::<_, Problem>((success, Json(answer)))
            }
        };
        let told = |(status, says): (StatusCode, &'static str)| Answer {
            status,
            says,
            content: Content::Problem,
        };
        let success = Answer {
            status: success,
            says: "Done, now or before",
            content: Content::Json(Box::new(Shape::of::<A>())),
        };
        let refused = REFUSES.into_iter().chain(self.refuses.iter().copied()).map(told);
        Route {
            at: self.at,
            permission: Permission::Key(scope),
            summary: self.summary,
            body_bytes: Some(most),
            request: Some(Shape::of::<B>()),
            answers: std::iter::once(success).chain(refused).collect(),
            served: on(self.at.filter(), served),
        }
    }
}

/// The caller behind the request's key, if the key has the scope, and the JSON of its body, of at most `most` bytes.
async fn admit<B: DeserializeOwned>(
    api: &Api,
    request: Request,
    scope: Scope,
    most: usize,
) -> Result<(Allowed<B>, Taken), Problem> {
    let (parts, sent) = request.into_parts();
    let caller = api.caller(&parts.headers, scope).await?;
    if !says_json(&parts.headers) {
        return Err(Problem::closing(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Why::BodyNotDeclaredJson,
        ));
    }
    let (bytes, room) = api.bounded.keyed.read(&parts.headers, sent, most).await?;
    let body = body::read(&bytes)?;
    Ok((Allowed { caller, body }, room))
}
