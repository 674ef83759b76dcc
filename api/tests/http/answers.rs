//! Whatever is asked of a route, its answer is one that the OpenAPI document has.

use crate::asking::fires_and_tells;
use crate::people_world::Browser;
use crate::sampling::Sampling;
use crate::world::World;
use bellhop_api::{Permission, Route, Verb, table};
use bellhop_domain::role::Role;
use bellhop_store::guests::Scope;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

/// Somebody who passes every door.
struct Everybody<'a> {
    world: &'a World,
    key: String,
    anna: Browser,
}

impl<'a> Everybody<'a> {
    async fn of(world: &'a World) -> Self {
        Self {
            world,
            key: world.key(&Scope::ALL).await,
            anna: world.person(Role::Administrator).await,
        }
    }

    fn asks(&self, route: &Route<bellhop_api::Api>, verb: Verb, in_braces: &str) -> RequestBuilder {
        let segments = route.at().path.split('/');
        let segments = segments.map(|it| if it.starts_with('{') { in_braces } else { it });
        let path = segments.collect::<Vec<_>>().join("/");
        let request = match verb {
            Verb::Get => self.world.get(&path),
            Verb::Post => self.world.post(&path),
            Verb::Put => self.world.put(&path),
            Verb::Patch => self.world.patch(&path),
            Verb::Delete => self.world.delete(&path),
        };
        let request = request.header("if-match", "\"1\"");
        match route.permission() {
            Permission::Key(_) => request.bearer_auth(&self.key),
            Permission::Person => self.anna.asks(request),
            _ => request,
        }
    }
}

#[tokio::test]
async fn whatever_stands_in_a_path_and_a_body_the_document_has_the_answer() {
    let world = World::new().await;
    let (everybody, sampling) = (Everybody::of(&world).await, Sampling::of_the_document());
    let long = "a".repeat(5_000);
    let mut asked = 0;
    for route in table() {
        let has_braces = route.at().path.contains('{');
        let odd = ["%ff", "%00", "x", "-1", "99999999999999999999", long.as_str()];
        let odd: &[&str] = if has_braces { &odd } else { &[""] };
        for verb in route.at().verbs {
            // Logging out is tried elsewhere: it would end this.
            if (*verb, route.at().path) == (Verb::Delete, "/v1/session") {
                continue;
            }
            let bodies = match sampling.body(route.at(), *verb) {
                Some(body) => vec![Some(body), Some(json!({})), Some(json!([])), Some(Value::Null)],
                None => vec![None],
            };
            for in_braces in odd {
                for body in &bodies {
                    let request = everybody.asks(&route, *verb, in_braces);
                    let request = if let Some(body) = body {
                        request.json(body)
                    } else {
                        request
                    };
                    let status = request.send().await.unwrap().status().as_u16();
                    let place = (verb.name(), route.at().path, &in_braces[..in_braces.len().min(20)]);
                    let documented = sampling.statuses(route.at(), *verb);
                    assert!(
                        documented.contains(&status),
                        "{place:?} {body:?}: {status} is none of {documented:?}"
                    );
                    assert!(status < 500, "{place:?} {body:?}: {status}");
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 400, "{asked}");
}

/// Mass assignment: no body takes a key that its type does not name, so none sets what is not the caller's to set.
#[tokio::test]
async fn no_route_takes_a_key_that_it_does_not_name() {
    let world = World::new().await;
    fires_and_tells(&world).await;
    let (everybody, sampling) = (Everybody::of(&world).await, Sampling::of_the_document());
    let mut tried = 0;
    for route in table() {
        for verb in route.at().verbs {
            if sampling.body(route.at(), *verb).is_none() {
                continue;
            }
            for key in ["org_id", "is_administrator", "__proto__"] {
                let request = everybody.asks(&route, *verb, "1").json(&json!({ key: 1 }));
                let response = request.send().await.unwrap();
                let (status, body) = (response.status().as_u16(), response.json::<Value>().await.unwrap());
                let place = (verb.name(), route.at().path);
                // A schedule has a grammar of its own, whose faults are told with their places.
                let codes = [&body["code"], &body["errors"][0]["code"]];
                let is_unknown = codes
                    .iter()
                    .any(|it| *it == "body_key_unknown" || *it == "body_value_unknown");
                assert!(status == 422 && is_unknown, "{place:?}: {status} {body}");
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}
