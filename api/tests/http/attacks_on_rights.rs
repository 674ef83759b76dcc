//! What somebody tries who is logged in: things of others by their numbers, fields that are not theirs to set, more rights.

use crate::people_world::{PASSWORD, refusal};
use crate::world::{World, answer};
use bellhop_domain::role::Role;
use bellhop_store::accounts::PeopleBook;
use bellhop_store::guests::Scope;
use serde_json::{Value, json};

#[tokio::test]
async fn nothing_of_another_organisation_is_found_by_its_number() {
    let world = World::new().await;
    let (anna, rival) = (world.person(Role::Administrator).await, world.rival().await);
    let eve = world.person_of(rival, Role::Administrator, None).await;
    let key = json!({ "name": "till", "scopes": ["orders"] });
    let (_, key) = answer(anna.asks(world.post("/v1/keys")).json(&key)).await;
    let sessions = answer(anna.sends(world.get("/v1/sessions"))).await.1;
    let (key, session) = (key["id"].as_str().unwrap(), &sessions["sessions"][0]["id"]);
    let none = Value::Null;
    for (request, body) in [
        (world.get("/v1/mailings/1"), &none),
        (world.get("/v1/mailings/1/runs"), &none),
        (world.get("/v1/mailings/1/statistics"), &none),
        (world.get("/v1/mailings/1/approvals"), &none),
        (world.get("/v1/runs/1"), &none),
        (world.get("/v1/guests/c1"), &none),
        (world.post("/v1/mailings/1/launch"), &json!({ "again": true })),
        (world.post("/v1/mailings/1/duplicate"), &json!({})),
        (world.post("/v1/runs/1/pause"), &json!({ "reason": "mine" })),
        (world.post("/v1/runs/1/cancel"), &json!({})),
        (world.post("/v1/guests/c1/tags"), &json!({ "set": ["mine"] })),
        (world.put("/v1/guests/c1/blacklist"), &json!({ "reason": "mine" })),
        (world.delete("/v1/guests/c1/blacklist"), &none),
        (
            world.patch(&format!("/v1/people/{}", anna.person)),
            &json!({ "disabled": true }),
        ),
        (world.post(&format!("/v1/people/{}/link", anna.person)), &none),
        (world.delete(&format!("/v1/keys/{key}")), &none),
        (world.delete(&format!("/v1/sessions/{session}")), &none),
    ] {
        let asked = eve.asks(request).header("if-match", "\"1\"");
        let asked = if body.is_null() { asked } else { asked.json(body) };
        let what = format!("{asked:?}");
        let (status, answer) = answer(asked).await;
        assert_eq!(status, 404, "{what}: {answer}");
    }
    // All of it is still there.
    assert_eq!(anna.sends(world.get("/v1/session")).send().await.unwrap().status(), 200);
    assert!(
        answer(anna.sends(world.get("/v1/keys"))).await.1["keys"][0]
            .get("revoked_at")
            .is_none()
    );
    let journal = answer(eve.sends(world.get("/v1/audit"))).await.1;
    let things = journal["entries"].as_array().unwrap();
    assert!(things.iter().all(|it| it["thing"] != "mailing 1"), "{journal}");
    assert_eq!(
        answer(eve.sends(world.get("/v1/people"))).await.1["people"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn fields_that_are_not_theirs_to_set_are_refused() {
    let world = World::new().await;
    let anna = world.person(Role::Administrator).await;
    let (link, _) = world.invited(world.org, Role::Viewer, None).await;
    let come_in = |more: Value| {
        let mut said = json!({ "name": "Eve", "password": PASSWORD });
        said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.post(&format!("/v1/invitations/{link}")).json(&said)
    };
    for more in [
        json!({ "role": "administrator" }),
        json!({ "restaurants": null }),
        json!({ "org_id": 1 }),
        json!({ "id": anna.person }),
    ] {
        assert_eq!(
            refusal(come_in(more.clone())).await,
            (422, "body_key_unknown".to_owned()),
            "{more}"
        );
    }
    // A link for somebody makes nobody else.
    let other = answer(come_in(json!({ "email": "eve@evil.example" }))).await;
    assert_eq!((other.0, &other.1["errors"][0]["place"]), (422, &json!("email")));
    let path = format!("/v1/people/{}", anna.person);
    for more in [
        json!({ "email": "eve@evil.example" }),
        json!({ "org_id": 2 }),
        json!({ "password": "x" }),
        json!({ "state": "active" }),
        json!({ "second_factor": false }),
    ] {
        let change = anna.asks(world.patch(&path)).json(&more);
        assert_eq!(refusal(change).await, (422, "body_key_unknown".to_owned()), "{more}");
    }
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let world = World::new().await;
    let anna = world.person(Role::Administrator).await;
    let key = world.key(&[Scope::People, Scope::Keys, Scope::GuestsRead]).await;
    let beyond = (403, "role_beyond_own".to_owned());
    for role in ["administrator", "marketer", "operator"] {
        let new = json!({ "email": format!("eve-{role}@brand.example"), "role": role });
        let invite = world.post("/v1/people/invitations").bearer_auth(&key).json(&new);
        assert_eq!(refusal(invite).await, beyond, "{role}");
    }
    // Nor takes over who has more.
    let link = world
        .post(&format!("/v1/people/{}/link", anna.person))
        .bearer_auth(&key);
    assert_eq!(refusal(link).await, beyond);
    let path = format!("/v1/people/{}", anna.person);
    let change = world.patch(&path).bearer_auth(&key).json(&json!({ "disabled": true }));
    assert_eq!(refusal(change).await, beyond);
    let new = json!({ "name": "more", "scopes": ["guests_read", "launch"] });
    let made = answer(world.post("/v1/keys").bearer_auth(&key).json(&new)).await;
    assert_eq!((made.0, &made.1["errors"][0]["code"]), (422, &json!("role_beyond_own")));
    let new = json!({ "name": "less", "scopes": ["guests_read"] });
    assert_eq!(answer(world.post("/v1/keys").bearer_auth(&key).json(&new)).await.0, 201);
}

#[tokio::test]
async fn an_organisation_keeps_an_administrator() {
    let world = World::new().await;
    let anna = world.person(Role::Administrator).await;
    let limited = world
        .person_of(world.org, Role::Administrator, Some(&["Arbat".to_owned()]))
        .await;
    let key = world.key(&Scope::ALL).await;
    let path = format!("/v1/people/{}", anna.person);
    for change in [
        json!({ "disabled": true }),
        json!({ "role": "viewer" }),
        json!({ "restaurants": ["Arbat"] }),
    ] {
        let asked = world.patch(&path).bearer_auth(&key).json(&change);
        assert_eq!(refusal(asked).await, (409, "last_administrator".to_owned()), "{change}");
    }
    // Who is limited cannot lift their own limit.
    let lift = limited.asks(world.patch(&format!("/v1/people/{}", limited.person)));
    assert_eq!(
        refusal(lift.json(&json!({ "restaurants": null }))).await,
        (403, "limited_to_restaurants".to_owned())
    );
    let people = world.store.people(world.org).await.unwrap();
    assert_eq!(people.iter().filter(|it| it.restaurants.is_none()).count(), 1);
}
