//! `/v1/settings/restaurants/{restaurant}`: the time zones of an organisation's own restaurants, and of nobody else's.

use crate::brand::restaurant;
use crate::settings_caller::SettingsCaller;
use crate::world::{World, places};
use bellhop_store::guests::Organisations;
use serde_json::json;

#[tokio::test]
async fn a_restaurants_time_zone_is_set_and_left_unset() {
    let world = World::new().await;
    let caller = SettingsCaller::of(&world).await;
    let path = "/v1/settings/restaurants/%D0%90%D1%80%D0%B1%D0%B0%D1%82";
    let section = |zone: &str| json!({ "organisation": "brand", "name": "Арбат", "timezone": zone });
    places(404, &caller.get(path).await);
    let wrong = caller.put(path, json!({ "document": section("MSK") })).await;
    assert_eq!(
        (wrong.0, &wrong.1["errors"][0]["code"]),
        (422, &json!("timezone_unknown")),
        "{}",
        wrong.1
    );
    let (status, made) = caller.put(path, json!({ "document": section("Asia/Omsk") })).await;
    assert_eq!(
        (status, &made["plan"][0]["restaurant"]),
        (200, &json!("Арбат")),
        "{made}"
    );
    assert_eq!(caller.read(path).await["document"], section("Asia/Omsk"));
    let org = world.store.organisation("brand").await.unwrap().unwrap().id;
    let rows = async || {
        let restaurants = world.store.restaurants(org).await.unwrap().into_iter();
        restaurants
            .filter(|it| it.name == "Арбат")
            .map(|it| (it.name, it.timezone, it.timezone_confirmed))
            .collect::<Vec<_>>()
    };
    let row = |is_set| [("Арбат".to_owned(), "Asia/Omsk".to_owned(), is_set)];
    assert_eq!(rows().await, row(true));
    let (status, gone) = caller
        .post(&format!("{path}/remove"), json!({ "version": made["version"] }))
        .await;
    assert_eq!(status, 200, "{gone}");
    assert_eq!(rows().await, row(false));
    let blank = caller
        .put(
            "/v1/settings/restaurants/%20Arbat",
            json!({ "document": section("Asia/Omsk") }),
        )
        .await;
    assert_eq!(
        (blank.0, &blank.1["errors"][0]["place"]),
        (422, &json!("restaurant")),
        "{}",
        blank.1
    );
}

#[tokio::test]
async fn another_organisations_restaurant_is_out_of_reach() {
    let world = World::new().await;
    let (own, rival) = (SettingsCaller::of(&world).await, SettingsCaller::of_rival(&world).await);
    let path = "/v1/settings/restaurants/Arbat";
    assert_eq!(own.read(path).await["document"], restaurant());
    places(404, &rival.get(path).await);
    let remove = rival.post(&format!("{path}/remove"), json!({ "version": 1 })).await;
    assert_eq!((remove.0, &remove.1["code"]), (409, &json!("setting_gone")));
    let mut change = json!({ "version": 1, "document": restaurant() });
    change["document"]["timezone"] = json!("Asia/Omsk");
    let changed = rival.put(path, change.clone()).await;
    assert_eq!((changed.0, &changed.1["code"]), (409, &json!("setting_gone")));
    // Nor may it be named as one's own under the other's section.
    change["version"] = json!(null);
    let named = rival.put(path, change).await;
    assert_eq!(named.0, 422, "{}", named.1);
    assert_eq!(own.read(path).await["document"], restaurant());
}
