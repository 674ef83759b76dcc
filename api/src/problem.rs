//! Errors as problem documents (RFC 9457): a code, its parameters, and words in the language that was asked for.

use crate::shape::code;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_domain::fault::{Fault, Param, Why};
use bellhop_domain::words::{Language, told};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    why: Box<Why>,
    /// The place in the body, if `why` is about one.
    place: Option<String>,
    faults: Vec<Fault>,
    beside: Beside,
    /// Whether the connection ends with this answer, because the body is not read.
    closes: bool,
    /// Whether a guest reads it in a browser.
    for_a_page: bool,
    shows: Shows,
}

/// What a problem shows beside its words.
#[derive(Debug, Clone)]
enum Shows {
    Nothing,
    /// What is there, in place of what the caller had read.
    Current(Box<Value>),
    /// The report of the check that stopped a launch.
    Report(Box<Value>),
}

/// Where an answer that a guest reads has its code.
static CODE: HeaderName = HeaderName::from_static("bellhop-code");

/// What the header of a problem holds.
#[derive(Debug, Clone, Copy)]
enum Beside {
    Nothing,
    /// The challenge that RFC 6750 §3 asks for.
    Challenge,
    /// The same for a key that is known (§3.1).
    InsufficientScope,
    /// When to come back.
    RetryAfter,
    /// The same, for what takes minutes to pass.
    RetryLater,
    /// The same, for what takes hours to pass.
    RetryMuchLater,
    /// The same, after so many seconds.
    RetryIn(u64),
}

impl Beside {
    fn header(self) -> Option<(HeaderName, HeaderValue)> {
        let (name, value) = match self {
            Beside::Nothing => return None,
            Beside::Challenge => (header::WWW_AUTHENTICATE, "Bearer"),
            Beside::InsufficientScope => (header::WWW_AUTHENTICATE, "Bearer error=\"insufficient_scope\""),
            Beside::RetryAfter => (header::RETRY_AFTER, "5"),
            Beside::RetryLater => (header::RETRY_AFTER, "900"),
            Beside::RetryMuchLater => (header::RETRY_AFTER, "3600"),
            Beside::RetryIn(seconds) => return Some((header::RETRY_AFTER, HeaderValue::from(seconds))),
        };
        Some((name, HeaderValue::from_static(value)))
    }
}

/// How a problem is written.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document {
    /// The status in words, in English.
    title: String,
    status: u16,
    /// The code by which a program knows what is wrong; it stays the same even if the words change.
    #[schema(schema_with = code)]
    code: String,
    /// The place of the body that it is about, like `orders[3].total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// The texts and numbers in the words.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    params: BTreeMap<&'static str, Param>,
    /// What is wrong and what to do, in the language that `Accept-Language` asks for: `en` or `ru`.
    detail: String,
    /// What is wrong with single places of the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Listed>,
    /// With 412: what is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    current: Option<Value>,
    /// If a check stopped a launch: its report, with the warnings too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
}

/// One thing that is wrong with one place of the body.
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
struct Listed {
    /// Like `orders[3].total`.
    place: String,
    #[schema(schema_with = code)]
    code: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    params: BTreeMap<&'static str, Param>,
    /// The problem in words that can follow the place.
    problem: String,
}

impl Problem {
    pub fn new(status: StatusCode, why: Why) -> Self {
        Self {
            status,
            why: Box::new(why),
            place: None,
            faults: Vec::new(),
            beside: Beside::Nothing,
            closes: false,
            for_a_page: false,
            shows: Shows::Nothing,
        }
    }

    /// 412: what was read is no longer there, but this is.
    pub(crate) fn moved(why: Why, current: Value) -> Self {
        Self {
            shows: Shows::Current(Box::new(current)),
            ..Self::new(StatusCode::PRECONDITION_FAILED, why)
        }
    }

    /// 422: a check found errors, and more that its report says.
    pub(crate) fn reported(why: Why, errors: Vec<Fault>, report: Value) -> Self {
        Self {
            faults: errors,
            shows: Shows::Report(Box::new(report)),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, why)
        }
    }

    /// The words alone, as a guest's browser shows them; the code stands in the header. It is not kept by caches.
    pub(crate) fn for_a_page(self) -> Self {
        Self {
            for_a_page: true,
            ..self
        }
    }

    /// An answer given before the body is read, which then never is.
    pub fn closing(status: StatusCode, why: Why) -> Self {
        Self {
            closes: true,
            ..Self::new(status, why)
        }
    }

    /// 401: who calls is not known.
    pub fn unauthorized(why: Why) -> Self {
        Self {
            beside: Beside::Challenge,
            ..Self::closing(StatusCode::UNAUTHORIZED, why)
        }
    }

    /// 401 for somebody who tried to come in, whose request was read to its end.
    pub fn login_refused(why: Why) -> Self {
        Self {
            beside: Beside::Challenge,
            ..Self::new(StatusCode::UNAUTHORIZED, why)
        }
    }

    /// 429: a quarter of an hour later it may be tried again.
    pub fn too_often(why: Why) -> Self {
        Self {
            beside: Beside::RetryLater,
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, why)
        }
    }

    /// 429, given before the body is read: so many seconds later there is room again.
    pub(crate) fn throttled(why: Why, seconds: u64) -> Self {
        Self {
            beside: Beside::RetryIn(seconds),
            ..Self::closing(StatusCode::TOO_MANY_REQUESTS, why)
        }
    }

    /// What a stream says of it when it ends.
    pub(crate) fn told(&self, language: Language) -> Value {
        json!({ "code": self.why.code(), "detail": told(&self.why, language) })
    }

    /// 403: the key is known and may not do this.
    pub fn insufficient_scope(why: Why) -> Self {
        Self {
            beside: Beside::InsufficientScope,
            ..Self::closing(StatusCode::FORBIDDEN, why)
        }
    }

    /// 503: the same request may succeed later.
    pub fn unavailable(why: Why) -> Self {
        Self {
            beside: Beside::RetryAfter,
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, why)
        }
    }

    /// 503, given before the body is read, because there is no room for another body.
    pub fn full() -> Self {
        Self {
            closes: true,
            ..Self::unavailable(Why::ServerFull)
        }
    }

    /// 429: as much as may be was done; an hour later there may be more.
    pub fn too_many(why: Why) -> Self {
        Self {
            beside: Beside::RetryMuchLater,
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, why)
        }
    }

    /// 422: the JSON can be read, but not the values at these places; nothing was written.
    pub fn unprocessable(faults: Vec<Fault>) -> Self {
        Self {
            faults,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, Why::SomeUnusable)
        }
    }

    /// 422: the body cannot be read at this place, nor beyond it.
    pub fn unreadable(fault: Fault) -> Self {
        Self {
            place: Some(fault.place).filter(|place| !place.is_empty()),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, fault.why)
        }
    }

    fn document(&self, language: Language) -> Document {
        let words = told(&self.why, language);
        let listed = |fault: &Fault| Listed {
            place: fault.place.clone(),
            code: fault.why.code(),
            params: fault.why.params(),
            problem: told(&fault.why, language),
        };
        let (current, report) = match &self.shows {
            Shows::Nothing => (None, None),
            Shows::Current(it) => (Some((**it).clone()), None),
            Shows::Report(it) => (None, Some((**it).clone())),
        };
        Document {
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            code: self.why.code(),
            params: self.why.params(),
            detail: match &self.place {
                Some(place) => format!("{place}: {words}"),
                None => words,
            },
            place: self.place.clone(),
            errors: self.faults.iter().map(listed).collect(),
            current,
            report,
        }
    }

    /// The answer in a language.
    pub(crate) fn in_words(&self, language: Language) -> Response {
        let mut response = match self.for_a_page {
            true => (self.status, told(&self.why, language) + "\n").into_response(),
            false => (self.status, Json(self.document(language))).into_response(),
        };
        let headers = response.headers_mut();
        if self.for_a_page {
            let code = HeaderValue::from_str(&self.why.code());
            headers.extend(code.map(|code| (CODE.clone(), code)));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        } else {
            let kind = HeaderValue::from_static("application/problem+json");
            headers.insert(header::CONTENT_TYPE, kind);
        }
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
        if let Some((name, value)) = self.beside.header() {
            headers.insert(name, value);
        }
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl IntoResponse for Problem {
    /// In English, with the problem itself attached, so that [`crate::edge`], which knows the request, can word it in
    /// the language that was asked for.
    fn into_response(self) -> Response {
        let mut response = self.in_words(Language::En);
        response.extensions_mut().insert(self);
        response
    }
}
