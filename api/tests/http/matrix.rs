//! The matrix of the table of routes, beyond the doors that roles.rs tries: every thing that a path can name, of one's own organisation
//! and of another; every guest that a route can tell of, of one's own restaurants and of others.

use crate::asking::fires_and_tells;
use crate::brand::sms;
use crate::people_world::Browser;
use crate::sampling::Sampling;
use crate::world::World;
use bellhop_api::{Permission, RoutePattern, Verb, table};
use bellhop_domain::role::Role;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the brand has, by what stands in a path's braces.
struct Ours {
    key: String,
    person: String,
    session: String,
}

/// No other organisation has one of this name.
fn sender_of_ours() -> Value {
    let mut sender = sms("brand", "ours", "1/s");
    sender["settings"]["secrets"]["password"] = json!({ "secret": "s3cret" });
    sender
}

impl Ours {
    /// An organisation in which there is one of each thing.
    async fn of(world: &World, anna: &Browser) -> Self {
        fires_and_tells(world).await;
        let sender = anna.asks(world.put("/v1/settings/senders/ours"));
        let sender = sender.json(&json!({ "document": sender_of_ours() }));
        assert_eq!(told(sender).await.0, 200);
        let key = json!({ "name": "till", "scopes": ["orders"] });
        let key = told(anna.asks(world.post("/v1/keys")).json(&key)).await.1;
        let sessions = told(anna.asks(world.get("/v1/sessions"))).await.1;
        Self {
            key: key["id"].as_str().unwrap().to_owned(),
            person: anna.person.to_string(),
            session: sessions["sessions"][0]["id"].to_string(),
        }
    }

    /// The path of one of ours, or of nobody's.
    fn path(&self, at: RoutePattern, of: Whose) -> String {
        let id = match at.path {
            path if path.starts_with("/v1/keys") => self.key.as_str(),
            path if path.starts_with("/v1/people") => &self.person,
            path if path.starts_with("/v1/sessions") => &self.session,
            _ => "1",
        };
        let segments = at.path.split('/').map(|segment| match (segment, of) {
            ("{restaurant}", Whose::Ours) => "Arbat",
            ("{sender}", Whose::Ours) => "ours",
            ("{customer_id}", Whose::Ours) => "c1",
            (segment, Whose::Ours) if segment.starts_with('{') => id,
            ("{restaurant}" | "{sender}" | "{customer_id}", Whose::Nobodys) => "nobodys",
            (segment, Whose::Nobodys) if segment.starts_with('{') => NOBODYS,
            (segment, _) => segment,
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

const NOBODYS: &str = "987654";

#[derive(Clone, Copy)]
enum Whose {
    Ours,
    Nobodys,
}

fn request(world: &World, path: &str, verb: Verb) -> RequestBuilder {
    match verb {
        Verb::Get => world.get(path),
        Verb::Post => world.post(path),
        Verb::Put => world.put(path),
        Verb::Patch => world.patch(path),
        Verb::Delete => world.delete(path),
    }
}

/// The answer, without what depends on the id that was asked about, and on the clock.
async fn told(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let mut body = response.json::<Value>().await.unwrap_or_default();
    without(
        &mut body,
        &[
            "detail",
            "params",
            "problem",
            "as_of",
            "from",
            "until",
            "begins_at",
            "used_at",
            "last_seen_at",
        ],
    );
    (status, body)
}

fn without(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(object) => {
            object.retain(|name, _| !names.contains(&name.as_str()));
            object.values_mut().for_each(|it| without(it, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|it| without(it, names)),
        _ => {}
    }
}

/// It never ends, and its test is its own.
const STREAM: &str = "/v1/stream";

/// All that somebody can read.
async fn read(world: &World, ours: &Ours, who: &Browser) -> BTreeMap<String, (u16, Value)> {
    let mut read = BTreeMap::new();
    for route in table() {
        let is_read = route.at().verbs.contains(&Verb::Get) && matches!(route.permission(), Permission::Key(_));
        if is_read && route.at().path != STREAM {
            let path = ours.path(route.at(), Whose::Ours);
            let answer = told(who.sends(world.get(&path))).await;
            read.insert(path, answer);
        }
    }
    read
}

/// To another organisation, ours are as if they were not: no answer differs, and nothing of ours has changed.
#[tokio::test]
async fn what_is_of_another_organisation_is_as_if_it_were_not() {
    let world = World::new().await;
    let anna = world.person(Role::Administrator).await;
    let ours = Ours::of(&world, &anna).await;
    let rival = world.rival().await;
    let eve = world.person_of(rival, Role::Administrator, None).await;
    let (sampling, before) = (Sampling::of_the_document(), read(&world, &ours, &anna).await);
    let there = before
        .iter()
        .filter(|(path, it)| it.0 == 200 && path.matches('/').count() > 2);
    assert!(there.count() >= 12, "{before:#?}");
    let mut tried = 0;
    for route in table() {
        let at = route.at();
        let is_about = at.path.contains('{') && matches!(route.permission(), Permission::Key(_) | Permission::Person);
        for verb in at.verbs.iter().filter(|_| is_about) {
            let ask = async |whose| {
                let asked = eve
                    .asks(request(&world, &ours.path(at, whose), *verb))
                    .header("if-match", "\"1\"");
                told(match sampling.body(at, *verb) {
                    Some(body) => asked.json(&body),
                    None => asked,
                })
                .await
            };
            let (own, nobodys) = (ask(Whose::Ours).await, ask(Whose::Nobodys).await);
            // A promo is made by its name, in the organisation of who names it.
            let makes = *verb == Verb::Put && at.path.starts_with("/v1/promo-");
            assert!(
                makes || own == nobodys,
                "{} {}: {own:?} {nobodys:?}",
                verb.name(),
                at.path
            );
            assert!(own.0 < 500, "{} {}: {own:?}", verb.name(), at.path);
            tried += 1;
        }
    }
    assert!(tried >= 40, "{tried}");
    let after = read(&world, &ours, &anna).await;
    for (path, was) in before {
        assert_eq!(after[&path], was, "{path} is not what it was");
    }
}

/// A guest whose name and phone stand nowhere else.
async fn guest_of(world: &World, customer: &str, name: &str, phone: &str, restaurant: &str) {
    let card = json!({ "name": name, "phones": [phone] });
    let key = world.key(&bellhop_store::guests::Scope::ALL).await;
    let put = world
        .put(&format!("/v1/guests/{customer}"))
        .bearer_auth(&key)
        .json(&card);
    assert_eq!(put.send().await.unwrap().status(), 200);
    let order = json!({ "order_id": format!("o-{customer}"), "customer_id": customer, "restaurant": restaurant,
                        "placed_at": "2026-02-01T10:00:00Z", "total": 100, "status": "delivered" });
    let (status, body) = world.send("/v1/orders", &json!({ "orders": [order] })).await;
    assert_eq!(status, 200, "{body}");
}

/// A body that the route takes.
fn fitting(sampling: &Sampling, at: RoutePattern, verb: Verb) -> Option<Value> {
    Some(match at.path {
        path if path.ends_with("/explain") => json!({ "filter": { "all": [] }, "customer": "far" }),
        path if path.starts_with("/v1/audience/") => json!({ "filter": { "all": [] } }),
        path if path.ends_with("/tags") => json!({ "set": ["vip"] }),
        path if path.ends_with("/blacklist") && verb == Verb::Put => json!({ "reason": "asked for it" }),
        _ => return sampling.body(at, verb),
    })
}

/// Every route that says of itself that it keeps within restaurants does.
#[tokio::test]
async fn no_route_within_restaurants_tells_of_guests_of_others() {
    const FAR: [&str; 2] = ["Фарида", "9995550001"];
    let world = World::new().await;
    guest_of(&world, "near", "Нина", "+79995550002", "Arbat").await;
    guest_of(&world, "far", FAR[0], "+79995550001", "Sokol").await;
    let arbat = ["Arbat".to_owned()];
    let here = world.person_of(world.org, Role::Administrator, Some(&arbat)).await;
    let all = world.person(Role::Administrator).await;
    let ours = Ours::of(&world, &all).await;
    let (sampling, mut shown, mut refused) = (Sampling::of_the_document(), 0, 0);
    for route in table().iter().filter(|it| it.at().within_restaurants) {
        let at = route.at();
        for verb in at.verbs {
            let ask = async |who: &Browser, guest: &str| {
                let path = ours
                    .path(at, Whose::Ours)
                    .replace("/guests/c1", &format!("/guests/{guest}"));
                let asked = who.asks(request(&world, &path, *verb)).header("if-match", "\"1\"");
                let asked = match fitting(&sampling, at, *verb) {
                    Some(body) => asked.json(&body),
                    None => asked,
                };
                let answer = asked.send().await.unwrap();
                (answer.status().as_u16(), answer.text().await.unwrap())
            };
            let place = (verb.name(), at.path);
            let (status, text) = ask(&here, "far").await;
            assert!(!FAR.iter().any(|it| text.contains(it)), "{place:?} tells {text}");
            if at.path.contains("{customer_id}") {
                assert!(
                    status == 403 && text.contains("guest_of_other_restaurants"),
                    "{place:?}: {status} {text}"
                );
                let near = ask(&here, "near").await;
                assert_eq!(near.0, 200, "{place:?}: {}", near.1);
                refused += 1;
            }
            let everything = ask(&all, "far").await.1;
            shown += usize::from(FAR.iter().any(|it| everything.contains(it)));
        }
    }
    assert!(shown >= 2, "whoever is not limited is told of them at {shown} routes");
    assert!(refused >= 4, "{refused}");
}
