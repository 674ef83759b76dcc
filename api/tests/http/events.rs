use crate::world::{NOW, World, places};
use bellhop_domain::event::EventKind;
use bellhop_domain::message::MessageState;
use bellhop_store::base::outbox::{Kind, Reader, What};
use bellhop_store::{GuestBase, LiveEvents, Outbox};
use serde_json::{Value, json};
use std::time::Duration;

fn cart(id: &str, total: Value) -> Value {
    json!({"id": id, "type": "cart.changed", "customer_id": "c1", "at": "2026-03-01T08:00:00Z", "cart": {"total": total}})
}

#[tokio::test]
async fn each_event_is_answered_by_itself() {
    let world = World::new().await;
    let body = json!({"events": [cart("1", json!(100)), cart("2", json!(-1)), "?", cart("3", json!("x"))]});
    let (status, answer) = world.send("/v1/events", &body).await;
    assert_eq!(status, 200);
    let results = answer["results"].as_array().unwrap();
    let said: Vec<_> = results.iter().map(|it| it["result"].as_str().unwrap()).collect();
    assert_eq!(said, ["taken", "refused", "refused", "refused"]);
    assert_eq!(results[0], json!({"id": "1", "result": "taken"}));
    assert_eq!(results[2].get("id"), None);
    let wrong = |i: usize| (&results[i]["errors"][0]["place"], &results[i]["errors"][0]["code"]);
    assert_eq!(wrong(1), (&json!("events[1].cart.total"), &json!("amount_below_zero")));
    assert_eq!(wrong(2), (&json!("events[2]"), &json!("body_type_unfit")));
    assert_eq!(wrong(3), (&json!("events[3].cart.total"), &json!("amount_unreadable")));
    let again = json!({"events": [cart("1", json!(100))]});
    let (status, answer) = world.send("/v1/events", &again).await;
    assert_eq!((status, &answer["results"][0]["result"]), (200, &json!("known")));
    let guest = world.store.customer_id(world.org, "c1").await.unwrap().unwrap();
    let reported = world.store.reported(world.org, guest).await.unwrap();
    assert_eq!(reported.cart.unwrap().total.to_string(), "100.00");
}

#[tokio::test]
async fn what_cannot_be_taken_at_all_is_a_problem() {
    let world = World::new().await;
    let all_bad = json!({"events": [cart("1", json!(-1)), {"id": "2", "type": "cart.changed", "customer_id": "c1"}]});
    let refused = places(422, &world.send("/v1/events", &all_bad).await);
    assert_eq!(refused, ["events[0].cart.total", "events[1].cart"]);
    let too_many: Vec<_> = (0..10_001).map(|_| json!(1)).collect();
    let refused = places(422, &world.send("/v1/events", &json!({ "events": too_many })).await);
    assert_eq!(refused, ["events"]);
    let (status, answer) = world.send("/v1/events", &json!({"events": []})).await;
    assert_eq!((status, answer), (200, json!({"results": []})));
    let (status, _) = world.send("/v1/events", &json!({"event": []})).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn an_app_that_was_opened_by_a_tap_opens_its_message() {
    let world = World::new().await;
    let opened = |id: &str, message: &str| json!({"events": [{"id": id, "type": "app.opened", "customer_id": "c1", "message_id": message}]});
    // A message that nobody has, and then the guest's own.
    let (status, _) = world.send("/v1/events", &opened("1", "00000000001")).await;
    assert_eq!(status, 200);
    assert_ne!(world.story().await.state, MessageState::Opened);
    let own = world.message.to_string();
    let (status, _) = world.send("/v1/events", &opened("2", &own)).await;
    assert_eq!((status, world.story().await.state), (200, MessageState::Opened));
    let (status, _) = world.send("/v1/events", &opened("3", "no id")).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn a_tap_reported_as_such_is_an_event_once() {
    let world = World::new().await;
    let tap = json!({"message_id": world.message.to_string(), "at": "2026-03-01T08:59:00Z"});
    for _ in 0..2 {
        assert_eq!(world.send("/v1/opens", &tap).await.0, 200);
    }
    let reader = Reader {
        name: "test",
        holder: "one".to_owned(),
        kinds: &[Kind::Happened],
        turn: Duration::from_secs(30),
    };
    let handed = world.store.hand_over(&reader, 100, NOW).await.unwrap();
    let guest = world.store.customer_id(world.org, "c1").await.unwrap().unwrap();
    let told: Vec<_> = handed.notices.iter().map(|it| &it.what).collect();
    let [What::Happened(event)] = told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((event.kind, event.customer), (EventKind::AppOpened, guest));
    assert_eq!(json!(event.data), json!({"message_id": world.message}));
}
