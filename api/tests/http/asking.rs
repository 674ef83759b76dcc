//! Routes of the table as requests.

use crate::world::World;
use bellhop_api::{RoutePattern, Verb};
use reqwest::RequestBuilder;

/// A request of a route, with a sender, an organisation and a message of the world's in its path.
pub fn ask(world: &World, at: RoutePattern, verb: Verb) -> RequestBuilder {
    // Nothing of people and keys is the caller's own: what is asked about is not there.
    let id = match ["/v1/people", "/v1/sessions", "/v1/keys"]
        .iter()
        .any(|of| at.path.starts_with(of))
    {
        true => "999",
        false => "1",
    };
    let token = world.message.to_string();
    let path = at.path.replace("{*token}", &token).replace("{token}", &token);
    let path = path
        .replace("{button}", "0")
        .replace("{organisation}", "brand")
        .replace("{restaurant}", "Arbat")
        .replace("{sender}", "smsc")
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
