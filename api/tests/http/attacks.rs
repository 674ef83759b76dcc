//! What somebody tries who is not the person: sessions planted and stolen, requests of other sites, guesses.

use crate::people_world::{PASSWORD, browser, cookie_of, refusal};
use crate::world::{World, answer};
use bellhop_domain::role::Role;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_planted_session_is_nobodys_after_the_login() {
    let world = World::new().await;
    let (eve, anna) = (
        world.person(Role::Viewer).await,
        world.person(Role::Administrator).await,
    );
    // Eve has put her own session into Anna's browser, and then one that she made up.
    let made_up = format!("__Host-bellhop_session={}", "e".repeat(64));
    for planted in [eve.cookie.as_str(), made_up.as_str()] {
        let login = world.log_in(&anna.email, PASSWORD).header("cookie", planted);
        let response = login.send().await.unwrap();
        assert_ne!(cookie_of(&response).as_deref(), Some(planted));
        let fresh = browser(response).await;
        assert_eq!(fresh.person, anna.person);
        let old = world.get("/v1/session").header("cookie", planted);
        assert_eq!(refusal(old).await, (401, "not_logged_in".to_owned()));
    }
}

#[tokio::test]
async fn a_stolen_session_ends_with_its_owners_word() {
    let world = World::new().await;
    let anna = world.person(Role::Administrator).await;
    let thief = anna.clone();
    assert_eq!(thief.sends(world.get("/v1/people")).send().await.unwrap().status(), 200);
    // The password and the second factor are asked for again, so the thief cannot keep what they have.
    let step = thief
        .asks(world.post("/v1/session/totp"))
        .json(&json!({ "password": "guess" }));
    assert_eq!(answer(step).await.1["errors"][0]["code"], "password_wrong");
    let home = browser(world.log_in(&anna.email, PASSWORD).send().await.unwrap()).await;
    let sessions = answer(home.sends(world.get("/v1/sessions"))).await.1;
    let stolen = sessions["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["current"] == false)
        .unwrap();
    let ended = home
        .asks(world.delete(&format!("/v1/sessions/{}", stolen["id"])))
        .send()
        .await
        .unwrap();
    assert_eq!(ended.status(), 200);
    assert_eq!(refusal(thief.sends(world.get("/v1/people"))).await.0, 401);
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let world = World::new().await;
    let anna = world.person(Role::Administrator).await;
    let invite = || {
        let new = json!({ "email": "eve@evil.example", "role": "administrator" });
        world.post("/v1/people/invitations").json(&new)
    };
    let token = (403, "csrf_token_unfit".to_owned());
    assert_eq!(refusal(anna.sends(invite())).await, token);
    assert_eq!(
        refusal(anna.sends(invite()).header("x-csrf-token", "0".repeat(64))).await,
        token
    );
    let eve = world.person(Role::Viewer).await;
    assert_eq!(
        refusal(anna.sends(invite()).header("x-csrf-token", &eve.csrf)).await,
        token,
        "of another session"
    );
    let site = (403, "request_of_another_site".to_owned());
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        assert_eq!(refusal(anna.asks(invite()).header(name, value)).await, site, "{value}");
        let login = world.log_in(&eve.email, PASSWORD).header(name, value);
        assert_eq!(refusal(login).await, site, "a login by {value}");
    }
    // What a form can send without asking first.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let login = world.post("/v1/session").header("content-type", kind).body("{}");
        assert_eq!(
            refusal(login).await,
            (415, "body_not_declared_json".to_owned()),
            "{kind}"
        );
    }
    for request in [
        world.delete("/v1/session"),
        world.delete("/v1/sessions/1"),
        world.post("/v1/senders/smsc/resume"),
    ] {
        assert_eq!(refusal(anna.sends(request)).await, token);
    }
    let page = anna
        .asks(invite())
        .header("origin", "https://bellhop.example")
        .header("sec-fetch-site", "same-origin");
    assert_eq!(page.send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn guesses_are_few_and_tell_nothing() {
    let world = World::new().await;
    let anna = world.person(Role::Viewer).await;
    let (invited, waiting) = world.invited(world.org, Role::Viewer, None).await;
    drop(invited);
    let refused = answer(world.log_in(&anna.email, "kettle on the root")).await;
    assert_eq!((refused.0, &refused.1["code"]), (401, &json!("login_refused")));
    for nobody in ["nobody@brand.example", waiting.as_str(), "no e-mail", ""] {
        assert_eq!(answer(world.log_in(nobody, PASSWORD)).await, refused, "{nobody:?}");
    }
    for other in ["nobody@brand.example", anna.email.as_str()] {
        let mut codes = Vec::new();
        for _ in 0..12 {
            codes.push(refusal(world.log_in(other, "a guess of mine")).await.1);
        }
        // One was made above.
        assert_eq!(
            codes.iter().filter(|code| *code == "login_refused").count(),
            9,
            "{other}"
        );
        assert_eq!(codes.last().unwrap(), "logins_too_many", "{other}");
    }
    // Even the right password is not looked at any more, until a quarter of an hour has passed.
    let right = world.log_in(&anna.email, PASSWORD).send().await.unwrap();
    assert_eq!(
        (
            right.status().as_u16(),
            right.headers()["retry-after"].to_str().unwrap()
        ),
        (429, "900")
    );
    world.pass(Duration::from_secs(15 * 60));
    assert_eq!(world.log_in(&anna.email, PASSWORD).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn guesses_at_once_are_counted_too() {
    let world = World::new().await;
    let anna = world.person(Role::Viewer).await;
    let guesses = (0..25).map(|i| {
        let guess = world.log_in(&anna.email, &format!("guess number {i}"));
        tokio::spawn(async move { refusal(guess).await })
    });
    let mut looked_at = 0;
    for guess in guesses.collect::<Vec<_>>() {
        looked_at += usize::from(guess.await.unwrap().1 == "login_refused");
    }
    assert!(looked_at <= 10, "{looked_at} guesses were looked at");
}

/// The least of some times is what it takes when nothing else is going on.
#[tokio::test]
async fn nobodys_login_takes_as_long_as_somebodys() {
    let world = World::new().await;
    let anna = world.person(Role::Viewer).await;
    let mut least = [Duration::MAX; 2];
    for _ in 0..8 {
        for (least, email) in least.iter_mut().zip([anna.email.as_str(), "nobody@brand.example"]) {
            let began = Instant::now();
            assert_eq!(refusal(world.log_in(email, "a guess of mine")).await.0, 401);
            *least = began.elapsed().min(*least);
        }
    }
    let [somebody, nobody] = least.map(|it| it.as_secs_f64());
    assert!((0.5..2.0).contains(&(nobody / somebody)), "{somebody} s and {nobody} s");
    assert!(nobody > 0.005, "a password was hashed: {nobody} s");
}

#[tokio::test]
async fn tokens_and_keys_are_not_found_by_trying() {
    let world = World::new().await;
    for token in ["1", &"0".repeat(64), &"Z".repeat(64), "..%2f", &"a".repeat(3_000)] {
        assert_eq!(
            refusal(world.get(&format!("/v1/invitations/{token}"))).await,
            (404, "link_over".to_owned())
        );
        let session = world
            .get("/v1/session")
            .header("cookie", format!("__Host-bellhop_session={token}"));
        assert_eq!(refusal(session).await, (401, "not_logged_in".to_owned()));
    }
    // The cookie of plain HTTP is nothing behind TLS: a neighbour could have planted it.
    let anna = world.person(Role::Viewer).await;
    let plain = anna.cookie.replace("__Host-", "");
    assert_eq!(refusal(world.get("/v1/session").header("cookie", plain)).await.0, 401);
    // A key is judged as one, whoever's cookie comes with it.
    let both = anna.asks(world.get("/v1/mailings")).bearer_auth("bellhop_nonsense");
    assert_eq!(refusal(both).await, (401, "api_key_unknown".to_owned()));
}
