//! `POST /v1/messages` right after a sender was added, before this process has heard of it.

use crate::brand::sms;
use crate::world::{NOW, PHONE, World, places, served};
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_store::settings::{Change, Changes, SettingsBook};
use serde_json::{Value, json};

const PATH: &str = "/v1/messages";

fn code(request: &str) -> Value {
    json!({"mailing": 2, "request_id": request, "customer_id": "c1", "values": {"code": "4711"}})
}

/// A world whose server knows of no sender of SMS, and whose database has had a change since.
async fn behind() -> World {
    let world = World::new().await;
    world.followed.put(served(world.org, 1, &["app"]));
    let body = Some(sms("brand", "gateway", "10/s"));
    let key = SettingKey::sender("brand", "gateway");
    let changes = Changes {
        based_on: SettingsVersion(1),
        changes: &[Change { key, body }],
        organisations: &[],
        restaurants: &[],
        file: None,
        who: "anna",
        now: NOW,
    };
    world.store.change_settings(changes).await.unwrap();
    world
}

#[tokio::test]
async fn a_message_goes_out_by_a_sender_that_was_added_just_now() {
    let by_phone = json!({"mailing": 2, "request_id": "a", "phone": PHONE, "values": {"code": "4711"}});
    for body in [code("a"), by_phone] {
        let world = behind().await;
        world.followed.will_hear(served(world.org, 2, &["app", "smsc"]));
        let (status, answer) = world.send(PATH, &body).await;
        assert_eq!((status, &answer["first"]), (202, &json!(true)), "{answer}");
        let (status, again) = world.send(PATH, &body).await;
        assert_eq!((status, &again["first"]), (202, &json!(false)), "one message");
        assert_eq!(again["message_id"], answer["message_id"]);
        assert_eq!(world.followed.asked(), 1);
    }
}

#[tokio::test]
async fn whom_the_newest_settings_do_not_reach_is_refused() {
    let world = behind().await;
    world.followed.will_hear(served(world.org, 2, &["app"]));
    for (request, asked) in [("a", 1), ("b", 2)] {
        assert_eq!(places(422, &world.send(PATH, &code(request)).await), ["customer_id"]);
        assert_eq!(world.followed.asked(), asked);
    }
}

#[tokio::test]
async fn settings_that_are_never_heard_of_hold_up_nobody_for_ever() {
    let world = behind().await;
    assert_eq!(places(422, &world.send(PATH, &code("a")).await), ["customer_id"]);
}

#[tokio::test]
async fn whoever_is_reached_by_the_settings_that_are_known_does_not_ask_for_newer_ones() {
    let world = World::new().await;
    assert_eq!(world.send(PATH, &code("a")).await.0, 202);
    assert_eq!(world.followed.asked(), 0);
}
