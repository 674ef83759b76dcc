//! Routes of the table as requests.

use crate::outgoing::tag;
use crate::program::Program;
use crate::world::{NOW, World};
use bellhop_api::{RoutePattern, Verb};
use bellhop_store::GuestBase;
use bellhop_store::guests::CustomerCard;
use reqwest::RequestBuilder;
use serde_json::json;

/// A request of a route, with a sender, an organisation and a message of the world's in its path.
/// Who is to be erased is another guest than everybody asks about ([`one_to_erase`]).
pub fn ask(world: &World, at: RoutePattern, verb: Verb) -> RequestBuilder {
    if (verb, at.path) == (Verb::Delete, "/v1/guests/{customer_id}") {
        return world.delete("/v1/guests/gone");
    }
    // Others go on to ask about the upload and the mapping that are there.
    match (verb, at.path) {
        (Verb::Delete, "/v1/uploads/{id}") => return world.delete("/v1/uploads/999"),
        (Verb::Delete, "/v1/import-mappings/{name}") => return world.delete("/v1/import-mappings/none"),
        _ => {}
    }
    // Nothing of people and keys is the caller's own: what is asked about is not there.
    let id = match ["/v1/people", "/v1/sessions", "/v1/keys"]
        .iter()
        .any(|of| at.path.starts_with(of))
    {
        true => "999",
        // An import is 1.
        false if at.path.starts_with("/v1/exports") => "2",
        false => "1",
    };
    let token = world.message.to_string();
    let path = at.path.replace("{*token}", &token).replace("{token}", &token);
    let path = path
        .replace("{guest}", &world.page)
        .replace("{button}", "0")
        .replace("{organisation}", "brand")
        .replace("{restaurant}", "Arbat")
        .replace("{sender}", "smsc")
        .replace("{name}", "spring")
        .replace("{list}", "spring")
        .replace("{promo}", "BACK")
        .replace("{landing}", "00")
        .replace("{id}", id)
        .replace("{customer_id}", "c1");
    assert!(!path.contains('{'), "{path}: say what stands there");
    match verb {
        Verb::Get => world.get(&path),
        Verb::Post => world.post(&path),
        Verb::Put => world.put(&path),
        Verb::Patch => world.patch(&path),
        Verb::Delete => world.delete(&path),
    }
}

/// A program, a webhook and one delivery of it, a segment, a landing and a rule of tags, whose ids are 1, and a list of codes.
pub async fn fires_and_tells(world: &World) {
    let program = Program::of(world).await;
    for (path, body) in [
        ("/v1/segments", json!({ "name": "all", "filter": {} })),
        ("/v1/landings", json!({ "name": "Autumn", "title": "Autumn" })),
        (
            "/v1/tag-rules",
            json!({ "name": "Often", "tag": "often", "days": 30, "count": { "min": 3 } }),
        ),
    ] {
        let made = program.post(path, &body).await;
        assert_eq!((made.0, &made.1["id"]), (201, &json!(1)), "{made:?}");
    }
    assert_eq!(program.put("/v1/promo-lists/spring", &json!({})).await.0, 200);
    let cart = include_str!("../../../programs/presets/abandoned-cart.json");
    let made = program.post("/v1/programs", &serde_json::from_str(cart).unwrap()).await;
    assert_eq!((made.0, &made.1["id"]), (201, &json!(1)), "{made:?}");
    let webhook = json!({ "url": "https://loyalty.example/hook", "kinds": ["guest.tagged"] });
    let made = program.post("/v1/webhooks", &webhook).await;
    assert_eq!((made.0, &made.1["id"]), (201, &json!(1)), "{made:?}");
    tag(world).await;
}

/// Makes the guest whom [`ask`] erases.
pub async fn one_to_erase(world: &World) {
    let guest = CustomerCard {
        external_id: "gone".into(),
        ..CustomerCard::default()
    };
    world
        .store
        .put_customers(world.org, &[guest], "import", NOW)
        .await
        .unwrap();
}
