//! The list of a business account's templates.

use serde_json::{Value, json};

use super::config::GraphTemplate;

/// The first template's id.
const FIRST_ID: u64 = 594_425_479_261_500;

/// `query` may ask for a `summary`.
pub(super) fn listed(templates: &[GraphTemplate], query: &str) -> Value {
    let entries: Vec<Value> = (FIRST_ID..).zip(templates).map(|(id, one)| entry(id, one)).collect();
    let mut list = json!({"data": entries, "paging": {"cursors": {"before": "MAZDZD", "after": "MjQZD"}}});
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "summary") {
        list["summary"] = json!({
            "total_count": templates.len(),
            "message_template_count": templates.len(),
            "message_template_limit": 250,
            "are_translations_complete": true,
        });
    }
    list
}

fn entry(id: u64, one: &GraphTemplate) -> Value {
    json!({
        "id": id.to_string(),
        "name": one.name,
        "language": one.language,
        "status": one.status,
        "category": one.category,
        "parameter_format": "POSITIONAL",
        "components": components(one),
    })
}

fn components(one: &GraphTemplate) -> Vec<Value> {
    let header = one.header.as_ref().map(|format| match format.as_str() {
        "text" => json!({"type": "HEADER", "format": "TEXT", "text": "{{1}}", "example": {"header_text": ["Hello"]}}),
        format => json!({
            "type": "HEADER",
            "format": format.to_uppercase(),
            "example": {"header_handle": ["https://simulated.example/header"]},
        }),
    });
    let mut body = json!({"type": "BODY", "text": "A simulated template"});
    if one.parameters > 0 {
        let places: Vec<String> = (1..=one.parameters).map(|number| format!("{{{{{number}}}}}")).collect();
        body["text"] = json!(format!("A simulated template of {}.", places.join(", ")));
        body["example"] = json!({"body_text": [vec!["example"; one.parameters]]});
    }
    let buttons = one.button_url.as_ref().map(|url| {
        let button =
            json!({"type": "URL", "text": "Open", "url": format!("{url}{{{{1}}}}"), "example": [format!("{url}1")]});
        json!({"type": "BUTTONS", "buttons": [button]})
    });
    header.into_iter().chain([body]).chain(buttons).collect()
}
