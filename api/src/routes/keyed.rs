//! Routes for programs with a key, and for people with a right. The caller is checked first, then the body is read, so that
//! a stranger is answered from the header alone.

use super::Permission;
use super::asked::Asked;
use super::line::{Answer, Content, Route, RoutePattern};
use super::reply::Reply;
use crate::Api;
use crate::auth::{Needs, says_json};
use crate::body;
use crate::problem::Problem;
use crate::room::{Room, Taken};
use crate::shape::Shape;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::on;
use bellhop_domain::fault::Why;
use bellhop_domain::scope::Scope;
use bellhop_store::guests::ApiCaller;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// A line of the table that asks for a key, and takes a body.
pub struct Keyed {
    pub at: RoutePattern,
    pub scope: Scope,
    pub summary: &'static str,
    /// The longest body.
    pub body_bytes: usize,
    /// The status of a successful answer.
    pub answers: StatusCode,
    /// Refusals beyond those of every such route.
    pub refuses: &'static [(StatusCode, &'static str)],
}

/// A line of the table that asks for a key, and reads no body.
pub struct Bodiless {
    pub at: RoutePattern,
    pub scope: Scope,
    pub summary: &'static str,
    /// Refusals beyond those of every such route.
    pub refuses: &'static [(StatusCode, &'static str)],
}

/// A caller whose key has the route's scope, or whose role has it as a right, what stands in the path's braces, and the body that they sent. Only
/// [`Keyed::by`] and [`Bodiless::by`] make it.
#[derive(Debug)]
pub struct Allowed<B, P = ()> {
    caller: ApiCaller,
    body: B,
    path: P,
    asked: Asked,
}

impl<B> Allowed<B> {
    pub fn into_parts(self) -> (ApiCaller, B) {
        (self.caller, self.body)
    }
}

impl<P> Allowed<(), P> {
    /// Of a request whose body is not read, or is handed on.
    pub(super) fn bodiless(caller: ApiCaller, path: P, asked: Asked) -> Self {
        Self {
            caller,
            body: (),
            path,
            asked,
        }
    }
}

impl<B, P> Allowed<B, P> {
    /// The same with what stands in the path.
    pub fn into_all(self) -> (ApiCaller, P, B) {
        (self.caller, self.path, self.body)
    }

    /// The same with what the request says beside both.
    pub(crate) fn into_asked(self) -> (ApiCaller, P, B, Asked) {
        (self.caller, self.path, self.body, self.asked)
    }
}

/// What every route with a key may refuse, from the header.
pub(super) const REFUSES: [(StatusCode, &str); 4] = [
    (
        StatusCode::UNAUTHORIZED,
        "There is no key, or it is unknown, revoked or over; nobody is logged in",
    ),
    (
        StatusCode::FORBIDDEN,
        "The key lacks the scope, or the person the right; a change by cookie lacks its token",
    ),
    (
        StatusCode::TOO_MANY_REQUESTS,
        "The key asks more often than it may; `Retry-After` says when it may again",
    ),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "The database does not answer, or there is no room: send it again later",
    ),
];

/// What every route that takes a body may refuse in addition. Nothing of the body is read before the key is known.
pub(super) const REFUSES_OF_BODY: [(StatusCode, &str); 5] = [
    (StatusCode::BAD_REQUEST, "The body is not JSON"),
    (StatusCode::REQUEST_TIMEOUT, "The body did not come in time"),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is longer than this path takes"),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not declared as JSON"),
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        "Some values cannot be used; nothing was written",
    ),
];

impl Keyed {
    /// The handler behind the door.
    pub(crate) fn by<B, P, A, F, Answering>(self, handler: F) -> Route<Api>
    where
        B: DeserializeOwned + ToSchema + Send + 'static,
        P: DeserializeOwned + Send + 'static,
        A: Reply,
        F: Fn(Api, Allowed<B, P>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<A, Problem>> + Send,
    {
        let (scope, most, success) = (self.scope, self.body_bytes, self.answers);
        let needs = self.at.needs(scope);
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                // What is made from a body is about as large as the body, so its room stays taken until the request
                // is answered.
                let (allowed, _room) = admit::<B, P>(&api, request, needs, most).await?;
                let answer = handler(api, allowed).await?;
                let (headers, document) = answer.answered();
                Ok::<_, Problem>((success, headers, document))
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
            answers: answers::<A>(success, refuses),
            served: on(self.at.filter(), served),
        }
    }
}

impl Bodiless {
    /// The handler behind the door.
    pub(crate) fn by<P, A, F, Answering>(self, handler: F) -> Route<Api>
    where
        P: DeserializeOwned + Send + 'static,
        A: Reply,
        F: Fn(Api, Allowed<(), P>) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Result<A, Problem>> + Send,
    {
        let scope = self.scope;
        let needs = self.at.needs(scope);
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                let (mut parts, _) = request.into_parts();
                let (caller, path) = known::<P>(&api, &mut parts, needs).await?;
                let allowed = Allowed::bodiless(caller, path, Asked::of(&parts, &[]));
                let answer = handler(api, allowed).await?;
                Ok::<_, Problem>(answer.answered())
            }
        };
        Route {
            at: self.at,
            permission: Permission::Key(scope),
            summary: self.summary,
            body_bytes: None,
            request: None,
            parameters: Vec::new(),
            answers: answers::<A>(StatusCode::OK, REFUSES.iter().chain(self.refuses)),
            served: on(self.at.filter(), served),
        }
    }
}

pub(super) fn answers<'a, A: Reply>(
    success: StatusCode,
    refuses: impl Iterator<Item = &'a (StatusCode, &'static str)>,
) -> Vec<Answer> {
    let success = Answer {
        status: success,
        says: "Done, now or before",
        content: Content::Json(Box::new(Shape::of::<A::Document>())),
        tagged: A::TAGGED,
    };
    let refused = refuses.map(|(status, says)| Answer {
        status: *status,
        says,
        content: Content::Problem,
        tagged: false,
    });
    std::iter::once(success).chain(refused).collect()
}

/// The caller, if they may, and what stands in the path.
pub(super) async fn known<P: DeserializeOwned + Send>(
    api: &Api,
    parts: &mut Parts,
    needs: Needs,
) -> Result<(ApiCaller, P), Problem> {
    let caller = api.caller(parts, needs).await?;
    Ok((caller, path_of(parts).await?))
}

pub(super) async fn path_of<P: DeserializeOwned + Send>(parts: &mut Parts) -> Result<P, Problem> {
    let path = Path::<P>::from_request_parts(parts, &()).await;
    let Path(path) = path.map_err(|rejection| Problem::closing(rejection.status(), Why::PathUnreadable))?;
    Ok(path)
}

/// The JSON of a body of at most `most` bytes, as it came too, and the room that it takes.
pub(super) async fn read_json<B: DeserializeOwned>(
    room: &Room,
    parts: &Parts,
    sent: Body,
    most: usize,
) -> Result<(B, Bytes, Taken), Problem> {
    if !says_json(&parts.headers) {
        return Err(Problem::closing(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Why::BodyNotDeclaredJson,
        ));
    }
    let (bytes, room) = room.read(&parts.headers, sent, most).await?;
    let body = body::read(&bytes)?;
    Ok((body, bytes, room))
}

/// The caller with the JSON of the body, of at most `most` bytes.
pub(super) async fn admit<B: DeserializeOwned, P: DeserializeOwned + Send>(
    api: &Api,
    request: Request,
    needs: Needs,
    most: usize,
) -> Result<(Allowed<B, P>, Taken), Problem> {
    let (mut parts, sent) = request.into_parts();
    let (caller, path) = known(api, &mut parts, needs).await?;
    let (body, bytes, room) = read_json(&api.bounded.keyed, &parts, sent, most).await?;
    let asked = Asked::of(&parts, &bytes);
    let allowed = Allowed {
        caller,
        body,
        path,
        asked,
    };
    Ok((allowed, room))
}
