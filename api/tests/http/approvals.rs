//! Four eyes: above a number of guests a second person approves the very version that is launched.

use crate::mailings::file;
use crate::people_world::{Browser, refusal};
use crate::world::{World, answer};
use bellhop_domain::Zone;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::role::Role;
use bellhop_store::guests::{OrganisationSpec, OrganisationsOfTests, Scope, Settings};
use serde_json::json;

/// A world where a launch to more than so many guests waits for a second person, and a draft to its only guest.
async fn world(most: u64) -> (World, String) {
    let world = World::new().await;
    let organisation = OrganisationSpec {
        slug: "brand".into(),
        name: "Brand".into(),
        currency: "RUB".into(),
        timezone: Zone::named("Europe/Moscow").unwrap(),
        settings: Settings {
            approval_above_guests: Some(most),
            frequency_cap: FrequencyCap::NONE,
            ..Settings::default()
        },
    };
    world.store.put_organisation(&organisation).await.unwrap();
    let (status, made) = world.send("/v1/mailings", &file("New")).await;
    assert_eq!(status, 201, "{made}");
    (world, format!("/v1/mailings/{}", made["id"]))
}

async fn launch(world: &World, who: &Browser, path: &str) -> (u16, String) {
    refusal(who.asks(world.post(&format!("{path}/launch"))).json(&json!({}))).await
}

async fn approve(world: &World, who: &Browser, path: &str, version: u32) -> (u16, String) {
    let request = who.asks(world.post(&format!("{path}/approvals")));
    refusal(request.header("if-match", format!("\"{version}\""))).await
}

#[tokio::test]
async fn a_second_person_approves_the_version_that_is_launched() {
    let (world, path) = world(0).await;
    let (anna, boris) = (world.person(Role::Marketer).await, world.person(Role::Marketer).await);
    assert_eq!(launch(&world, &anna, &path).await, (409, "approval_needed".to_owned()));
    assert_eq!(approve(&world, &anna, &path, 1).await.0, 200);
    assert_eq!(
        launch(&world, &anna, &path).await,
        (409, "approval_of_oneself".to_owned())
    );
    assert_eq!(approve(&world, &boris, &path, 1).await.0, 200);
    // What was approved is not what is there any more.
    let mut file = file("New");
    file["contents"]["sms"]["text"] = json!("Something else");
    let edit = anna.asks(world.put(&path)).header("if-match", "\"1\"").json(&file);
    assert_eq!(answer(edit).await.0, 200);
    assert_eq!(launch(&world, &anna, &path).await, (409, "approval_needed".to_owned()));
    assert_eq!(
        approve(&world, &boris, &path, 1).await,
        (412, "mailing_moved".to_owned())
    );
    assert_eq!(approve(&world, &boris, &path, 2).await.0, 200);
    let (_, shown) = answer(anna.sends(world.get(&format!("{path}/approvals")))).await;
    assert_eq!(
        (&shown["version"], &shown["approvals"][0]["person"]),
        (&json!(2), &json!(boris.person))
    );
    assert_eq!(launch(&world, &anna, &path).await.0, 201);
    let admin = world.person(Role::Administrator).await;
    let thing = path.rsplit('/').next().unwrap();
    let journal = answer(admin.sends(world.get(&format!("/v1/audit?thing=mailing%20{thing}"))))
        .await
        .1;
    let text = journal.to_string();
    assert!(
        text.contains("mailing.approve") && text.contains("Something else"),
        "{text}"
    );
}

#[tokio::test]
async fn programs_do_not_approve_and_need_a_person_too() {
    let (world, path) = world(0).await;
    let key = world.key(&Scope::ALL).await;
    let approve_by_key = world
        .post(&format!("{path}/approvals"))
        .bearer_auth(&key)
        .header("if-match", "\"1\"");
    assert_eq!(refusal(approve_by_key).await, (403, "approval_of_people".to_owned()));
    let by_key = || world.post(&format!("{path}/launch")).bearer_auth(&key).json(&json!({}));
    assert_eq!(refusal(by_key()).await, (409, "approval_needed".to_owned()));
    let viewer = world.person(Role::Viewer).await;
    assert_eq!(
        approve(&world, &viewer, &path, 1).await,
        (403, "not_allowed".to_owned())
    );
    let anna = world.person(Role::Marketer).await;
    assert_eq!(approve(&world, &anna, &path, 1).await.0, 200);
    assert_eq!(answer(by_key()).await.0, 201);
}

#[tokio::test]
async fn below_the_number_nobody_is_asked() {
    let (world, path) = world(1).await;
    let anna = world.person(Role::Marketer).await;
    assert_eq!(launch(&world, &anna, &path).await.0, 201);
}

/// A schedule starts by itself what nobody looks at again.
#[tokio::test]
async fn a_schedule_is_approved_as_a_launch_is_and_then_stands() {
    let (world, path) = world(0).await;
    let (anna, boris) = (world.person(Role::Marketer).await, world.person(Role::Marketer).await);
    let at = json!({ "at": { "date": "2026-03-09", "time": "13:00", "zone": "Europe/Moscow" } });
    let plan = async || refusal(anna.asks(world.put(&format!("{path}/schedule"))).json(&at)).await;
    assert_eq!(plan().await, (409, "approval_needed".to_owned()));
    assert_eq!(approve(&world, &boris, &path, 1).await.0, 200);
    assert_eq!(plan().await.0, 200);
    let change = async || {
        let mut file = file("New");
        file["contents"]["sms"]["text"] = json!("Something else");
        refusal(anna.asks(world.put(&path)).header("if-match", "\"1\"").json(&file)).await
    };
    assert_eq!(change().await, (409, "approved_and_scheduled".to_owned()));
    let off = anna.asks(world.delete(&format!("{path}/schedule")));
    assert_eq!(answer(off).await.0, 200);
    assert_eq!(change().await.0, 200);
    assert_eq!(plan().await, (409, "approval_needed".to_owned()));
}
