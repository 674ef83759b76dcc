//! Routes of the table as requests.

use crate::world::{NOW, World};
use bellhop_api::{RoutePattern, Verb};
use bellhop_store::GuestBase;
use bellhop_store::guests::CustomerCard;
use reqwest::RequestBuilder;

/// A request of a route, with a sender, an organisation and a message of the world's in its path.
/// Who is to be erased is another guest than everybody asks about ([`one_to_erase`]).
pub fn ask(world: &World, at: RoutePattern, verb: Verb) -> RequestBuilder {
    if (verb, at.path) == (Verb::Delete, "/v1/guests/{customer_id}") {
        return world.delete("/v1/guests/gone");
    }
    let token = world.message.to_string();
    let path = at.path.replace("{*token}", &token).replace("{token}", &token);
    let path = path
        .replace("{guest}", &world.page)
        .replace("{button}", "0")
        .replace("{organisation}", "brand")
        .replace("{restaurant}", "Arbat")
        .replace("{sender}", "smsc")
        .replace("{id}", "1")
        .replace("{customer_id}", "c1");
    assert!(!path.contains('{'), "{path}: say what stands there");
    match verb {
        Verb::Get => world.get(&path),
        Verb::Post => world.post(&path),
        Verb::Put => world.put(&path),
        Verb::Delete => world.delete(&path),
    }
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
