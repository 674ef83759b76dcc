//! Tries every route of the table with every kind of key and every scope, over real HTTP: exactly those who may pass
//! its door do.

use crate::asking::{ask, fires_and_tells, one_to_erase};
use crate::files::come_and_go;
use crate::webhooks::gateway;
use crate::world::{BROWSER, World};
use bellhop_api::{Permission, Route, Verb, table};
use bellhop_store::guests::{KeyKind, Scope};
use reqwest::RequestBuilder;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Somebody who makes a request.
struct Asker {
    what: String,
    key: Option<(KeyKind, Scope, String)>,
    signature: Option<&'static str>,
}

impl Asker {
    fn stranger(what: &str, signature: Option<&'static str>) -> Self {
        let what = what.to_owned();
        Asker {
            what,
            key: None,
            signature,
        }
    }

    /// What the table says.
    fn may(&self, permission: Permission) -> bool {
        match permission {
            Permission::Key(needed) => matches!(self.key, Some((_, scope, _)) if scope == needed),
            Permission::Provider => self.signature == Some("good"),
            Permission::Person => false,
            Permission::Address | Permission::Anybody | Permission::Network => true,
        }
    }
}

/// A key of each kind with each scope that it may have, and those who have no key.
async fn askers(world: &World) -> Vec<Asker> {
    let mut askers = vec![
        Asker::stranger("nobody", None),
        Asker::stranger("a provider", Some("good")),
        Asker::stranger("who forges", Some("bad")),
    ];
    for kind in KeyKind::ALL {
        for scope in Scope::ALL.into_iter().filter(|scope| kind.may_have(*scope)) {
            let key = world.key_of(kind, &[scope]).await;
            askers.push(Asker {
                what: format!("a key of {} with {}", kind.name(), scope.name()),
                key: Some((kind, scope, key)),
                signature: None,
            });
        }
    }
    askers
}

fn request(world: &World, route: &Route<bellhop_api::Api>, verb: Verb, asker: &Asker) -> RequestBuilder {
    // Behind every door that asks for a key and takes a body, one in the wrong form is refused, by 415: nothing happens.
    let mut request = ask(world, route.at(), verb).header("user-agent", BROWSER);
    if let Some((_, _, key)) = &asker.key {
        request = request.bearer_auth(key);
    }
    if let Some(signature) = asker.signature {
        request = request.header("x-signature", signature);
    }
    request
}

#[tokio::test]
async fn exactly_who_may_passes_the_door() {
    let world = gateway().await;
    fires_and_tells(&world).await;
    one_to_erase(&world).await;
    come_and_go(&world).await;
    let (askers, table) = (askers(&world).await, table());
    let mut asked = BTreeMap::<_, usize>::new();
    for route in &table {
        for verb in route.at().verbs {
            for asker in &askers {
                let answer = request(&world, route, *verb, asker).send().await.unwrap();
                let status = answer.status().as_u16();
                let (permission, place) = (route.permission(), (verb.name(), route.at().path));
                let passed = !matches!(status, 401 | 403);
                assert_eq!(passed, asker.may(permission), "{} at {place:?}: {status}", asker.what);
                if matches!(permission, Permission::Key(_)) && passed {
                    // The door opens to the check of the body, or, where none is read, to the answer; what is removed by
                    // its version asks for that.
                    let expected: &[u16] = match (route.body_bytes(), verb) {
                        (Some(_), _) => &[415],
                        // What is asked about of people and keys is not there.
                        (None, Verb::Delete) => &[200, 404, 428],
                        (None, Verb::Post) => &[200, 404, 428],
                        (None, _) => &[200],
                    };
                    assert!(expected.contains(&status), "{} at {place:?}: {status}", asker.what);
                }
                let code = answer
                    .headers()
                    .get("content-type")
                    .is_some_and(|kind| kind == "application/problem+json");
                let told = if code {
                    answer.json().await.unwrap()
                } else {
                    serde_json::Value::Null
                };
                assert!(
                    told["code"] != "path_unknown" && told["code"] != "method_wrong",
                    "{place:?} is served"
                );
                *asked.entry(place).or_default() += 1;
            }
        }
    }
    let expected = table.iter().map(|route| route.at().verbs.len()).sum::<usize>();
    assert_eq!(asked.len(), expected, "no path stands twice in the table");
    assert!(asked.values().all(|times| *times == askers.len()));
    for scope in Scope::ALL {
        let wants = |route: &&Route<_>| route.permission() == Permission::Key(scope);
        assert!(table.iter().any(|route| wants(&route)), "no route asks for {scope:?}");
    }
}

#[tokio::test]
async fn who_has_a_key_or_a_guests_link_has_a_bounded_body_and_others_a_short_one_or_none() {
    for route in table() {
        let keyed = matches!(route.permission(), Permission::Key(_));
        let is_of_a_page = route.permission() == Permission::Address && route.at().path.starts_with("/g/");
        assert!(
            keyed || is_of_a_page || route.body_bytes().is_none_or(|most| most <= 4 << 10),
            "{}",
            route.at().path
        );
        let changes = route.at().verbs.contains(&Verb::Put);
        assert!(!changes || route.body_bytes().is_some(), "{}", route.at().path);
        assert!(route.body_bytes().is_none_or(|most| (1..=8 << 20).contains(&most)));
    }
}

/// All Rust sources below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}

#[test]
fn nothing_is_served_beside_the_table() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut serving = Vec::new();
    for path in sources(&ours) {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let ways = [".route", ".nest", ".fallback", "axum::routing"];
        let found = code.filter(|line| ways.iter().any(|way| line.contains(way))).count();
        serving.extend((found > 0).then(|| path.strip_prefix(&ours).unwrap().display().to_string()));
    }
    serving.sort();
    // The doors make the services, one line of `line.rs` gives them a path, and `lib.rs` defines what applies to all
    // paths.
    let doors = [
        "lib.rs",
        "routes/download.rs",
        "routes/form.rs",
        "routes/keyed.rs",
        "routes/line.rs",
        "routes/open.rs",
        "routes/personal.rs",
        "routes/piece.rs",
        "routes/plain.rs",
        "routes/signed.rs",
        "routes/streamed.rs",
    ];
    assert_eq!(serving, doors);
}
