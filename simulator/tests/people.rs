//! Simulated guests against a small stand-in for Bellhop's API.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod support;

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use bellhop_simulator::{PeopleConfig, SimulatorConfig};
use serde_json::{Value, json};
use support::{Bench, until};

/// What guests told the stand-in.
#[derive(Clone, Default)]
struct StandIn(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    opens: Vec<Value>,
    orders: Vec<Value>,
    /// User agent and path of each fetched link.
    links: Vec<(String, String)>,
    keys: HashSet<String>,
}

type Shared = State<StandIn>;

impl StandIn {
    async fn start(&self) -> String {
        let router = Router::new()
            .route("/v1/opens", post(open))
            .route("/v1/orders", post(orders))
            .route("/t/{token}", get(link))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        url
    }

    fn read<T>(&self, what: impl FnOnce(&Heard) -> T) -> T {
        what(&self.0.lock().unwrap())
    }

    fn key(&self, headers: &HeaderMap) {
        let key = headers["authorization"].to_str().unwrap().to_owned();
        self.0.lock().unwrap().keys.insert(key);
    }
}

async fn open(State(heard): Shared, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    heard.key(&headers);
    heard.0.lock().unwrap().opens.push(body);
    StatusCode::ACCEPTED
}

async fn orders(State(heard): Shared, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    heard.key(&headers);
    heard
        .0
        .lock()
        .unwrap()
        .orders
        .extend(body["orders"].as_array().unwrap().iter().cloned());
    StatusCode::OK
}

async fn link(
    State(heard): Shared,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    let agent = headers["user-agent"].to_str().unwrap().to_owned();
    heard.0.lock().unwrap().links.push((agent, token));
    (
        StatusCode::FOUND,
        [("location", "http://127.0.0.1:1/the-brand-must-not-be-fetched")],
    )
}

fn eager(api_url: String) -> PeopleConfig {
    PeopleConfig {
        link_base: Some(api_url.clone()),
        api_url,
        api_key: "key-1".into(),
        open_push: 1.0,
        follow_sms: 1.0,
        preview_robot: 0.0,
        order: 0.0,
        time_scale: 360_000.0,
        ..PeopleConfig::default()
    }
}

async fn with_people(people: PeopleConfig) -> Bench {
    Bench::start(SimulatorConfig {
        people: Some(people),
        ..SimulatorConfig::default()
    })
    .await
}

#[tokio::test]
async fn a_push_is_opened_once_even_when_it_came_twice() {
    let stand_in = StandIn::default();
    let bench = with_people(eager(stand_in.start().await)).await;
    for id in ["m-1", "m-1", "m-2"] {
        bench.push("token-1", id).await.unwrap();
    }
    until("two opens", || async { bench.admin("people").await["opened"] == 2 }).await;
    let ids: BTreeSet<String> = stand_in.read(|heard| {
        heard
            .opens
            .iter()
            .map(|open| open["message_id"].as_str().unwrap().to_owned())
            .collect()
    });
    assert_eq!(ids, BTreeSet::from(["m-1".to_owned(), "m-2".to_owned()]));
    assert_eq!(stand_in.read(|heard| heard.opens.len()), 2);
    let at = stand_in.read(|heard| heard.opens[0]["at"].as_str().unwrap().to_owned());
    assert!(chrono::DateTime::parse_from_rfc3339(&at).is_ok(), "{at}");
    assert_eq!(
        stand_in.read(|heard| heard.keys.clone()),
        HashSet::from(["Bearer key-1".to_owned()])
    );
}

#[tokio::test]
async fn guests_can_be_invited_later_and_once() {
    let stand_in = StandIn::default();
    let bench = Bench::plain().await;
    bench.push("token-1", "before").await.unwrap();
    let people = eager(stand_in.start().await);
    let frozen = PeopleConfig {
        time_scale: 0.0,
        ..people.clone()
    };
    assert!(
        bench
            .sim
            .invite(&frozen)
            .unwrap_err()
            .to_string()
            .contains("time_scale is 0")
    );
    bench.sim.invite(&people).unwrap();
    assert!(bench.sim.invite(&people).is_err());
    bench.push("token-1", "after").await.unwrap();
    until("the open", || async { bench.sim.people().opened == 1 }).await;
    assert_eq!(stand_in.read(|heard| heard.opens[0]["message_id"].clone()), "after");
}

#[tokio::test]
async fn an_sms_link_is_followed_at_bellhops_address_and_not_beyond() {
    let stand_in = StandIn::default();
    let people = PeopleConfig {
        preview_robot: 1.0,
        ..eager(stand_in.start().await)
    };
    let bench = with_people(people).await;
    bench
        .sms(&[
            ("phones", "79991234567"),
            ("mes", "Go https://go.brand.example/t/Ab3."),
            ("id", "1"),
        ])
        .await
        .unwrap();
    bench
        .sms(&[("phones", "79991234567"), ("mes", "no link"), ("id", "2")])
        .await
        .unwrap();
    until("both fetches", || async {
        let people = bench.admin("people").await;
        people["followed"] == 1 && people["previewed"] == 1
    })
    .await;
    let links = stand_in.read(|heard| heard.links.clone());
    assert!(links.iter().all(|(_, token)| token == "Ab3"), "{links:?}");
    assert!(
        links.iter().any(|(agent, _)| agent.starts_with("WhatsApp/2")),
        "{links:?}"
    );
    assert!(
        links
            .iter()
            .any(|(agent, _)| agent.contains("Mobile/") && agent.contains("Safari")),
        "{links:?}"
    );
    assert_eq!(links.len(), 2);
    assert_eq!(
        bench.admin("people").await["failed"],
        0,
        "the redirect was not followed"
    );
}

#[tokio::test]
async fn who_opened_orders_as_the_guest_the_phone_knows() {
    let stand_in = StandIn::default();
    let people = PeopleConfig {
        order: 1.0,
        promo: Some("SPRING".to_owned()),
        use_promo: 1.0,
        order_total_cents: [12_345, 12_345],
        ..eager(stand_in.start().await)
    };
    let bench = with_people(people).await;
    bench.push("token-1", "m-1").await.unwrap();
    bench
        .sms(&[("phones", "79991234567"), ("mes", "https://a.b/t/1"), ("id", "1")])
        .await
        .unwrap();
    until("two orders", || async { bench.admin("people").await["ordered"] == 2 }).await;
    let orders = stand_in.read(|heard| heard.orders.clone());
    for order in &orders {
        assert_eq!(
            (&order["total"], &order["status"], &order["promo"]),
            (&json!("123.45"), &json!("delivered"), &json!("SPRING"))
        );
        assert!(chrono::DateTime::parse_from_rfc3339(order["placed_at"].as_str().unwrap()).is_ok());
    }
    assert_ne!(orders[0]["order_id"], orders[1]["order_id"]);
    let of = |field: &str| {
        orders
            .iter()
            .filter_map(|order| order.get(field))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of("customer_id"), of("phone")),
        (vec![json!("c-1")], vec![json!("+79991234567")])
    );
}

#[tokio::test]
async fn a_seed_repeats_who_opens() {
    let mut runs = Vec::new();
    for (seed, run) in [(5, "a"), (5, "b"), (6, "c")] {
        let stand_in = StandIn::default();
        let people = PeopleConfig {
            seed,
            open_push: 0.5,
            ..eager(stand_in.start().await)
        };
        let bench = with_people(people).await;
        for n in 0..40 {
            bench.push(&format!("token-{n}"), &format!("{run}-{n}")).await.unwrap();
        }
        until("the last opener", || async {
            bench.admin("people").await["waiting"] == 0
        })
        .await;
        runs.push(stand_in.read(|heard| {
            heard
                .opens
                .iter()
                .map(|open| {
                    open["message_id"]
                        .as_str()
                        .unwrap()
                        .split_once('-')
                        .unwrap()
                        .1
                        .to_owned()
                })
                .collect::<BTreeSet<_>>()
        }));
    }
    assert!((10..30).contains(&runs[0].len()), "{}", runs[0].len());
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
