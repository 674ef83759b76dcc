//! A kind as JSON Schema (draft 2020-12), as `docs/events/*.json` has it.

use super::{EventKind, Field, FieldKind, MAX_FIELDS, MAX_ITEMS, NAME_CHARS, STARS, Schema};
use crate::mailing::VALUE_CHARS;
use serde_json::{Map, Value, json};

/// What an event of this kind looks like: as the brand sends it, and one that Bellhop makes as programs see it.
pub fn json_schema(kind: EventKind) -> Value {
    let mut properties = envelope(kind);
    let mut required: Vec<&str> = if kind.is_told() {
        vec!["id", "type"]
    } else {
        vec!["type"]
    };
    if kind == EventKind::Custom {
        required.push("name");
    }
    for field in kind.schema().fields {
        properties.insert(field.name.to_owned(), described(field));
        required.extend(field.required.then_some(field.name));
    }
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.name(),
        "description": kind.spec().says,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": others(kind),
    });
    if let (true, Value::Object(schema)) = (kind.is_told(), &mut schema) {
        let of_somebody = json!([{"required": ["customer_id"]}, {"required": ["phone"]}]);
        schema.insert("anyOf".to_owned(), of_somebody);
    }
    if let (EventKind::Custom, Value::Object(schema)) = (kind, &mut schema) {
        schema.insert("maxProperties".to_owned(), json!(MAX_FIELDS + 6));
        schema.insert(
            "propertyNames".to_owned(),
            json!({"pattern": "^[a-z_][a-z0-9_]{0,63}$"}),
        );
    }
    schema
}

/// What every event has.
fn envelope(kind: EventKind) -> Map<String, Value> {
    let mut all = Map::new();
    let name = |says| json!({"type": "string", "minLength": 1, "maxLength": NAME_CHARS, "description": says});
    all.insert("type".to_owned(), json!({"const": kind.name()}));
    let at = json!({"type": "string", "format": "date-time", "description": "when it happened; now if absent"});
    all.insert("at".to_owned(), at);
    if kind.is_told() {
        let id = name("the brand's own id of the event: sent again with the same content, it changes nothing");
        all.insert("id".to_owned(), id);
        let customer = name("the brand's own id of the guest; this or phone is required");
        all.insert("customer_id".to_owned(), customer);
        all.insert("phone".to_owned(), name("a phone of the guest's, in any usual form"));
    }
    if kind == EventKind::Custom {
        all.insert("name".to_owned(), name("what has happened, like quiz.passed"));
    }
    all
}

fn others(kind: EventKind) -> Value {
    match kind {
        EventKind::Custom => json!({"type": ["string", "number", "boolean"], "maxLength": VALUE_CHARS}),
        _ => json!(false),
    }
}

fn described(field: &Field) -> Value {
    let mut schema = value(&field.kind, field.most);
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), json!(field.says));
        if field.name == "stars" {
            schema.insert("type".to_owned(), json!("integer"));
            schema.insert("minimum".to_owned(), json!(STARS.start()));
            schema.insert("maximum".to_owned(), json!(STARS.end()));
        }
    }
    schema
}

fn value(kind: &FieldKind, most: usize) -> Value {
    match kind {
        FieldKind::Text => json!({"type": "string", "maxLength": most}),
        FieldKind::Number => json!({"type": "number"}),
        FieldKind::Money => json!({"type": ["number", "string"], "minimum": 0, "pattern": r"^\d+(\.\d{1,4})?$"}),
        FieldKind::Instant => json!({"type": "string", "format": "date-time"}),
        FieldKind::Date => json!({"type": "string", "format": "date"}),
        FieldKind::Flag => json!({"type": "boolean"}),
        FieldKind::Plain => json!({"type": ["string", "number", "boolean"]}),
        FieldKind::Object(inner) => object(inner),
        FieldKind::List(of) => json!({"type": "array", "items": value(of, most), "maxItems": MAX_ITEMS}),
    }
}

fn object(schema: &Schema) -> Value {
    let fields = schema.fields.iter();
    let properties: Map<_, _> = fields.clone().map(|it| (it.name.to_owned(), described(it))).collect();
    let required: Vec<_> = fields.filter(|it| it.required).map(|it| it.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_says_what_must_be_there() {
        let schema = json_schema(EventKind::CartChanged);
        assert_eq!(schema["required"], json!(["id", "type", "cart"]));
        assert_eq!(schema["properties"]["cart"]["required"], json!(["total"]));
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(
            json_schema(EventKind::ReviewLeft)["properties"]["review"]["properties"]["stars"]["maximum"],
            5
        );
        assert!(json_schema(EventKind::ReferralOrdered).get("anyOf").is_none());
        assert_eq!(
            json_schema(EventKind::Custom)["required"],
            json!(["id", "type", "name"])
        );
    }
}
