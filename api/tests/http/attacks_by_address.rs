//! What somebody tries by addresses, pages and keys: files of the machine, another site at the end, a page in a page, scripts in names.

use crate::asking::ask;
use crate::people_world::refusal;
use crate::world::{BROWSER, LINK, World, header};
use bellhop_api::{Permission, Verb, table};
use bellhop_store::GuestBase;
use bellhop_store::guests::{ApiKeys, CustomerCard, Scope};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The whole answer to a path that no client would send as it is.
async fn raw(world: &World, path: &str) -> String {
    let mut socket = TcpStream::connect(world.url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn no_path_leads_to_files_of_the_machine() {
    let world = World::new().await;
    let page = raw(&world, "/console/mailings").await;
    let text = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.len();
    for way in [
        "../../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "....//....//etc/passwd",
        "/etc/passwd",
        "..\\..\\etc\\passwd",
        "assets/../../Cargo.toml",
        "%00/etc/passwd",
    ] {
        for below in [
            "/console/",
            "/console/assets/",
            "/docs/",
            "/",
            "/g/",
            "/l/",
            "/webhooks/brand/",
        ] {
            let answer = raw(&world, &format!("{below}{way}")).await;
            assert!(
                !answer.contains("root:") && !answer.contains("[package]"),
                "{below}{way}: {answer}"
            );
            // The console's own page stands at every path below it, and nothing else does.
            let is_page = answer.starts_with("HTTP/1.1 200 ") && below.starts_with("/console/");
            assert!(is_page || answer.starts_with("HTTP/1.1 4"), "{below}{way}: {answer}");
            assert!(
                !is_page || text(&answer).abs_diff(text(&page)) < 200,
                "{below}{way}: {answer}"
            );
        }
    }
}

/// Every route that is open to a browser without a key: wherever it leads, it is home, or where the mailing's author says.
#[tokio::test]
async fn no_address_of_ours_leads_to_another_site() {
    let world = World::new().await;
    let wishes = "to=https://evil.example&url=//evil.example&next=https://evil.example&return_to=https%3A%2F%2Fevil.example&redirect_uri=https://evil.example";
    let mut led = 0;
    for route in table() {
        let is_open = !matches!(route.permission(), Permission::Key(_) | Permission::Person);
        for verb in route.at().verbs.iter().filter(|_| is_open) {
            let path = ask(&world, route.at(), *verb).build().unwrap().url().path().to_owned();
            for path in [format!("{path}?{wishes}"), format!("{path}//evil.example?{wishes}")] {
                let request = if *verb == Verb::Get {
                    world.get(&path)
                } else {
                    world.post(&path)
                };
                let answer = request
                    .header("user-agent", BROWSER)
                    .header("host", "evil.example")
                    .send()
                    .await
                    .unwrap();
                let Some(to) = header(&answer, "location") else {
                    continue;
                };
                let own = to == LINK || to.starts_with("https://brand.example/") || !to.contains("//");
                assert!(own, "{path} leads to {to}");
                led += 1;
            }
        }
    }
    assert!(led >= 3, "{led} led anywhere");
    for path in [
        "//evil.example/console",
        "/\\evil.example/console",
        "/console//evil.example",
        "/console/..//evil.example",
    ] {
        let answer = raw(&world, path).await.to_ascii_lowercase();
        assert!(
            !answer.contains("location: //") && !answer.contains("location: http"),
            "{path}: {answer}"
        );
    }
}

/// Every page that a browser shows without a key: no other site shows it inside a page of its own, and no answer is taken for a page
/// that does not say that it is one.
#[tokio::test]
async fn no_page_is_shown_inside_another() {
    let world = World::new().await;
    let mut pages = 0;
    for route in table() {
        for verb in route.at().verbs {
            let request = ask(&world, route.at(), *verb).header("user-agent", BROWSER);
            let answer = request.send().await.unwrap();
            let place = (verb.name(), route.at().path, answer.status());
            assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"), "{place:?}");
            let is_page = header(&answer, "content-type").is_some_and(|kind| kind.starts_with("text/html"));
            if is_page {
                let policy = header(&answer, "content-security-policy").unwrap_or_default();
                assert!(policy.contains("frame-ancestors 'none'"), "{place:?}: {policy}");
                assert!(!policy.contains("unsafe"), "{place:?}: {policy}");
                pages += 1;
            }
        }
    }
    assert!(pages >= 4, "{pages}");
}

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}";

/// Stored XSS: what guests, cash desks and marketers write is text on the pages of guests.
#[tokio::test]
async fn what_others_wrote_is_text_on_every_page_of_a_guest() {
    let world = World::new().await;
    let guest = CustomerCard {
        external_id: "c1".into(),
        name: Some(HOSTILE.into()),
        ..CustomerCard::default()
    };
    world
        .store
        .put_customers(world.org, &[guest], "import", world.now())
        .await
        .unwrap();
    let order = json!({"events": [{"id": "e-1", "type": "order.delivered", "customer_id": "c1",
        "order": {"number": HOSTILE, "placed_at": "2026-02-20T10:00:00Z", "total": 1250, "restaurant": HOSTILE,
                  "items": [{"dish": HOSTILE, "category": HOSTILE, "quantity": 1, "price": 1250}]}},
        {"id": "b-1", "type": "bonuses.changed", "customer_id": "c1", "balance": 100}]});
    let (status, told) = world.send("/v1/events", &order).await;
    assert_eq!(status, 200, "{told}");
    let mut shown = 0;
    for page in [
        "",
        "/erase",
        "/rate",
        "/rate/%3Cscript%3E",
        "?done=%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let path = format!("/g/{}{page}", world.page);
        let html = world
            .get(&path)
            .header("user-agent", BROWSER)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let low = html.to_lowercase();
        assert!(
            !low.contains("<script") && !low.contains("<img") && !html.contains("\"'>"),
            "{path}: {html}"
        );
        shown += html.matches("&lt;script&gt;").count();
    }
    assert!(shown > 0, "no page shows anything of it, so nothing was tried");
}

/// Key enumeration: all keys that do not open are alike.
#[tokio::test]
async fn a_key_that_was_tells_no_more_than_one_that_never_was() {
    let world = World::new().await;
    let revoked = world.key(&[Scope::Orders]).await;
    let name = &world.store.api_keys(world.org).await.unwrap()[0].name.clone();
    assert_eq!(
        world.store.revoke_api_key(world.org, name, world.now()).await.unwrap(),
        1
    );
    let live = world.key(&[Scope::Orders]).await;
    let (almost, last) = live.split_at(live.len() - 1);
    let almost = format!("{almost}{}", if last == "0" { "1" } else { "0" });
    let never = format!("bellhop_{}", "a".repeat(64));
    let mut answers = Vec::new();
    for key in [revoked.as_str(), &almost, &never, "bellhop_", "x"] {
        let answer = world
            .post("/v1/orders")
            .bearer_auth(key)
            .json(&json!({ "orders": [] }))
            .send()
            .await
            .unwrap();
        answers.push((answer.status().as_u16(), answer.text().await.unwrap()));
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
    assert_eq!(
        refusal(world.get("/v1/keys").bearer_auth(&live)).await,
        (403, "api_key_lacks_scope".to_owned())
    );
}

/// React shows texts as texts, but for a few ways around it; nothing of the console goes there.
#[test]
fn the_console_shows_texts_as_texts() {
    const WAYS: [&str; 9] = [
        "dangerouslySetInnerHTML",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "srcdoc",
        "eval(",
        "new Function",
        "javascript:",
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../console");
    let mut folders = vec![root.join("src")];
    let mut files = vec![root.join("index.html")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push(path)
            }
        }
    }
    assert!(files.len() > 50, "{}", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        for way in WAYS {
            assert!(!text.contains(way), "{}: {way}", file.display());
        }
    }
}
