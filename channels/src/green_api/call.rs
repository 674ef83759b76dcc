//! A call from Green-API, with what all kinds of calls have in common.

use bellhop_domain::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// The fields of a call that we use.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Call {
    pub type_webhook: String,
    #[serde(default)]
    instance_data: Value,
    /// Unix seconds.
    timestamp: Option<i64>,
    pub id_message: Option<String>,
    #[serde(flatten)]
    pub rest: Value,
}

impl Call {
    /// The non-empty text at a JSON pointer.
    pub fn text(&self, place: &str) -> Option<&str> {
        let text = self.rest.pointer(place)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    pub fn at(&self) -> Option<Timestamp> {
        let seconds = self.timestamp.filter(|seconds| *seconds > 0)?;
        seconds.checked_mul(1000).map(Timestamp)
    }

    /// The number or text at a JSON pointer.
    pub fn scalar(&self, place: &str) -> Option<String> {
        scalar(self.rest.pointer(place)?)
    }

    /// The instance that it is about.
    pub fn instance(&self) -> Option<String> {
        scalar(self.instance_data.get("idInstance")?)
    }

    /// The chat id of the instance's own number.
    pub fn wid(&self) -> Option<&str> {
        self.instance_data.get("wid")?.as_str()
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
