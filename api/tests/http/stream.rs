//! Streams of events: what is told to whom, what ends them, and that a client that was away misses nothing.

use crate::people_world::{Browser, refusal};
use crate::program::Program;
use crate::world::{World, answer, spec};
use bellhop_api::{Api, Bounded, Bounds, router};
use bellhop_domain::RunId;
use bellhop_domain::role::Role;
use bellhop_store::base::outbox::{Kind, Outbox, Reader};
use bellhop_store::guests::{ApiKeys, Scope};
use bellhop_store::ledger::{Finishing, OpenClass, Recording};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);

/// What a stream has told.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    id: Option<String>,
    name: String,
    data: Value,
}

/// A client of a stream.
struct Client {
    response: Response,
    text: String,
    /// The last id that it has heard.
    seen: String,
}

impl Client {
    async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
            seen: String::new(),
        }
    }

    /// The next event; `None` when the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (read(block), rest.to_owned());
                self.text = rest;
                let Some(event) = event else { continue };
                if let Some(id) = &event.id {
                    self.seen.clone_from(id);
                }
                return Some(event);
            }
            let piece = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let piece = piece.expect("the stream says something in time").ok().flatten()?;
            self.text += std::str::from_utf8(&piece).unwrap();
        }
    }

    /// The next of this name; others are passed over.
    async fn wait_for(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.name == name && fits(&event.data) {
                return event;
            }
        }
    }

    async fn ends(&mut self) -> Value {
        let event = self.wait_for("end", |_| true).await;
        assert_eq!(self.next().await, None, "nothing follows the end");
        event.data
    }
}

fn read(block: &str) -> Option<Event> {
    let field = |name: &str| {
        let line = block
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map(str::to_owned)
    };
    Some(Event {
        id: field("id"),
        name: field("event")?,
        data: serde_json::from_str(&field("data")?).unwrap(),
    })
}

impl World {
    /// The address of another process of the API over the same database, and what stops it.
    async fn another_process(&self) -> (String, CancellationToken, JoinHandle<()>) {
        let bounds = Bounds::default();
        let api = Api {
            bounded: Bounded::new(&bounds),
            ..self.api.clone()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (slow, stop) = (api.bounded.slow(), CancellationToken::new());
        let served = bellhop_api::serve(listener, router(api), bounds, slow, stop.clone());
        (url, stop, tokio::spawn(served))
    }
}

/// Makes a draft, and says its number.
async fn draft(program: &Program<'_>) -> i64 {
    let made = program
        .post(
            "/v1/mailings",
            &serde_json::from_str(&spec("https://brand.example/x")).unwrap(),
        )
        .await;
    assert_eq!(made.0, 201, "{}", made.1);
    made.1["id"].as_i64().unwrap()
}

fn is_of(mailing: i64) -> impl Fn(&Value) -> bool {
    move |told| told["thing"] == format!("mailing {mailing}")
}

#[tokio::test]
async fn a_stream_that_is_cut_misses_nothing_whichever_process_goes_on() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let stream = |url: &str| {
        reqwest::Client::new()
            .get(format!("{url}/v1/stream"))
            .bearer_auth(&program.key)
    };
    let mut client = Client::of(stream(&world.url)).await;
    let open = client.next().await.unwrap();
    assert_eq!((open.name.as_str(), &open.data["resumed"]), ("open", &json!(false)));
    let first = draft(&program).await;
    let told = client.wait_for("change", is_of(first)).await;
    assert_eq!(
        (&told.data["action"], told.id.is_some()),
        (&json!("mailing.create"), true)
    );
    assert!(
        told.data["who"].as_str().unwrap().starts_with("API key site"),
        "{told:?}"
    );
    let seen = client.seen.clone();
    drop(client);
    // A minute without a line. All readers have what happens meanwhile, and it is pruned.
    let missed = [draft(&program).await, draft(&program).await];
    world.pass(Duration::from_secs(60));
    let reader = Reader {
        name: "log",
        holder: "tester".to_owned(),
        kinds: &[Kind::Audited],
        turn: Duration::from_secs(1),
    };
    let handed = world.store.hand_over(&reader, 1_000, world.now()).await.unwrap();
    world.store.acknowledge(&reader, handed.upto.unwrap()).await.unwrap();
    world
        .store
        .prune(Duration::from_secs(86_400), world.now())
        .await
        .unwrap();
    let (another, _stop, _served) = world.another_process().await;
    for url in [&world.url, &another] {
        let mut client = Client::of(stream(url).header("last-event-id", &seen)).await;
        assert_eq!(client.next().await.unwrap().data["resumed"], true);
        let mut told = Vec::new();
        while told.len() < missed.len() {
            let event = client.next().await.unwrap();
            if event.name == "change" {
                told.push(event.data["thing"].clone());
            }
        }
        assert_eq!(
            told,
            missed.map(|it| json!(format!("mailing {it}"))),
            "all of it, once, in its order"
        );
        // And it goes on.
        let next = draft(&program).await;
        client.wait_for("change", is_of(next)).await;
    }
    // Where the header cannot be sent.
    let again = world.get(&format!("/v1/stream?after={seen}")).bearer_auth(&program.key);
    assert_eq!(Client::of(again).await.next().await.unwrap().data["resumed"], true);
}

#[tokio::test]
async fn who_was_away_for_too_long_is_told_so() {
    let world = World::new().await;
    let key = world.key(&[Scope::MailingsRead]).await;
    let stream = || world.get("/v1/stream").bearer_auth(&key);
    let mut client = Client::of(stream()).await;
    client.next().await.unwrap();
    world.pass(Duration::from_secs(11 * 60));
    for seen in [client.seen.as_str(), "nonsense", "999999-1772355600000"] {
        let mut client = Client::of(stream().header("last-event-id", seen)).await;
        assert_eq!(client.next().await.unwrap().name, "reset", "{seen}");
        assert_eq!(client.next().await.unwrap().data["resumed"], false);
    }
    assert_eq!(refusal(world.get("/v1/stream?since=1").bearer_auth(&key)).await.0, 422);
}

#[tokio::test]
async fn a_stream_ends_with_its_key_its_session_its_right_and_its_process() {
    let world = World::new().await;
    let key = world.key(&[Scope::MailingsRead]).await;
    let mut client = Client::of(world.get("/v1/stream").bearer_auth(&key)).await;
    let now = world.now();
    assert_eq!(world.store.revoke_api_key(world.org, "site", now).await.unwrap(), 1);
    assert_eq!(client.ends().await["code"], "api_key_unknown");
    let anna = world.person(Role::Marketer).await;
    let mut client = Client::of(anna.sends(world.get("/v1/stream"))).await;
    anna.asks(world.delete("/v1/session")).send().await.unwrap();
    assert_eq!(client.ends().await["code"], "not_logged_in");
    let (boris, boss) = (
        world.person(Role::Viewer).await,
        world.person(Role::Administrator).await,
    );
    let mut client = Client::of(boris.sends(world.get("/v1/stream"))).await;
    let role = json!({ "role": "operator" });
    let changed = boss
        .asks(world.patch(&format!("/v1/people/{}", boris.person)))
        .json(&role);
    assert_eq!(changed.send().await.unwrap().status(), 200);
    let code = client.ends().await["code"].clone();
    assert!(code == "not_logged_in" || code == "not_allowed", "{code}");
    let (url, stop, served) = world.another_process().await;
    let key = world.key(&[Scope::MailingsRead]).await;
    let asked = reqwest::Client::new().get(format!("{url}/v1/stream")).bearer_auth(key);
    let mut client = Client::of(asked).await;
    client.next().await.unwrap();
    stop.cancel();
    assert_eq!(client.ends().await["code"], "server_leaves");
    tokio::time::timeout(PATIENCE, served)
        .await
        .expect("the process stops")
        .unwrap();
}

#[tokio::test]
async fn one_caller_has_few_streams() {
    let world = World::new().await;
    let (key, other) = (
        world.key(&[Scope::MailingsRead]).await,
        world.key(&[Scope::MailingsRead]).await,
    );
    let stream = |key: &str| world.get("/v1/stream").bearer_auth(key);
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(Client::of(stream(&key)).await);
    }
    let eleventh = stream(&key).send().await.unwrap();
    assert_eq!(
        (eleventh.status().as_u16(), &eleventh.headers()["retry-after"]),
        (429, &"10".parse().unwrap())
    );
    assert_eq!(eleventh.json::<Value>().await.unwrap()["code"], "streams_too_many");
    Client::of(stream(&other)).await;
    clients.pop();
    let begun = std::time::Instant::now();
    // The server notices when it next says something.
    while stream(&key).send().await.unwrap().status() != 200 {
        assert!(begun.elapsed() < PATIENCE, "its place is free again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_run_is_followed_to_its_end() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let mut client = Client::of(world.get("/v1/stream").bearer_auth(&program.key)).await;
    let told = client.wait_for("progress", |told| told["run"] == 1).await;
    assert_eq!(told.id, None, "a state is told anew by each stream");
    let told = told.data;
    assert_eq!(
        (&told["mailing"], &told["state"], &told["planned"], &told["left"]),
        (&json!(1), &json!("running"), &json!(1), &json!(1))
    );
    program.post("/v1/runs/1/pause", &json!({ "reason": "a look" })).await;
    client
        .wait_for("change", |told| {
            told["thing"] == "run 1" && told["action"] == "run.pause"
        })
        .await;
    let told = client.wait_for("progress", |told| told["state"] == "paused").await.data;
    assert!(told["paused_reason"].as_str().unwrap().starts_with("a look"), "{told}");
    program.post("/v1/runs/1/resume", &json!({})).await;
    let opened = world
        .store
        .open(Some(world.org), world.message, OpenClass::Link, None, world.now());
    opened.await.unwrap();
    client
        .wait_for("progress", |told| told["by_state"]["opened"] == 1)
        .await;
    program.post("/v1/runs/1/cancel", &json!({})).await;
    let begun = std::time::Instant::now();
    while !world.store.finish_runs(world.now()).await.unwrap().contains(&RunId(1)) {
        assert!(begun.elapsed() < PATIENCE, "it ends");
        world.store.reclaim(Duration::from_secs(1), world.now()).await.unwrap();
    }
    let told = client.wait_for("run", |told| told["run"] == 1).await.data;
    assert_eq!((&told["mailing"], &told["state"]), (&json!(1), &json!("cancelled")));
}

async fn save(world: &World, who: &Browser, mailing: i64, version: &str, name: &str) -> (u16, Value) {
    let mut file: Value = serde_json::from_str(&spec("https://brand.example/x")).unwrap();
    file["name"] = json!(name);
    let asked = who.asks(world.put(&format!("/v1/mailings/{mailing}")));
    answer(asked.header("if-match", version).json(&file)).await
}

#[tokio::test]
async fn two_who_edit_one_mailing_see_each_other() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let mailing = draft(&program).await;
    let (anna, boris) = (world.person(Role::Marketer).await, world.person(Role::Marketer).await);
    let mut client = Client::of(anna.sends(world.get("/v1/stream"))).await;
    let presence = format!("/v1/mailings/{mailing}/presence");
    let here = async |who: &Browser, editing: bool| {
        let asked = who.asks(world.post(&presence)).json(&json!({ "editing": editing }));
        answer(asked).await
    };
    assert_eq!(here(&anna, true).await, (200, json!({ "others": [], "holds": 30 })));
    let (_, told) = here(&boris, true).await;
    assert_eq!(
        (&told["others"][0]["person"], &told["others"][0]["editing"]),
        (&json!(anna.person), &json!(true))
    );
    let both = client
        .wait_for("presence", |told| told["people"].as_array().unwrap().len() == 2)
        .await;
    assert_eq!(both.data["thing"], format!("mailing {mailing}"));
    // Boris saves, Anna hears of it, and what she has read is not what is there.
    assert_eq!(save(&world, &boris, mailing, "\"1\"", "his").await.0, 200);
    let told = client.wait_for("change", is_of(mailing)).await.data;
    assert_eq!(told["action"], "mailing.change");
    assert!(
        told["who"].as_str().unwrap().contains(&boris.person.to_string()),
        "{told}"
    );
    let (status, told) = save(&world, &anna, mailing, "\"1\"", "hers").await;
    assert_eq!((status, &told["current"]["name"]), (412, &json!("his")), "{told}");
    let left = boris.asks(world.delete(&presence)).send().await.unwrap();
    assert_eq!(left.status(), 200);
    client
        .wait_for("presence", |told| told["people"].as_array().unwrap().len() == 1)
        .await;
    // Anna's page is closed without a word.
    world.pass(Duration::from_secs(31));
    client.wait_for("presence", |told| told["people"] == json!([])).await;
    let rival = Program::of_rival(&world).await;
    let asked = rival.post(&presence, &json!({ "editing": true })).await;
    assert_eq!(asked.0, 404, "{}", asked.1);
}

#[tokio::test]
async fn nobody_hears_of_another_organisation() {
    let world = World::new().await;
    let (program, rival) = (Program::of(&world).await, Program::of_rival(&world).await);
    let mut client = Client::of(world.get("/v1/stream").bearer_auth(&rival.key)).await;
    draft(&program).await;
    let own = draft(&rival).await;
    let told = client.wait_for("change", |_| true).await;
    assert_eq!(told.data["thing"], format!("mailing {own}"));
    assert!(
        client.text.is_empty() || !client.text.contains("progress"),
        "{}",
        client.text
    );
}
