//! The pages of guests: behind a link, without a script, and changed by their own forms alone.

use crate::world::{BROWSER, World, header};
use bellhop_domain::guest_page::{GuestPage, MapLink, MapService, MapsAfter};
use bellhop_domain::{Channel, CustomerId, Zone};
use bellhop_store::guests::{CustomerCard, OrganisationSpec, OrganisationsOfTests, Settings};
use bellhop_store::{GuestBase, GuestPages, LiveEvents};
use serde_json::{Value, json};

const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 2, 3];

async fn guest(world: &World) -> CustomerId {
    world.store.customer_id(world.org, "c1").await.unwrap().unwrap()
}

async fn path(world: &World) -> String {
    let token = world.store.page_key().await.unwrap().token(guest(world).await);
    format!("/g/{token}")
}

async fn text(world: &World, path: &str) -> (u16, String) {
    let answer = world.get(path).header("user-agent", BROWSER).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// What the page's forms send back.
fn form_of(html: &str) -> String {
    let (_, after) = html.split_once("name=\"form\" value=\"").unwrap();
    after.split('"').next().unwrap().to_owned()
}

async fn post(world: &World, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = world.post(path).form(fields).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn rows(world: &World) -> Value {
    let facts = world.store.facts(world.org, guest(world).await).await.unwrap();
    let code = world
        .store
        .known_referral_code(world.org, guest(world).await)
        .await
        .unwrap();
    json!({"consents": facts.consents, "silenced": facts.silenced, "code": code})
}

async fn deliver(world: &World, number: &str) {
    let order = json!({"events": [{"id": format!("e-{number}"), "type": "order.delivered", "customer_id": "c1",
        "order": {"number": number, "placed_at": "2026-02-20T10:00:00Z", "total": 1250, "restaurant": "Arbat",
                  "items": [{"dish": "Борщ <b>", "quantity": 1, "price": 1250}]}}]});
    let (status, answer) = world.send("/v1/events", &order).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_page_is_its_guests_and_a_browser_can_run_nothing_of_it() {
    let world = World::new().await;
    let path = path(&world).await;
    let answer = world.get(&path).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(header(&answer, "x-robots-tag"), Some("noindex, nofollow, noarchive"));
    assert_eq!(header(&answer, "referrer-policy"), Some("no-referrer"));
    assert_eq!(header(&answer, "cache-control"), Some("no-store"));
    assert_eq!(header(&answer, "x-frame-options"), Some("DENY"));
    let policy = header(&answer, "content-security-policy").unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
    let html = answer.text().await.unwrap();
    assert!(
        !html.contains("<script") && !html.contains(" on"),
        "nothing that could run"
    );
    for other in [
        format!("{path}0"),
        path.replace("/g/", "/g/0"),
        "/g/x".to_owned(),
        format!("/g/{}", "0".repeat(40)),
    ] {
        assert_eq!(text(&world, &other).await.0, 404, "{other}");
    }
}

#[tokio::test]
async fn nothing_changes_by_a_get() {
    let world = World::new().await;
    let path = path(&world).await;
    let before = rows(&world).await;
    deliver(&world, "A-1").await;
    for page in ["", "?done", "/erase", "/rate", "/rate/1", "/consents", "/invitation"] {
        let (_, html) = text(&world, &format!("{path}{page}")).await;
        assert!(!html.is_empty());
        world.head(&format!("{path}{page}")).send().await.unwrap();
    }
    assert_eq!(rows(&world).await, before);
}

#[tokio::test]
async fn a_switch_is_pressed() {
    let world = World::new().await;
    let path = path(&world).await;
    let (_, html) = text(&world, &path).await;
    let form = form_of(&html);
    let consents = format!("{path}/consents");
    let (status, _) = post(&world, &consents, &[("form", &form), ("word", "marketing off sms")]).await;
    assert_eq!(status, 303);
    let facts = world.store.facts(world.org, guest(&world).await).await.unwrap();
    assert!(!facts.consents.contains(&Channel::Sms));
    post(&world, &consents, &[("form", &form), ("word", "notification off sms")]).await;
    let facts = world.store.facts(world.org, guest(&world).await).await.unwrap();
    assert_eq!(facts.silenced, [Channel::Sms]);
    // It was the guest's own word: another system's yes does not overrule it.
    let yes = json!({"customer_id": "c1", "purpose": "marketing", "channel": "sms", "given": true, "how": "crm"});
    world.send("/v1/consents", &yes).await;
    let facts = world.store.facts(world.org, guest(&world).await).await.unwrap();
    assert!(!facts.consents.contains(&Channel::Sms));
    post(&world, &consents, &[("form", &form), ("word", "marketing on sms")]).await;
    let facts = world.store.facts(world.org, guest(&world).await).await.unwrap();
    assert!(facts.consents.contains(&Channel::Sms));
    let words = bellhop_store::consent::ConsentLedger::words_of_customer(&world.store, world.org, "c1")
        .await
        .unwrap();
    assert!(words.iter().any(|word| word.how == "the guest's own page"));
}

#[tokio::test]
async fn a_form_is_taken_only_from_the_page_and_not_without_end() {
    let world = World::new().await;
    let path = path(&world).await;
    let (_, html) = text(&world, &path).await;
    let form = form_of(&html);
    let before = rows(&world).await;
    let other = world
        .store
        .page_key()
        .await
        .unwrap()
        .form(CustomerId(999), crate::world::NOW);
    let consents = format!("{path}/consents");
    for (fields, expected) in [
        (&[("word", "marketing off")][..], 400),
        (&[("form", ""), ("word", "marketing off")], 400),
        (&[("form", &other), ("word", "marketing off")], 400),
        (&[("form", &form), ("word", "marketing off pigeon")], 400),
        (&[("form", &form)], 400),
    ] {
        assert_eq!(post(&world, &consents, fields).await.0, expected, "{fields:?}");
    }
    let huge = "x".repeat(20_000);
    assert_eq!(
        post(&world, &consents, &[("form", &form), ("word", &huge)]).await.0,
        413
    );
    assert_eq!(rows(&world).await, before);
    let mut last = 0;
    for _ in 0..60 {
        last = post(&world, &consents, &[("form", &form)]).await.0;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn an_invitation_is_made_and_taken_by_its_code() {
    let world = World::new().await;
    let path = path(&world).await;
    let (_, html) = text(&world, &path).await;
    let form = form_of(&html);
    for _ in 0..2 {
        let (status, _) = post(&world, &format!("{path}/invitation"), &[("form", &form)]).await;
        assert_eq!(status, 303);
    }
    let code = world
        .store
        .known_referral_code(world.org, guest(&world).await)
        .await
        .unwrap()
        .unwrap();
    let (_, html) = text(&world, &path).await;
    assert!(html.contains(&code), "{html}");
    let written = code.to_lowercase().replace('-', "");
    let joined = |id: &str, customer: &str, code: &str| json!({"id": id, "type": "referral.joined", "customer_id": customer, "referral": {"code": code}});
    let events = json!({"events": [joined("1", "friend", &written), joined("2", "stranger", "2222-2222")]});
    let (status, answer) = world.send("/v1/events", &events).await;
    assert_eq!(status, 200, "{answer}");
    let inviter = async |customer: &str| {
        let id = world.store.customer_id(world.org, customer).await.unwrap().unwrap();
        world.store.reported(world.org, id).await.unwrap().inviter
    };
    assert_eq!(inviter("friend").await, Some(guest(&world).await));
    assert_eq!(inviter("stranger").await, None);
    let nobody = json!({"events": [{"id": "3", "type": "referral.joined", "customer_id": "x", "referral": {}}]});
    let (_, answer) = world.send("/v1/events", &nobody).await;
    assert!(answer.to_string().contains("referral.by"), "{answer}");
}

#[tokio::test]
async fn a_guest_erases_themselves_in_two_steps() {
    let world = World::new().await;
    let path = path(&world).await;
    let (status, html) = text(&world, &format!("{path}/erase")).await;
    assert_eq!(status, 200);
    let form = form_of(&html);
    let (status, _) = post(&world, &format!("{path}/erase"), &[("form", &form)]).await;
    assert_eq!(status, 400, "the box is not ticked");
    let (status, html) = post(&world, &format!("{path}/erase"), &[("form", &form), ("sure", "yes")]).await;
    assert_eq!(status, 200, "{html}");
    assert!(world.store.customer_id(world.org, "c1").await.unwrap().is_none());
    assert_eq!(text(&world, &path).await.0, 404);
    // Who comes back by the brand's own system is stopped, for they said no themselves.
    let phone = bellhop_domain::Phone::parse(crate::world::PHONE, Settings::default().phone_region).unwrap();
    let card = CustomerCard {
        external_id: "c1".to_owned(),
        phones: vec![phone],
        marketing_consent: Some(true),
        ..CustomerCard::default()
    };
    world
        .store
        .put_customers(world.org, &[card], "import", crate::world::NOW)
        .await
        .unwrap();
    let facts = world.store.facts(world.org, guest(&world).await).await.unwrap();
    assert!(!facts.consents.contains(&Channel::Sms), "{facts:?}");
}

#[tokio::test]
async fn a_guest_is_erased_over_http_by_a_scope_of_its_own() {
    use bellhop_store::guests::Scope;
    let world = World::new().await;
    let key = world.key(&[Scope::Guests, Scope::GuestsRead]).await;
    let refused = world.delete("/v1/guests/c1").bearer_auth(&key).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    let link = world.get("/v1/guests/c1/page").bearer_auth(&key).send().await.unwrap();
    let link: Value = link.json().await.unwrap();
    assert_eq!(link["url"], format!("https://bellhop.example{}", path(&world).await));
    let key = world.key(&[Scope::Erase]).await;
    let erased = world.delete("/v1/guests/c1").bearer_auth(&key).send().await.unwrap();
    assert_eq!(erased.status(), 200);
    assert_eq!(
        erased.json::<Value>().await.unwrap(),
        json!({"erased": true, "shares_with": []})
    );
    let again = world.delete("/v1/guests/c1").bearer_auth(&key).send().await.unwrap();
    assert_eq!(again.status(), 404);
}

async fn with_maps(world: &World, maps_after: MapsAfter) {
    let settings = Settings {
        guest_page: GuestPage {
            maps_after,
            maps: vec![MapLink {
                restaurant: Some("Arbat".to_owned()),
                service: MapService::Yandex,
                url: "https://maps.example/arbat".to_owned(),
            }],
            ..GuestPage::default()
        },
        ..Settings::default()
    };
    let organisation = OrganisationSpec {
        slug: "brand".into(),
        name: "Brand".into(),
        currency: "RUB".into(),
        timezone: Zone::named("Europe/Moscow").unwrap(),
        settings,
    };
    world.store.put_organisation(&organisation).await.unwrap();
}

async fn rate(world: &World, path: &str, form: &str, stars: &str, photos: &[&[u8]]) -> (u16, String) {
    let (_, html) = text(world, &format!("{path}/rate")).await;
    let order = match html.split_once("name=\"order\" value=\"") {
        Some((_, after)) => after.split('"').next().unwrap().to_owned(),
        None => "1".to_owned(),
    };
    let mut body = Vec::new();
    let field = |name: &str, more: &str, content: &[u8]| {
        let head = format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
        [head.as_bytes(), content, b"\r\n"].concat()
    };
    for (name, value) in [("form", form), ("order", &order), ("stars", stars), ("words", "Остыло")] {
        body.extend(field(name, "", value.as_bytes()));
    }
    for photo in photos {
        body.extend(field(
            "photo",
            "; filename=\"x.html\"\r\nContent-Type: text/html",
            photo,
        ));
    }
    body.extend(b"--B--\r\n");
    let sent = world.post(&format!("{path}/rate")).body(body);
    let answer = sent
        .header("content-type", "multipart/form-data; boundary=B")
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn an_order_is_rated_once() {
    let world = World::new().await;
    with_maps(&world, MapsAfter::High).await;
    let path = path(&world).await;
    let (_, html) = text(&world, &path).await;
    let form = form_of(&html);
    let (_, html) = text(&world, &format!("{path}/rate")).await;
    assert!(!html.contains("name=\"stars\""), "there is no order yet");
    deliver(&world, "A-1").await;
    let (_, html) = text(&world, &path).await;
    assert!(html.contains("Борщ &lt;b&gt;") && html.contains("/rate/1"), "{html}");
    // What is wrong is said, and nothing is kept.
    for (stars, photos, expected) in [("6", &[][..], 400), ("", &[], 400), ("2", &[b"<html>".as_slice()], 400)] {
        assert_eq!(rate(&world, &path, &form, stars, photos).await.0, expected, "{stars}");
    }
    let (status, html) = rate(&world, &path, &form, "2", &[JPEG]).await;
    assert_eq!(status, 200, "{html}");
    assert!(!html.contains("maps.example"), "a low rating leads nowhere: {html}");
    let reviews = world
        .store
        .reported(world.org, guest(&world).await)
        .await
        .unwrap()
        .reviews;
    assert_eq!(reviews.len(), 1);
    let review = &reviews[0];
    assert_eq!(
        (review.order.as_deref(), review.stars, review.border),
        (Some("A-1"), 2, Some(4))
    );
    assert_eq!(review.words.as_deref(), Some("Остыло"));
    assert!(review.is_below());
    let photos = world.store.photos(world.org, "A-1").await.unwrap();
    assert_eq!(
        photos.iter().map(|it| it.content_type).collect::<Vec<_>>(),
        ["image/jpeg"]
    );
    // Once: the first stands, by whatever way it came.
    let (status, _) = rate(&world, &path, &form, "5", &[JPEG, JPEG]).await;
    assert_eq!(status, 200);
    let reviews = world
        .store
        .reported(world.org, guest(&world).await)
        .await
        .unwrap()
        .reviews;
    assert_eq!((reviews.len(), reviews[0].stars), (1, 2));
    assert_eq!(world.store.photos(world.org, "A-1").await.unwrap().len(), 1);
    // A high one leads to the maps of its restaurant.
    deliver(&world, "A-2").await;
    let (_, html) = rate(&world, &path, &form, "5", &[]).await;
    assert!(html.contains("https://maps.example/arbat"), "{html}");
}

#[tokio::test]
async fn a_mailings_link_leads_each_guest_to_their_own_page() {
    let world = World::with("https://bellhop.example/g/rate", None).await;
    let answer = world
        .get(&format!("/l/{}", world.message))
        .header("user-agent", BROWSER)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 302);
    let expected = format!("https://bellhop.example{}/rate", path(&world).await);
    assert_eq!(header(&answer, "location"), Some(expected.as_str()));
}
