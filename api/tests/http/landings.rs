//! Landings over HTTP: kept, shown as a page and at the entry, and counted.

use crate::program::Program;
use crate::world::{BROWSER, World, answer, header, places};
use bellhop_store::GuestPages;
use bellhop_store::guests::{KeyKind, Scope};
use serde_json::{Value, json};

fn landing() -> Value {
    json!({ "name": "Autumn", "title": "Осень <b>", "text": "Дарим суп", "image": "https://cdn.example/a.jpg",
            "button": { "text": "Заказать", "link": "https://brand.example/menu?a=1&b=2" }, "promo": "LEAF", "at_entry": true })
}

/// The path of the landing's page.
async fn made(program: &Program<'_>, body: &Value) -> String {
    let (status, made) = program.post("/v1/landings", body).await;
    assert_eq!(status, 201, "{made}");
    let url = made["url"].as_str().unwrap();
    url.strip_prefix("https://bellhop.example").unwrap().to_owned()
}

async fn figures(program: &Program<'_>) -> (Value, Value, Value) {
    let (status, told) = program.get("/v1/landings/1/statistics").await;
    assert_eq!(status, 200, "{told}");
    (
        told["shown"].clone(),
        told["clicked"].clone(),
        told["guests_clicked"].clone(),
    )
}

#[tokio::test]
async fn a_landing_is_changed_from_its_version_and_each_mistake_has_its_place() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    made(&program, &landing()).await;
    let mut to = landing();
    to["title"] = json!("Зима");
    let moved = program.put_from("/v1/landings/1", 3, &to).await;
    assert_eq!((moved.0, &moved.1["current"]["title"]), (412, &json!("Осень <b>")));
    let (status, changed) = program.put_from("/v1/landings/1", 1, &to).await;
    assert_eq!(
        (status, &changed["version"], &changed["title"]),
        (200, &json!(2), &json!("Зима"))
    );
    for (change, place) in [
        (json!({ "title": "" }), "title"),
        (json!({ "image": "http://cdn.example/a.jpg" }), "image"),
        (
            json!({ "button": { "text": "x", "link": "javascript:alert(1)" } }),
            "button.link",
        ),
        (
            json!({ "starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z" }),
            "ends_at",
        ),
    ] {
        let mut bad = landing();
        bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(places(422, &program.post("/v1/landings", &bad).await), [place]);
    }
    let mut of_nobody = landing();
    of_nobody["segment"] = json!(99);
    assert_eq!(
        program.post("/v1/landings", &of_nobody).await.1["code"],
        "segment_unknown"
    );
    assert_eq!(program.get("/v1/landings").await.1["total"], 1);
    assert_eq!(
        program.delete_from("/v1/landings/1", 2).await,
        (200, json!({ "removed": 1 }))
    );
}

#[tokio::test]
async fn its_page_runs_nothing_loads_its_image_alone_and_counts_people() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let path = made(&program, &landing()).await;
    let page = world.get(&path).header("user-agent", BROWSER).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = header(&page, "content-security-policy").unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none'") && policy.ends_with("img-src https://cdn.example"),
        "{policy}"
    );
    assert_eq!(header(&page, "x-frame-options"), Some("DENY"));
    let html = page.text().await.unwrap();
    assert!(
        html.contains("Осень &lt;b&gt;") && html.contains("LEAF") && !html.contains("<script"),
        "{html}"
    );
    assert!(html.contains(&format!("href=\"{path}/go\"")), "{html}");
    // A robot sees the page, and is nobody.
    world
        .get(&path)
        .header("user-agent", "TelegramBot (like TwitterBot)")
        .send()
        .await
        .unwrap();
    let go = world
        .get(&format!("{path}/go"))
        .header("user-agent", BROWSER)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (go.status().as_u16(), header(&go, "location")),
        (302, Some("https://brand.example/menu?a=1&b=2"))
    );
    assert_eq!(figures(&program).await, (json!(1), json!(1), json!(0)));
    for gone in ["/a/00", "/a/", "/a/../a", &format!("{path}0"), "/a/zz/go"] {
        let answer = world.get(gone).header("user-agent", BROWSER).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{gone}");
    }
}

#[tokio::test]
async fn a_mailings_link_says_who_has_come_and_opens_nothing_of_theirs() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let path = made(&program, &landing()).await;
    let guest = bellhop_store::GuestBase::customer_id(&world.store, world.org, "c1")
        .await
        .unwrap()
        .unwrap();
    let visit = world.store.page_key().await.unwrap().visit(guest);
    let own = format!("{path}/{visit}");
    let page = world.get(&own).header("user-agent", BROWSER).send().await.unwrap();
    assert!(page.text().await.unwrap().contains(&format!("href=\"{own}/go\"")));
    world
        .get(&format!("{own}/go"))
        .header("user-agent", BROWSER)
        .send()
        .await
        .unwrap();
    assert_eq!(figures(&program).await, (json!(1), json!(1), json!(1)));
    // Whoever was handed the link on sees the offer, and not the guest's page.
    assert_eq!(world.get(&format!("/g/{visit}")).send().await.unwrap().status(), 404);
    let forged = world
        .get(&format!("{path}/{}", "0".repeat(40)))
        .header("user-agent", BROWSER)
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 200);
    assert_eq!(program.get("/v1/landings/1/statistics").await.1["guests_shown"], 1);
}

#[tokio::test]
async fn the_entry_shows_what_is_for_the_guest() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    made(&program, &landing()).await;
    let soup = json!({ "name": "c1", "filter": { "customers": ["c1"] } });
    program.post("/v1/segments", &soup).await;
    let mut own = landing();
    (own["title"], own["segment"]) = (json!("For c1"), json!(1));
    made(&program, &own).await;
    let title = async |query: &str| {
        let (status, told) = program.get(&format!("/v1/landings/current{query}")).await;
        assert_eq!(status, 200, "{told}");
        told["landing"]["title"].clone()
    };
    assert_eq!(title("").await, "Осень <b>");
    assert_eq!(title("?customer_id=c1").await, "For c1");
    assert_eq!(title("?customer_id=nobody").await, "Осень <b>");
    // An app says who is logged in by its backend's word alone.
    let app = world.key_of(KeyKind::App, &[Scope::Landings]).await;
    let asked = answer(world.get("/v1/landings/current?customer_id=c1").bearer_auth(&app)).await;
    assert_eq!(places(422, &asked), ["customer_id"]);
    let (_, told) = answer(world.get("/v1/landings/current").bearer_auth(&app)).await;
    assert_eq!(told["landing"]["title"], "Осень <b>");
    for (seen, body) in [("shown", json!({})), ("clicked", json!({ "customer_id": "c1" }))] {
        let (status, counted) = program.post(&format!("/v1/landings/1/{seen}"), &body).await;
        assert_eq!((status, counted), (200, json!({ "counted": true })));
    }
    assert_eq!(figures(&program).await, (json!(1), json!(1), json!(1)));
}

#[tokio::test]
async fn another_organisations_landings_are_not_there() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    made(&program, &landing()).await;
    let rival = Program::of_rival(&world).await;
    assert_eq!(rival.get("/v1/landings").await.1["total"], 0);
    assert_eq!(rival.get("/v1/landings/current").await.1, json!({}));
    places(404, &rival.get("/v1/landings/1").await);
    places(404, &rival.get("/v1/landings/1/statistics").await);
    places(404, &rival.put_from("/v1/landings/1", 1, &landing()).await);
    places(404, &rival.delete_from("/v1/landings/1", 1).await);
    places(404, &rival.post("/v1/landings/1/shown", &json!({})).await);
}
