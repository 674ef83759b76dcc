//! The one table of routes: what is served where, to whom and what for, and what is read and answered.
//!
//! A line of the table ([`crate::table()`]) feeds the router, the OpenAPI document ([`crate::openapi`]) and the test that
//! tries every route with every scope. No handler takes a request. It takes a value that only the door of its line can
//! make, after the permission has been checked:
//!
//! | line | who may | the handler takes |
//! | --- | --- | --- |
//! | [`Keyed`] | a key with the line's scope, a person with that right | [`Allowed`]: the caller, what stands in the path, and the body |
//! | [`Bodiless`] | the same | [`Allowed`] without a body: none is read |
//! | [`Pieces`] | the same | [`Piece`]: the same with a body that is handed on as it comes |
//! | [`Streamed`] | the same | [`Watcher`]: the same, and what lets them stay; it answers with a text that comes bit by bit |
//! | [`Personal`] | a person, about themselves | [`Own`]: who they are, and perhaps a short body |
//! | [`Open`] | who is to come in | [`Stranger`]: perhaps with a short body |
//! | [`Signed`] | the provider, by its signature | [`ProviderCall`]: the sender and what was told |
//! | [`Plain`] | whom the line names | [`Head`]: a request without its body |
//!
//! So a handler that forgets to check does not compile, and none can read a body before its caller is known or beyond
//! its limit: that, like the timeout, is up to the doors and the router. [`Allowed`] is not an extractor, and nobody
//! else can make one:
//!
//! ```compile_fail
//! use axum::{Router, extract::State, routing::post};
//! use bellhop_api::{Allowed, Api};
//!
//! async fn handler(_: State<Api>, _: Allowed<()>) {}
//! let _: Router<Api> = Router::new().route("/v1/new", post(handler));
//! ```
//!
//! The same without an [`Allowed`] does compile; a test over our sources forbids it outside this module:
//!
//! ```
//! use axum::{Router, extract::State, routing::post};
//! use bellhop_api::Api;
//!
//! async fn handler(_: State<Api>) {}
//! let _: Router<Api> = Router::new().route("/v1/new", post(handler));
//! ```

mod asked;
mod document;
mod download;
mod form;
mod keyed;
mod line;
mod open;
mod personal;
mod piece;
mod plain;
mod reply;
mod signed;
mod streamed;

pub use keyed::{Allowed, Bodiless, Keyed};
pub use line::{Route, RoutePattern, Verb};
pub use open::{Open, Stranger};
pub use personal::{Own, Personal};
pub use plain::{Head, Plain};
pub use signed::{ProviderCall, Signed};
pub use streamed::{Streamed, Watcher};

pub(crate) use form::Unopened;
pub use form::{Form, Sent};

pub(crate) use asked::{Asked, text_of_query};
pub(crate) use document::written;
pub(crate) use download::Download;
pub(crate) use line::{delete, get, patch, post, put, routed};
pub(crate) use piece::{Piece, Pieces};
pub(crate) use reply::{Versioned, WithCookies, WithOffset, offset_headers};
pub(crate) use streamed::EVENTS;

use bellhop_domain::scope::Scope;

/// The longest body of people about themselves, and of who is to come in.
const OWN_BODY: usize = 4 << 10;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// A program with a key that has this scope, and a person whose role has it as a right.
    Key(Scope),
    /// A person, about themselves.
    Person,
    /// The provider, by its signature.
    Provider,
    /// Whoever has the address: nobody can guess it, and it gives access to what is its guest's alone.
    Address,
    /// Anybody: there is nothing to learn and nothing changes.
    Anybody,
    /// Whoever reaches the listener for operations, which stays inside the operator's network.
    Network,
}

impl Permission {
    /// In words, for the documentation.
    pub fn words(self) -> String {
        match self {
            Permission::Key(scope) => format!("a key with the scope `{}`", scope.name()),
            Permission::Person => "who is logged in".to_owned(),
            Permission::Provider => "the provider, by its signature".to_owned(),
            Permission::Address => "whoever has the address".to_owned(),
            Permission::Anybody => "anybody".to_owned(),
            Permission::Network => "whoever reaches the listener for operations".to_owned(),
        }
    }
}
