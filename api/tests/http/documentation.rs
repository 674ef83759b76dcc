//! Makes every request of docs/api.md in its order, and compares the answers with the page.

use crate::world::{BROWSER, World};
use bellhop_api::{openapi, table};
use bellhop_store::guests::{KeyKind, Scope};
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/api.md");

/// The fenced blocks: what stands after the fence, and the text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut parts = page.split("```").skip(1);
    let mut blocks = Vec::new();
    while let (Some(block), after) = (parts.next(), parts.next()) {
        blocks.extend(block.split_once('\n'));
        if after.is_none() {
            break;
        }
    }
    blocks
}

/// Removes ids that Bellhop chooses, which may be anything.
fn without_what_is_chosen(mut answer: Value) -> Value {
    if let Some(id) = answer.get_mut("endpoint_id").filter(|id| id.is_u64()) {
        *id = Value::from(17);
    }
    if answer.get("first").is_some() && answer.get("message_id").is_some() {
        answer["message_id"] = Value::from("7xQw2nB5r9c");
    }
    let now = |at: &mut Value| *at = Value::from("2026-03-01T09:00:00Z");
    let instants = ["since", "created_at", "changed_at", "as_of", "planned_at", "expires_at"];
    for place in ["", "/current"] {
        let Some(Value::Object(object)) = answer.pointer_mut(place) else {
            continue;
        };
        for name in instants {
            object.get_mut(name).map(now);
        }
    }
    for list in ["mailings", "words"] {
        for one in answer.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            for name in ["created_at", "at"] {
                one.get_mut(name).map(now);
            }
        }
    }
    answer
}

#[tokio::test]
async fn the_examples_are_true() {
    let world = World::with("https://brand.example/menu", None).await;
    let key = world.key(&Scope::ALL).await;
    let mut blocks = blocks(PAGE).into_iter();
    let mut made = 0;
    // The page's message is the world's.
    let of_world = |text: &str| text.replace("3kTMd8aZ01x", &world.message.to_string());
    while let Some((kind, request)) = blocks.next() {
        if kind != "http" {
            continue;
        }
        let request = &of_world(request);
        let (answer_kind, expected) = blocks.next().expect("an answer follows each request");
        let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
        let mut lines = head.lines();
        let (method, path) = lines
            .next()
            .and_then(|line| line.split_once(' '))
            .expect("a request line");
        let mut call = match method {
            "POST" => world.post(path),
            "PUT" => world.put(path),
            "DELETE" => world.delete(path),
            _ => world.get(path),
        };
        call = call.header("user-agent", BROWSER).body(body.to_owned());
        for line in lines {
            let (name, value) = line.split_once(": ").expect("a header");
            call = call.header(name, value.replace("KEY", &key));
        }
        let response = call.send().await.unwrap();
        let status = response.status().as_u16();
        match answer_kind.split_once(' ') {
            Some(("json", code)) => {
                assert_eq!(code, status.to_string(), "{request}");
                let answer = without_what_is_chosen(response.json().await.unwrap());
                assert_eq!(answer, serde_json::from_str::<Value>(expected).unwrap(), "{request}");
            }
            Some(("text", code)) => {
                assert_eq!(code, status.to_string(), "{request}");
                let location = response.headers()["location"].to_str().unwrap();
                assert_eq!(expected.trim(), format!("Location: {location}"));
            }
            _ => panic!("an answer names its status: {answer_kind}"),
        }
        made += 1;
    }
    assert!(made >= 8, "only {made} examples were found");
}

/// The lines of a table on the page, found by its head.
fn rows<'a>(page: &'a str, head: &str) -> Vec<&'a str> {
    let after = page.split_once(head).map_or("", |(_, after)| after);
    after.lines().skip(2).take_while(|line| line.starts_with('|')).collect()
}

#[test]
fn the_page_lists_the_routes_of_the_table() {
    let expected: Vec<String> = table()
        .iter()
        .map(|route| {
            let verbs: Vec<_> = route.at().verbs.iter().map(|verb| verb.name()).collect();
            let (verbs, path) = (verbs.join("`, `"), route.at().path.replace("{*", "{"));
            format!(
                "| `{verbs} {path}` | {} | {} |",
                route.summary(),
                route.permission().words()
            )
        })
        .collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");
    let page = std::fs::read_to_string(path).unwrap();
    let told = rows(&page, "| path | what | who may |");
    if std::env::var_os("WRITE_DOCS").is_some() {
        let table = |rows: &[String]| rows.join("\n");
        let told: Vec<_> = told.iter().map(|&row| row.to_owned()).collect();
        std::fs::write(path, page.replacen(&table(&told), &table(&expected), 1)).unwrap();
        return;
    }
    assert_eq!(
        told, expected,
        "docs/api.md says otherwise; this test with WRITE_DOCS=1 writes it again"
    );
}

#[test]
fn the_page_lists_the_scopes() {
    let expected = Scope::ALL.map(|scope| {
        let app = if KeyKind::App.may_have(scope) { "yes" } else { "no" };
        let usual = if scope.is_usual() { "yes" } else { "no" };
        format!("| `{}` | {} | {app} | {usual} |", scope.name(), scope.allows())
    });
    let told = rows(
        PAGE,
        "| scope | a key that has it may | an app's key too | by default |",
    );
    assert_eq!(told, expected, "docs/api.md says otherwise");
}

#[test]
fn the_openapi_document_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let now = openapi().unwrap();
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(
        now == kept,
        "docs/openapi.json is old: `bellhop openapi`, or this test with WRITE_DOCS=1, writes it again"
    );
    let document: Value = serde_json::from_str(&now).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut named = Vec::new();
    references(&document, &mut named);
    assert!(named.len() > 20, "{named:?}");
    for reference in named {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

/// Every `$ref` of a document.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|it| references(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| references(it, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_page_of_the_api_has_every_route_and_loads_nothing_foreign() {
    let world = World::new().await;
    let answer = world.get("/docs").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = answer.text().await.unwrap();
    for route in table() {
        let path = route.at().path.replace("{*", "{");
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    for foreign in ["<script", "http://", "https://", "//cdn"] {
        assert!(
            !page.contains(&format!("src=\"{foreign}")) && !page.contains(&format!("href=\"{foreign}")),
            "{foreign}"
        );
    }
    assert!(!page.contains("<script"));
    let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for link in links {
        assert!(page.contains(&format!("id=\"{link}\"")), "{link} leads nowhere");
    }
    let document = world
        .get("/docs/openapi.json")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert_eq!(document, openapi().unwrap());
}

/// The attacks that everybody thinks of, each with tests that are there under the names that the page has.
#[test]
fn each_attack_of_the_page_has_its_tests() {
    const ATTACKS: [&str; 12] = [
        "session fixation",
        "session theft",
        "CSRF",
        "stored XSS by names and messages",
        "IDOR",
        "CSV injection",
        "zip and XML bombs in XLSX",
        "path traversal",
        "open redirect",
        "clickjacking",
        "mass assignment",
        "timing of logins",
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = include_str!("../../../docs/security.md");
    let rows = rows(page, "| attack | what stands against it | tests |");
    let named: Vec<_> = rows.iter().map(|row| row.split('|').nth(1).unwrap().trim()).collect();
    for attack in ATTACKS.iter().chain(&["key enumeration"]) {
        assert!(named.contains(attack), "docs/security.md lacks {attack}");
    }
    let mut tests = 0;
    for row in &rows {
        let mut source = String::new();
        for name in row.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2) {
            if name.ends_with(".rs") {
                source = std::fs::read_to_string(root.join(name)).unwrap();
            } else if !name.starts_with("make ") {
                assert!(
                    source.contains(&format!("fn {name}(")),
                    "{name} is not where docs/security.md says"
                );
                tests += 1;
            }
        }
    }
    assert!(tests >= 25, "{tests}");
}
