//! How people come in, and what they see of themselves.

use crate::people_world::{PASSWORD, browser, cookie_of, refusal};
use crate::world::{World, answer};
use bellhop_domain::role::Role;
use bellhop_store::accounts::Links;
use secrecy::ExposeSecret;
use serde_json::json;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn the_first_administrator_comes_in_by_a_link_and_invites_others() {
    let world = World::new().await;
    let first = world.store.first_link(world.org, [1; 32], world.now()).await.unwrap();
    let path = format!("/v1/invitations/{}", first.unwrap().expose_secret());
    let (status, shown) = answer(world.get(&path)).await;
    assert_eq!((status, &shown["role"]), (200, &json!("administrator")), "{shown}");
    assert!(shown.get("email").is_none());
    let said = json!({ "name": "Anna", "password": PASSWORD, "email": "Anna@Brand.Example" });
    let anna = browser(world.post(&path).json(&said).send().await.unwrap()).await;
    assert_eq!(anna.email, "anna@brand.example");
    assert_eq!(
        refusal(world.post(&path).json(&said)).await,
        (404, "link_over".to_owned())
    );
    assert!(
        world
            .store
            .first_link(world.org, [2; 32], world.now())
            .await
            .unwrap()
            .is_none()
    );

    let new = json!({ "email": "boris@brand.example", "role": "marketer", "locale": "ru" });
    let (status, made) = answer(anna.asks(world.post("/v1/people/invitations")).json(&new)).await;
    assert_eq!(status, 201, "{made}");
    let link = made["link"]
        .as_str()
        .unwrap()
        .strip_prefix("https://bellhop.example/console")
        .unwrap();
    assert_eq!(made["person"]["state"], "invited");
    let said = json!({ "name": "Boris", "password": PASSWORD });
    let boris = browser(world.post(&format!("/v1{link}")).json(&said).send().await.unwrap()).await;
    let (_, session) = answer(boris.sends(world.get("/v1/session"))).await;
    let me = &session["person"];
    assert_eq!((&me["role"], &me["restaurants"]), (&json!("marketer"), &json!(null)));
    assert_eq!(
        me["organisation"],
        json!({ "id": "brand", "name": "Brand", "currency": "RUB", "time_zone": "Europe/Moscow", "locale": "ru" })
    );
    let (_, people) = answer(anna.sends(world.get("/v1/people"))).await;
    assert_eq!(people["people"].as_array().unwrap().len(), 2);
    let twice = refusal(anna.asks(world.post("/v1/people/invitations")).json(&new)).await;
    assert_eq!(twice, (409, "email_taken".to_owned()));
}

#[tokio::test]
async fn a_link_is_good_for_three_days_and_only_the_latest_is() {
    let world = World::new().await;
    let anna = world.person(Role::Administrator).await;
    let (old, email) = world.invited(world.org, Role::Viewer, None).await;
    let people = answer(anna.sends(world.get("/v1/people"))).await.1;
    let of = |it: &&serde_json::Value| it["email"] == email.as_str();
    let id = people["people"].as_array().unwrap().iter().find(of).unwrap()["id"]
        .as_i64()
        .unwrap();
    let (status, made) = answer(anna.asks(world.post(&format!("/v1/people/{id}/link")))).await;
    assert_eq!(status, 200, "{made}");
    let new = made["link"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(refusal(world.get(&format!("/v1/invitations/{old}"))).await.0, 404);
    assert_eq!(
        world
            .get(&format!("/v1/invitations/{new}"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    world.pass(72 * HOUR);
    assert_eq!(
        refusal(world.get(&format!("/v1/invitations/{new}"))).await,
        (404, "link_over".to_owned())
    );
}

#[tokio::test]
async fn a_login_is_a_cookie_that_ends() {
    let world = World::new().await;
    let anna = world.person(Role::Viewer).await;
    let response = world.log_in(&anna.email.to_uppercase(), PASSWORD).send().await.unwrap();
    let set = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in [
        "__Host-bellhop_session=",
        "; Path=/",
        "; HttpOnly",
        "; Secure",
        "; SameSite=Lax",
    ] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let again = browser(response).await;
    assert_ne!(again.cookie, anna.cookie);
    let listed = answer(again.sends(world.get("/v1/sessions"))).await.1;
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        (&sessions[0]["current"], &sessions[0]["address"]),
        (&json!(true), &json!("127.0.0.1"))
    );
    let other = sessions[1]["id"].as_i64().unwrap();
    let ended = again
        .asks(world.delete(&format!("/v1/sessions/{other}")))
        .send()
        .await
        .unwrap();
    assert_eq!(ended.status(), 200);
    let out = (401, "not_logged_in".to_owned());
    assert_eq!(refusal(anna.sends(world.get("/v1/session"))).await, out);
    let bye = again.asks(world.delete("/v1/session")).send().await.unwrap();
    assert!(cookie_of(&bye).unwrap().ends_with('='));
    assert_eq!(refusal(again.sends(world.get("/v1/session"))).await, out);
}

#[tokio::test]
async fn a_session_ends_by_idleness_and_by_age() {
    let world = World::new().await;
    let anna = world.person(Role::Viewer).await;
    let open = || async {
        anna.sends(world.get("/v1/mailings"))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    for _ in 0..15 {
        world.pass(11 * HOUR);
        assert_eq!(open().await, 200);
    }
    // 165 hours old; at 168 it is over, however busy.
    world.pass(4 * HOUR);
    assert_eq!(open().await, 401);
    let idle = browser(world.log_in(&anna.email, PASSWORD).send().await.unwrap()).await;
    world.pass(12 * HOUR);
    assert_eq!(
        refusal(idle.sends(world.get("/v1/mailings"))).await,
        (401, "not_logged_in".to_owned())
    );
}

#[tokio::test]
async fn whose_rights_change_is_out_and_whoever_is_disabled_stays_out() {
    let world = World::new().await;
    let (anna, boris) = (
        world.person(Role::Administrator).await,
        world.person(Role::Marketer).await,
    );
    let path = format!("/v1/people/{}", boris.person);
    let change = |body: serde_json::Value| anna.asks(world.patch(&path)).json(&body);
    assert_eq!(answer(change(json!({ "name": "Boris B." }))).await.0, 200);
    assert_eq!(
        boris.sends(world.get("/v1/session")).send().await.unwrap().status(),
        200,
        "a name is no right"
    );
    assert_eq!(answer(change(json!({ "role": "viewer" }))).await.1["role"], "viewer");
    assert_eq!(refusal(boris.sends(world.get("/v1/session"))).await.0, 401);
    let boris = browser(world.log_in(&boris.email, PASSWORD).send().await.unwrap()).await;
    assert_eq!(answer(change(json!({ "disabled": true }))).await.1["state"], "disabled");
    assert_eq!(refusal(boris.sends(world.get("/v1/session"))).await.0, 401);
    assert_eq!(
        refusal(world.log_in(&boris.email, PASSWORD)).await,
        (401, "login_refused".to_owned())
    );
    assert_eq!(answer(change(json!({ "disabled": false }))).await.1["state"], "active");
    assert_eq!(world.log_in(&boris.email, PASSWORD).send().await.unwrap().status(), 200);
    let own = anna.asks(world.patch(&format!("/v1/people/{}", anna.person)));
    assert_eq!(
        refusal(own.json(&json!({ "role": "viewer" }))).await,
        (409, "person_oneself".to_owned())
    );
    let empty = change(json!({ "restaurants": [] }));
    assert_eq!(answer(empty).await.1["errors"][0]["code"], "restaurants_empty");
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let world = World::new().await;
    let here = world.person(Role::Viewer).await;
    let there = browser(world.log_in(&here.email, PASSWORD).send().await.unwrap()).await;
    let change = |old: &str, new: &str| {
        let body = json!({ "password": old, "new_password": new });
        here.asks(world.post("/v1/session/password")).json(&body)
    };
    assert_eq!(
        answer(change("guess", "lantern in the well")).await.1["errors"][0]["code"],
        "password_wrong"
    );
    assert_eq!(
        answer(change(PASSWORD, "short")).await.1["errors"][0]["code"],
        "password_short"
    );
    assert_eq!(answer(change(PASSWORD, "lantern in the well")).await.0, 200);
    assert_eq!(here.sends(world.get("/v1/session")).send().await.unwrap().status(), 200);
    assert_eq!(refusal(there.sends(world.get("/v1/session"))).await.0, 401);
    assert_eq!(refusal(world.log_in(&here.email, PASSWORD)).await.0, 401);
    assert_eq!(
        world
            .log_in(&here.email, "lantern in the well")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn the_journal_tells_who_changed_what_before_and_after() {
    let world = World::new().await;
    let (anna, boris) = (
        world.person(Role::Administrator).await,
        world.person(Role::Marketer).await,
    );
    let role = anna.asks(world.patch(&format!("/v1/people/{}", boris.person)));
    assert_eq!(answer(role.json(&json!({ "role": "operator" }))).await.0, 200);
    let key = json!({ "name": "till", "scopes": ["orders"], "ends_at": "2030-01-01T00:00:00Z" });
    let (status, made) = answer(anna.asks(world.post("/v1/keys")).json(&key)).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    let revoked = anna.asks(world.delete(&format!("/v1/keys/{id}"))).send().await.unwrap();
    assert_eq!(revoked.status(), 200);
    let journal = |query: String| answer(anna.sends(world.get(&format!("/v1/audit?{query}"))));
    let (_, page) = journal(format!("person={}&limit=2", anna.person)).await;
    let entries = page["entries"].as_array().unwrap();
    let actions: Vec<_> = entries.iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["key.revoke", "key.create"], "{page}");
    assert_eq!(entries[1]["became"]["name"], "till");
    let (_, rest) = journal(format!("person={}&limit=2&cursor={}", anna.person, page["next"])).await;
    let change = &rest["entries"][0];
    assert_eq!(change["who"], format!("person {}: A administrator", anna.person));
    assert_eq!(
        (&change["was"], &change["became"]),
        (&json!({ "role": "marketer" }), &json!({ "role": "operator" }))
    );
    let (_, of_boris) = journal(format!("thing=person%20{}", boris.person)).await;
    let all = of_boris["entries"].as_array().unwrap();
    assert!(all.len() >= 3 && all.iter().all(|it| it["thing"] == format!("person {}", boris.person)));
    let (_, none) = journal(format!("before={}", "2020-01-01T00:00:00Z")).await;
    assert_eq!(none, json!({ "entries": [] }));
}

#[tokio::test]
async fn a_key_ends_by_itself_and_tells_when_it_was_used() {
    let world = World::new().await;
    let anna = world.person(Role::Administrator).await;
    let ends_at = world.now().plus(HOUR);
    let new = json!({ "name": "till", "scopes": ["mailings_read"], "ends_at": ends_at });
    let (_, made) = answer(anna.asks(world.post("/v1/keys")).json(&new)).await;
    let asks = || world.get("/v1/mailings").bearer_auth(made["key"].as_str().unwrap());
    assert_eq!(asks().send().await.unwrap().status(), 200);
    let (_, keys) = answer(anna.sends(world.get("/v1/keys"))).await;
    assert_eq!(keys["keys"][0]["id"], made["id"]);
    assert!(keys["keys"][0]["used_at"].is_string(), "{keys}");
    assert!(!keys.to_string().contains(made["key"].as_str().unwrap()));
    world.pass(HOUR);
    assert_eq!(refusal(asks()).await, (401, "api_key_unknown".to_owned()));
    let past = json!({ "name": "late", "ends_at": "2020-01-01T00:00:00Z" });
    let late = anna.asks(world.post("/v1/keys")).json(&past);
    assert_eq!(answer(late).await.1["errors"][0]["code"], "key_end_past");
}
