//! What all lines of the table have in common, and the router that is made from them.

use super::Permission;
use super::asked::{IDEMPOTENCY_KEY, LAST_EVENT_ID};
use crate::auth::Needs;
use crate::shape::Shape;
use axum::Router;
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::{MethodFilter, MethodRouter};
use bellhop_domain::scope::Scope;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Object, Required};

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `HEAD` too.
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// The method and path of a route.
#[derive(Debug, Clone, Copy)]
pub struct RoutePattern {
    pub verbs: &'static [Verb],
    /// As the router writes it: `{name}` is one segment, `{*name}` the rest.
    pub path: &'static str,
    /// Other spellings of the path, which are not documented.
    pub also: &'static [&'static str],
    /// Whether its handler keeps people who are limited to restaurants within these; if not, it is closed to them.
    pub within_restaurants: bool,
}

/// A line of the table, with what serves it.
pub struct Route<S> {
    pub(super) at: RoutePattern,
    pub(super) permission: Permission,
    pub(super) summary: &'static str,
    /// The longest body; `None` if no body is read.
    pub(super) body_bytes: Option<usize>,
    pub(super) request: Option<Shape>,
    /// What else the request may say: its query and headers.
    pub(super) parameters: Vec<Parameter>,
    pub(super) answers: Vec<Answer>,
    pub(super) served: MethodRouter<S>,
}

/// A possible answer.
pub(super) struct Answer {
    pub status: StatusCode,
    pub says: &'static str,
    pub content: Content,
    /// Whether it has an ETag.
    pub tagged: bool,
}

/// The content of an answer.
pub(super) enum Content {
    /// Text that no program reads.
    Words,
    Json(Box<Shape>),
    /// Bytes of one of these types.
    File(&'static [&'static str]),
    /// Text of this media type.
    Text(&'static str),
    /// An error that says its code.
    Problem,
}

const fn at(verbs: &'static [Verb], path: &'static str) -> RoutePattern {
    RoutePattern {
        verbs,
        path,
        also: &[],
        within_restaurants: false,
    }
}

pub(crate) const fn get(path: &'static str) -> RoutePattern {
    at(&[Verb::Get], path)
}

pub(crate) const fn post(path: &'static str) -> RoutePattern {
    at(&[Verb::Post], path)
}

pub(crate) const fn put(path: &'static str) -> RoutePattern {
    at(&[Verb::Put], path)
}

pub(crate) const fn patch(path: &'static str) -> RoutePattern {
    at(&[Verb::Patch], path)
}

pub(crate) const fn delete(path: &'static str) -> RoutePattern {
    at(&[Verb::Delete], path)
}

impl Verb {
    pub const fn name(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
        }
    }

    const fn filter(self) -> MethodFilter {
        match self {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
            Verb::Put => MethodFilter::PUT,
            Verb::Patch => MethodFilter::PATCH,
            Verb::Delete => MethodFilter::DELETE,
        }
    }
}

impl RoutePattern {
    /// The same route for GET as well as POST.
    pub(crate) const fn by_get_too(self) -> Self {
        let verbs = &[Verb::Post, Verb::Get];
        Self { verbs, ..self }
    }

    /// The same route under other spellings.
    pub(crate) const fn or(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    /// The same route for a handler that keeps people within the restaurants that they are limited to.
    pub(crate) const fn within_restaurants(self) -> Self {
        Self {
            within_restaurants: true,
            ..self
        }
    }

    pub(super) fn needs(&self, scope: Scope) -> Needs {
        Needs {
            scope,
            within_restaurants: self.within_restaurants,
        }
    }

    pub(super) fn filter(&self) -> MethodFilter {
        let mut filters = self.verbs.iter().map(|verb| verb.filter());
        let first = filters.next().unwrap_or(MethodFilter::GET);
        filters.fold(first, MethodFilter::or)
    }

    fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.path).chain(self.also.iter().copied())
    }
}

impl<S> Route<S> {
    pub fn at(&self) -> RoutePattern {
        self.at
    }

    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// The same route with a query of these keys.
    pub(crate) fn with_query<Q: IntoParams>(mut self) -> Self {
        self.parameters.extend(Q::into_params(|| Some(ParameterIn::Query)));
        self.refusing(StatusCode::UNPROCESSABLE_ENTITY, "The query cannot be read")
    }

    /// The same route for requests that are done once.
    pub(crate) fn once(mut self) -> Self {
        let says = "A key of the caller's own: the same request again makes nothing new. Remembered for three days.";
        self.parameters.push(in_header(&IDEMPOTENCY_KEY, says, Required::False));
        self.refusing(
            StatusCode::BAD_REQUEST,
            "The body is not JSON, or the Idempotency-Key is none",
        )
        .refusing(StatusCode::CONFLICT, "The Idempotency-Key was used for another request")
    }

    /// The same route for changes of a version that was read.
    pub(crate) fn if_match(mut self) -> Self {
        let says = "The ETag of what was read.";
        self.parameters.push(in_header(&header::IF_MATCH, says, Required::True));
        self.refusing(
            StatusCode::PRECONDITION_FAILED,
            "Somebody has changed it meanwhile; `current` is what is there",
        )
        .refusing(StatusCode::PRECONDITION_REQUIRED, "There is no If-Match")
    }

    /// The same route for a stream that goes on where its client was.
    pub(crate) fn resumes(mut self) -> Self {
        let says = "The `id` of the last event that was seen.";
        self.parameters.push(in_header(&LAST_EVENT_ID, says, Required::False));
        self.refusing(
            StatusCode::TOO_MANY_REQUESTS,
            "The caller has as many streams open as one may have",
        )
    }

    /// One more refusal; a status is described once.
    fn refusing(mut self, status: StatusCode, says: &'static str) -> Self {
        match self.answers.iter_mut().find(|answer| answer.status == status) {
            Some(answer) if status == StatusCode::BAD_REQUEST => answer.says = says,
            Some(_) => {}
            None => self.answers.push(Answer {
                status,
                says,
                content: Content::Problem,
                tagged: false,
            }),
        }
        self
    }

    /// What it is for: a sentence without its stop.
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// The longest body that it takes, in bytes; `None` if each sender's provider has a bound of its own, or no body
    /// is read.
    pub fn body_bytes(&self) -> Option<usize> {
        self.body_bytes
    }
}

fn in_header(name: &HeaderName, says: &str, required: Required) -> Parameter {
    ParameterBuilder::new()
        .name(name.as_str())
        .parameter_in(ParameterIn::Header)
        .description(Some(says))
        .required(required)
        .schema(Some(Object::with_type(Type::String)))
        .build()
}

/// The only place where a path meets what serves it.
pub(crate) fn routed<S: Clone + Send + Sync + 'static>(table: Vec<Route<S>>) -> Router<S> {
    table.into_iter().fold(Router::new(), |router, route| {
        let spellings = route.at.spellings();
        spellings.fold(router, |router, path| router.route(path, route.served.clone()))
    })
}
