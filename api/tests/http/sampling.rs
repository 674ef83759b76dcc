//! What the OpenAPI document allows: bodies made by its schemas, and the answers that it has.

use bellhop_api::{RoutePattern, Verb, openapi};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub struct Sampling(Value);

impl Sampling {
    pub fn of_the_document() -> Self {
        Self(serde_json::from_str(&openapi().unwrap()).unwrap())
    }

    fn operation(&self, at: RoutePattern, verb: Verb) -> &Value {
        let path = at.path.replace("{*", "{");
        &self.0["paths"][path][verb.name().to_ascii_lowercase()]
    }

    /// The answers that the document has.
    pub fn statuses(&self, at: RoutePattern, verb: Verb) -> BTreeSet<u16> {
        let answers = self.operation(at, verb)["responses"].as_object().unwrap();
        answers.keys().map(|status| status.parse().unwrap()).collect()
    }

    /// A body with every key that it may have, if the route takes JSON.
    pub fn body(&self, at: RoutePattern, verb: Verb) -> Option<Value> {
        let content = &self.operation(at, verb)["requestBody"]["content"]["application/json"];
        content.is_object().then(|| self.made(&content["schema"], 6))
    }

    /// A value of a schema; what is nested deeper is left out.
    fn made(&self, schema: &Value, depth: usize) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            let named = self.0.pointer(name.trim_start_matches('#')).unwrap();
            return if depth == 0 {
                Value::Null
            } else {
                self.made(named, depth - 1)
            };
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        for several in ["oneOf", "anyOf"] {
            let all = schema[several].as_array().into_iter().flatten();
            if let Some(one) = all.clone().find(|it| it["type"] != "null") {
                return self.made(one, depth);
            }
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" if depth == 0 => json!([]),
            "array" => json!([self.made(&schema["items"], depth - 1)]),
            "string" => text(schema),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
            "boolean" => json!(true),
            _ => json!({}),
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let named = schema["properties"].as_object().into_iter().flatten();
        let made = named.map(|(key, of)| (key.clone(), self.made(of, depth)));
        Value::Object(made.collect::<Map<_, _>>())
    }
}

fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds
            .iter()
            .find_map(|it| it.as_str().filter(|it| *it != "null"))
            .unwrap_or("null"),
        _ if schema["properties"].is_object() => "object",
        _ => "",
    }
}

fn text(schema: &Value) -> Value {
    match schema["format"].as_str() {
        Some("date-time") => json!("2026-03-02T12:00:00+03:00"),
        Some("date") => json!("1990-05-17"),
        _ if schema["pattern"].is_string() => json!("3kTMd8aZ01x"),
        _ => json!("a text"),
    }
}
