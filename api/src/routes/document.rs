//! The OpenAPI 3.1 document of the table: docs/openapi.json.

use super::Permission;
use super::line::{Answer, Content, Route, RoutePattern, Verb};
use crate::Api;
use crate::problem::Document;
use crate::shape::Shape;
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;
use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{Components, ComponentsBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content as MediaType, Header, HeaderBuilder, HttpMethod, InfoBuilder, Object, OpenApi, OpenApiBuilder, Ref, RefOr,
    Required, Response, ResponseBuilder, Schema,
};

/// The names of the security schemes.
const KEY: &str = "key";
const SESSION: &str = "session";

/// The document of a table, as JSON.
pub(crate) fn written(table: &[Route<Api>]) -> serde_json::Result<String> {
    let mut text = document(table).to_pretty_json()?;
    text.push('\n');
    Ok(text)
}

fn document(table: &[Route<Api>]) -> OpenApi {
    let mut paths = Paths::new();
    let mut components = ComponentsBuilder::new()
        .security_scheme(KEY, key())
        .security_scheme(SESSION, session());
    let problem = Shape::of::<Document>();
    let mut shapes = vec![&problem];
    for route in table {
        for verb in route.at.verbs {
            paths.add_path_operation(path_of(route.at), vec![method(*verb)], operation(route, *verb));
        }
        shapes.extend(route.request.iter());
        shapes.extend(route.answers.iter().filter_map(|answer| match &answer.content {
            Content::Json(shape) => Some(shape.as_ref()),
            Content::Words | Content::Text(_) | Content::File(_) | Content::Problem => None,
        }));
    }
    for shape in shapes {
        components = components
            .schema(&shape.name, shape.schema.clone())
            .schemas_from_iter(shape.parts.clone());
    }
    let info = InfoBuilder::new().title("Bellhop").version("1").description(Some(
        "What programs, people, guests and providers ask of Bellhop. docs/api.md tells it in words.",
    ));
    let components: Components = components.build();
    OpenApiBuilder::new()
        .info(info)
        .paths(paths)
        .components(Some(components))
        .build()
}

fn key() -> SecurityScheme {
    let scopes = Scope::ALL.map(|scope| format!("`{}`: {}", scope.name(), scope.allows()));
    let says = format!(
        "A key that `bellhop api-key create` made. Scopes:\n{}",
        scopes.join("\n")
    );
    let scheme = Http::builder().scheme(HttpAuthScheme::Bearer).description(Some(says));
    SecurityScheme::Http(scheme.build())
}

fn session() -> SecurityScheme {
    let says = "Who is logged in, by POST /v1/session. A change sends `X-CSRF-Token` too. Behind plain HTTP on one's own machine \
                the cookie is called `bellhop_session`.";
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        "__Host-bellhop_session",
        says,
    )))
}

/// The path as OpenAPI writes it; OpenAPI has no notation for the rest of a path.
fn path_of(at: RoutePattern) -> String {
    at.path.replace("{*", "{")
}

fn method(verb: Verb) -> HttpMethod {
    match verb {
        Verb::Get => HttpMethod::Get,
        Verb::Post => HttpMethod::Post,
        Verb::Put => HttpMethod::Put,
        Verb::Patch => HttpMethod::Patch,
        Verb::Delete => HttpMethod::Delete,
    }
}

fn operation(route: &Route<Api>, verb: Verb) -> Operation {
    let mut built = OperationBuilder::new()
        .summary(Some(route.summary))
        .description(Some(format!("Open to {}.", route.permission.words())))
        .operation_id(Some(id(route.at, verb)));
    for name in names(route.at) {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(Object::with_type(Type::String)));
        built = built.parameter(parameter);
    }
    for parameter in &route.parameters {
        built = built.parameter(parameter.clone());
    }
    if let Permission::Key(scope) = route.permission {
        built = built.security(SecurityRequirement::new(KEY, [scope.name()]));
    }
    if let Permission::Key(_) | Permission::Person = route.permission {
        built = built.security(SecurityRequirement::new(SESSION, [] as [&str; 0]));
    }
    if let Some(shape) = &route.request {
        let most = route.body_bytes.map(|most| format!("At most {most} bytes."));
        let body = RequestBodyBuilder::new()
            .description(most)
            .required(Some(Required::True))
            .content("application/json", MediaType::new(Some(named(&shape.name))));
        built = built.request_body(Some(body.build()));
    }
    if let (None, Some(most), Permission::Key(_)) = (&route.request, route.body_bytes, route.permission) {
        let bytes = MediaType::new(Some(RefOr::T(Schema::Object(Object::with_type(Type::String)))));
        let body = RequestBodyBuilder::new()
            .description(Some(format!("At most {most} bytes.")))
            .required(Some(Required::True))
            .content(super::piece::KIND, bytes);
        built = built.request_body(Some(body.build()));
    }
    for answer in route.answers.iter().chain(&beside(route)) {
        built = built.response(answer.status.as_str(), response(route, answer));
    }
    built.build()
}

const PATH: &str = "A part of the path cannot be read";

/// What a route may answer beside what its line says, because of its path and body, and of what stands before every handler.
fn beside(route: &Route<Api>) -> Vec<Answer> {
    let has_braces = names(route.at).next().is_some();
    let is_long = has_braces || !route.parameters.is_empty();
    let answers = [
        (has_braces, StatusCode::BAD_REQUEST, PATH),
        (
            route.body_bytes.is_some(),
            StatusCode::REQUEST_TIMEOUT,
            "The body did not come in time",
        ),
        (
            is_long,
            StatusCode::URI_TOO_LONG,
            "The path with its query is longer than the server takes",
        ),
        (
            true,
            StatusCode::SERVICE_UNAVAILABLE,
            "It takes longer than 30 seconds: send it again later",
        ),
    ];
    let said = |status| route.answers.iter().any(|answer| answer.status == status);
    let unsaid = answers.into_iter().filter(|(may, status, _)| *may && !said(*status));
    let problem = |(_, status, says)| Answer {
        status,
        says,
        content: Content::Problem,
        tagged: false,
    };
    unsaid.map(problem).collect()
}

/// `post_v1_orders`: the name under which a generated client calls it.
fn id(at: RoutePattern, verb: Verb) -> String {
    let words = at
        .path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let words = std::iter::once(verb.name()).chain(words).map(str::to_ascii_lowercase);
    words.collect::<Vec<_>>().join("_")
}

fn names(at: RoutePattern) -> impl Iterator<Item = String> {
    let segments = at
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    segments.map(|name| name.trim_start_matches('*').to_owned())
}

fn named(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn tag() -> Header {
    HeaderBuilder::new()
        .schema(Some(Object::with_type(Type::String)))
        .description(Some("What a change of it sends as If-Match."))
        .build()
}

fn response(route: &Route<Api>, answer: &Answer) -> Response {
    let of_the_path =
        answer.status == StatusCode::BAD_REQUEST && answer.says != PATH && names(route.at).next().is_some();
    let says = match of_the_path {
        true => format!("{}, or a part of the path cannot be read", answer.says),
        false => answer.says.to_owned(),
    };
    let built = ResponseBuilder::new().description(says);
    let built = match answer.tagged {
        true => built.header("ETag", tag()),
        false => built,
    };
    let built = match &answer.content {
        Content::Words => built,
        Content::Json(shape) => built.content("application/json", MediaType::new(Some(named(&shape.name)))),
        Content::File(kinds) => kinds.iter().fold(built, |built, kind| {
            let bytes = Object::with_type(Type::String);
            built.content(*kind, MediaType::new(Some(RefOr::T(Schema::Object(bytes)))))
        }),
        Content::Text(kind) => built.content(*kind, MediaType::new(Some(Object::with_type(Type::String)))),
        Content::Problem => {
            let problem = MediaType::new(Some(named(&<Document as utoipa::ToSchema>::name())));
            built.content("application/problem+json", problem)
        }
    };
    built.build()
}
