//! The OpenAPI document as one page: routes with what they take and answer, then the types.

use super::html::Html;
use serde_json::Value;

/// The page of a document.
pub(super) fn of(api: &Value) -> String {
    let mut html = Html::default();
    html.markup("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>")
        .text(word(&api["info"]["title"]))
        .markup(" API</title><link rel=\"stylesheet\" href=\"docs/style.css\"></head><body><header><h1>")
        .text(word(&api["info"]["title"]))
        .markup(" API</h1><p>")
        .prose(word(&api["info"]["description"]))
        .markup("</p><p>For generated clients: <a href=\"docs/openapi.json\">openapi.json</a>, OpenAPI ")
        .text(word(&api["openapi"]))
        .markup(".</p><details><summary>Keys and their scopes</summary>");
    let scopes = word(&api["components"]["securitySchemes"]["key"]["description"]);
    for line in scopes.lines() {
        html.markup("<p>").prose(line).markup("</p>");
    }
    html.markup("</details></header><nav><ul>");
    for (path, verb, operation) in operations(api) {
        html.markup("<li><a href=\"#")
            .text(word(&operation["operationId"]))
            .markup("\"><b>");
        html.text(&verb.to_uppercase())
            .markup("</b> ")
            .text(path)
            .markup("</a></li>");
    }
    html.markup("</ul></nav><main>");
    for (path, verb, operation) in operations(api) {
        route(&mut html, path, verb, operation);
    }
    html.markup("<h2>Types</h2>");
    for (name, schema) in object(&api["components"]["schemas"]) {
        kind(&mut html, name, schema);
    }
    html.markup("</main></body></html>");
    html.finish()
}

fn operations(api: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    object(&api["paths"]).flat_map(|(path, verbs)| object(verbs).map(move |(verb, it)| (path, verb, it)))
}

fn route(html: &mut Html, path: &str, verb: &str, it: &Value) {
    html.markup("<section id=\"")
        .text(word(&it["operationId"]))
        .markup("\"><h3><b>");
    html.text(&verb.to_uppercase())
        .markup("</b> <code>")
        .text(path)
        .markup("</code></h3><p>");
    html.prose(word(&it["summary"]))
        .markup(". ")
        .prose(word(&it["description"]))
        .markup("</p>");
    let parameters: Vec<&Value> = it["parameters"].as_array().into_iter().flatten().collect();
    if !parameters.is_empty() {
        html.markup("<table><thead><tr><th>parameter</th><th>in</th><th>is</th><th></th></tr></thead><tbody>");
        for parameter in parameters {
            html.markup("<tr><td><code>")
                .text(word(&parameter["name"]))
                .markup("</code></td><td>");
            html.text(word(&parameter["in"])).markup("</td><td>");
            type_of(html, &parameter["schema"]);
            html.markup("</td><td>")
                .prose(word(&parameter["description"]))
                .markup("</td></tr>");
        }
        html.markup("</tbody></table>");
    }
    let body = &it["requestBody"];
    if body.is_object() {
        html.markup("<p>Takes ");
        content(html, body);
        html.markup(". ").prose(word(&body["description"])).markup("</p>");
    }
    html.markup("<table><thead><tr><th>status</th><th>answers</th><th></th></tr></thead><tbody>");
    for (status, answer) in object(&it["responses"]) {
        html.markup("<tr><td>").text(status).markup("</td><td>");
        content(html, answer);
        html.markup("</td><td>")
            .prose(word(&answer["description"]))
            .markup("</td></tr>");
    }
    html.markup("</tbody></table></section>");
}

fn content(html: &mut Html, of: &Value) {
    for (_, media) in object(&of["content"]) {
        type_of(html, &media["schema"]);
    }
}

/// A named type.
fn kind(html: &mut Html, name: &str, schema: &Value) {
    html.markup("<section id=\"type-")
        .text(name)
        .markup("\"><h3>")
        .text(name)
        .markup("</h3><p>");
    html.prose(word(&schema["description"])).markup("</p>");
    let mut of_all = vec![schema];
    of_all.extend(schema["allOf"].as_array().into_iter().flatten());
    let has_properties = of_all.iter().any(|it| it["properties"].is_object());
    html.markup("<p>");
    if !has_properties {
        type_of(html, schema);
    }
    html.markup("</p>");
    if has_properties {
        html.markup("<table><tbody>");
        for part in of_all {
            properties(html, part);
        }
        html.markup("</tbody></table>");
    }
    html.markup("</section>");
}

fn properties(html: &mut Html, schema: &Value) {
    if schema["$ref"].is_string() {
        html.markup("<tr><td colspan=\"3\">all of ");
        type_of(html, schema);
        html.markup("</td></tr>");
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().map(word).collect();
    for (name, property) in object(&schema["properties"]) {
        html.markup("<tr><td><code>").text(name).markup("</code>");
        if required.contains(&name) {
            html.markup(" <em>required</em>");
        }
        html.markup("</td><td>");
        type_of(html, property);
        html.markup("</td><td>")
            .prose(word(&property["description"]))
            .markup("</td></tr>");
    }
}

/// A type in a few words, with links to those that have a name.
fn type_of(html: &mut Html, schema: &Value) {
    if let Some(name) = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next()) {
        html.markup("<a href=\"#type-")
            .text(name)
            .markup("\">")
            .text(name)
            .markup("</a>");
        return;
    }
    for word in ["oneOf", "anyOf"] {
        for (i, one) in schema[word].as_array().into_iter().flatten().enumerate() {
            html.markup(if i == 0 { "" } else { " or " });
            type_of(html, one);
        }
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => {
            html.markup("a list of ");
            type_of(html, &schema["items"]);
        }
        Value::String(kind) => simple(html, kind, schema),
        Value::Array(kinds) => {
            for (i, kind) in kinds.iter().map(word).filter(|kind| *kind != "null").enumerate() {
                html.markup(if i == 0 { "" } else { " or " });
                simple(html, kind, schema);
            }
        }
        _ => {}
    }
}

fn simple(html: &mut Html, kind: &str, schema: &Value) {
    html.text(kind);
    if let Some(format) = schema["format"].as_str() {
        html.markup(" (").text(format).markup(")");
    }
    let names: Vec<&str> = schema["enum"].as_array().into_iter().flatten().map(word).collect();
    if names.is_empty() {
        return;
    }
    html.markup(": <details><summary>")
        .text(&names.len().to_string())
        .markup(" names</summary>");
    for name in names {
        html.markup("<code>").text(name).markup("</code> ");
    }
    html.markup("</details>");
}

fn object(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, it)| (name.as_str(), it))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
