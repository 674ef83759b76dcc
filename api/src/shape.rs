//! The shapes of requests and answers in the OpenAPI document.

use bellhop_domain::event::EventKind;
use bellhop_domain::fault::Why;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{Channel, EndpointKind, Purpose};
use bellhop_store::programs::{FiringState, ProgramState};
use bellhop_store::webhooks::DeliveryState;
use utoipa::ToSchema;
use utoipa::openapi::schema::{OneOfBuilder, Schema, Type};
use utoipa::openapi::{ArrayBuilder, Object, ObjectBuilder, RefOr};

/// One of our types with all the types that it refers to.
pub(crate) struct Shape {
    pub name: String,
    pub schema: RefOr<Schema>,
    /// The types that it refers to, by name.
    pub parts: Vec<(String, RefOr<Schema>)>,
}

impl Shape {
    pub(crate) fn of<T: ToSchema>() -> Self {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        Self {
            name: T::name().into_owned(),
            schema: T::schema(),
            parts,
        }
    }
}

/// An amount: a number or a decimal string.
pub(crate) fn money() -> OneOfBuilder {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^-?\d+(\.\d{1,4})?$"));
    OneOfBuilder::new()
        .item(Object::with_type(Type::Number))
        .item(text)
        .description(Some(
            "An amount in the organisation's currency, with at most four decimal places",
        ))
}

/// A message's id.
pub(crate) fn message_id() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[0-9A-Za-z]{11}$"))
        .description(Some("64 bits that cannot be guessed, as 11 letters and digits"))
}

pub(crate) fn order_status() -> ObjectBuilder {
    names(OrderStatus::ALL.map(OrderStatus::name))
}

pub(crate) fn endpoint_kind() -> ObjectBuilder {
    names(EndpointKind::ALL.map(EndpointKind::name))
}

pub(crate) fn channel() -> ObjectBuilder {
    names(Channel::ALL.map(Channel::name))
}

pub(crate) fn channels() -> ArrayBuilder {
    ArrayBuilder::new().items(channel())
}

/// The purposes that guests have a say in.
pub(crate) fn spoken_of() -> ObjectBuilder {
    names(
        Purpose::ALL
            .into_iter()
            .filter(|it| it.is_spoken_of())
            .map(Purpose::name),
    )
}

/// Events, each by the schema of its kind.
pub(crate) fn events() -> ArrayBuilder {
    let text = |says| {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.description(Some(says))
    };
    let kinds = EventKind::ALL.into_iter().filter(|kind| kind.is_told());
    let event = ObjectBuilder::new()
        .property(
            "id",
            text("The brand's own id of the event, by which a repeat is recognised"),
        )
        .property("type", names(kinds.map(EventKind::name)))
        .property(
            "customer_id",
            text("The brand's own id of the guest; this or `phone` is required"),
        )
        .property("phone", text("A phone of the guest's"))
        .property("at", text("When it happened (RFC 3339); now if absent"))
        .required("id")
        .required("type")
        .description(Some(
            "Beside these keys, the data of its kind: docs/events has a JSON Schema of each",
        ));
    ArrayBuilder::new().items(event)
}

/// The states of a mailing.
pub(crate) fn mailing_state() -> ObjectBuilder {
    let of_runs = RunState::ALL.map(RunState::name);
    names(std::iter::once("draft").chain(of_runs))
}

/// The states of a run.
pub(crate) fn run_state() -> ObjectBuilder {
    names(RunState::ALL.map(RunState::name))
}

/// `true` or `false`.
pub(crate) fn yes_or_no() -> Object {
    Object::with_type(Type::Boolean)
}

/// The states of a message.
pub(crate) fn message_state() -> ObjectBuilder {
    names(MessageState::ALL.map(MessageState::name))
}

/// The states of a program.
pub(crate) fn program_state() -> ObjectBuilder {
    names(ProgramState::ALL.map(ProgramState::name))
}

/// The states of a firing of a program.
pub(crate) fn firing_state() -> ObjectBuilder {
    names(FiringState::ALL.map(FiringState::name))
}

/// What webhooks tell.
pub(crate) fn webhook_kind() -> ObjectBuilder {
    names(WebhookKind::ALL.map(WebhookKind::name))
}

/// The states of a delivery of a webhook.
pub(crate) fn delivery_state() -> ObjectBuilder {
    names(DeliveryState::ALL.map(DeliveryState::name))
}

pub(crate) fn webhook_kinds() -> ArrayBuilder {
    ArrayBuilder::new().items(webhook_kind())
}

/// The list of all codes.
pub(crate) fn code() -> ObjectBuilder {
    names(Why::samples().iter().map(Why::code))
}

fn names<N: Into<String>>(names: impl IntoIterator<Item = N>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names.into_iter().map(Into::<String>::into)))
}
