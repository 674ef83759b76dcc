//! Restaurants get their time zones from files and from the command, and who has none is told.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::Zone;
use bellhop_domain::fault::Why;
use bellhop_domain::setting::SettingKey;
use bellhop_store::GuestBase;
use bellhop_store::guests::{Contact, RestaurantSpec};
use bellhop_store::settings::{Change, Changes, PastOf, SettingsBook};
use serde_json::json;

on_both_databases!(
    a_file_says_the_zones_of_restaurants,
    two_zones_of_one_restaurant_are_told,
    a_zone_that_comes_late_or_changes_is_told,
    a_zone_is_said_by_command,
    a_zone_leaves_phone_and_address,
);

async fn placed(database: &Database, customer: &str) -> String {
    database.facts(customer).await.first_at.unwrap().to_string()
}

async fn zone_of(database: &Database, customer: &str) -> String {
    let id = database.id(customer).await;
    database.store.guest(database.org.id, id).await.unwrap().timezone
}

async fn a_file_says_the_zones_of_restaurants(database: Database) {
    let orders = "order_id;customer_id;placed_at;total;restaurant;restaurant_timezone\n\
        1;c1;01.03.2026 10:00;5;Светланская;Asia/Vladivostok\n\
        2;c2;01.03.2026 10:00;5;Светланская;\n\
        3;c3;01.03.2026 10:00;5;Арбат;\n\
        4;c4;01.03.2026 10:00;5;;\n";
    let orders = database.file("orders.csv", orders);
    let summary = database.import_orders(&orders).await.unwrap();
    assert_eq!((summary.created, summary.errors), (4, 0));
    assert_eq!(summary.unconfirmed_restaurants, ["Арбат"]);
    for (customer, at, zone) in [
        ("c1", "2026-03-01T00:00:00Z", "Asia/Vladivostok"),
        ("c2", "2026-03-01T00:00:00Z", "Asia/Vladivostok"),
        ("c3", "2026-03-01T07:00:00Z", "Europe/Moscow"),
        ("c4", "2026-03-01T07:00:00Z", "Europe/Moscow"),
    ] {
        assert_eq!(
            (
                placed(&database, customer).await.as_str(),
                zone_of(&database, customer).await.as_str()
            ),
            (at, zone)
        );
    }
    let customers = "customer_id;Ресторан;Часовой пояс ресторана;registered_at\nc5;Арбат;europe/samara;2026-03-01\n";
    let summary = database
        .import_customers(&database.file("customers.csv", customers))
        .await
        .unwrap();
    assert_eq!((summary.created, summary.errors), (1, 0), "{:?}", summary.first_errors);
    assert!(summary.unconfirmed_restaurants.is_empty());
    assert_eq!(zone_of(&database, "c5").await, "Europe/Samara");
    // The same file again reads the times of a zone that is known by now.
    let summary = database.import_orders(&orders).await.unwrap();
    assert_eq!((summary.updated, summary.unchanged), (1, 3));
    assert_eq!(placed(&database, "c3").await, "2026-03-01T06:00:00Z");
}

async fn two_zones_of_one_restaurant_are_told(database: Database) {
    let file = "customer_id;restaurant;restaurant_timezone\n\
        c1;Арбат;Europe/Moscow\n\
        c2;Арбат;Asia/Omsk\n\
        c3;Арбат;MSK\n\
        c4;Арбат;Europe/Moscow\n";
    let summary = database.import_customers(&database.file("c.csv", file)).await.unwrap();
    let told: Vec<_> = summary
        .first_errors
        .iter()
        .map(|e| (e.line, e.why.to_string()))
        .collect();
    assert_eq!(
        told,
        [
            (
                3,
                "differs from Europe/Moscow on line 2; a restaurant has one time zone".to_owned()
            ),
            (4, Why::TimezoneUnknown.to_string()),
        ]
    );
    assert_eq!(summary.created, 2);
}

async fn a_zone_that_comes_late_or_changes_is_told(database: Database) {
    let late = "order_id;customer_id;placed_at;total;restaurant;restaurant_timezone\n\
        1;c1;01.03.2026 10:00;5;Ленина;\n\
        2;c2;01.03.2026 10:00;5;Ленина;Asia/Omsk\n";
    let late = database.file("late.csv", late);
    let summary = database.import_orders(&late).await.unwrap();
    assert_eq!(summary.notes.len(), 1, "{:?}", summary.notes);
    assert!(
        summary.notes[0]
            .0
            .to_string()
            .contains("lines 2 to 2 were read in Europe/Moscow"),
        "{:?}",
        summary.notes
    );
    let summary = database.import_orders(&late).await.unwrap();
    assert!(summary.notes.is_empty(), "{:?}", summary.notes);
    assert_eq!(placed(&database, "c1").await, "2026-03-01T04:00:00Z");
    let other = "customer_id;restaurant;restaurant_timezone\nc1;Ленина;Asia/Novosibirsk\n";
    let summary = database
        .import_customers(&database.file("other.csv", other))
        .await
        .unwrap();
    assert!(
        summary.notes[0]
            .0
            .to_string()
            .contains("was Asia/Omsk and is Asia/Novosibirsk now, as line 2 says"),
        "{:?}",
        summary.notes
    );
    assert_eq!(zone_of(&database, "c1").await, "Asia/Novosibirsk");
}

async fn a_zone_is_said_by_command(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let file = "order_id,customer_id,placed_at,total,restaurant\n1,c1,2026-03-01,5,North\n2,c2,2026-03-01,5,South\n";
    database
        .import_orders(&database.file("orders.csv", file))
        .await
        .unwrap();
    assert_eq!(store.unconfirmed_restaurants(org).await.unwrap(), ["North", "South"]);
    let omsk = Zone::named("Asia/Omsk").unwrap();
    let spec = |name: &str, zone| RestaurantSpec {
        organisation: database.org.slug.clone(),
        name: name.to_owned(),
        timezone: zone,
        contact: None,
    };
    let north = [spec("North", Some(omsk.clone()))];
    store.set_restaurant_zones(&north, "anna", NOW).await.unwrap();
    let listed = store.restaurants(org).await.unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|it| (it.name.as_str(), it.timezone.as_str(), it.timezone_confirmed, it.guests))
        .collect();
    assert_eq!(
        listed,
        [("North", "Asia/Omsk", true, 1), ("South", "Europe/Moscow", false, 1)]
    );
    assert_eq!(zone_of(&database, "c1").await, "Asia/Omsk");
    // It is a setting: with a version, and with who set it. The same again is none.
    let version = store.settings_version().await.unwrap();
    store.set_restaurant_zones(&north, "boris", NOW).await.unwrap();
    assert_eq!(store.settings_version().await.unwrap(), version);
    let history = store
        .settings_history(PastOf::Organisation(&database.org.slug), 9)
        .await;
    let [set] = &history.unwrap()[..] else {
        panic!("one change");
    };
    assert_eq!(
        (set.key.name(), set.version, set.who.as_str()),
        ("North", version, "anna")
    );
    assert_eq!(
        (set.before.clone(), &set.after.as_ref().unwrap()["timezone"]),
        (None, &"Asia/Omsk".into())
    );
    // A restaurant whose zone nobody sets any more keeps it as an assumption.
    store
        .set_restaurant_zones(&[spec("North", None)], "anna", NOW)
        .await
        .unwrap();
    assert_eq!(zone_of(&database, "c1").await, "Asia/Omsk");
    assert_eq!(store.unconfirmed_restaurants(org).await.unwrap(), ["North", "South"]);
    store.set_restaurant_zones(&north, "anna", NOW).await.unwrap();
    // A dry run says nothing of anybody.
    let zones = "customer_id,restaurant,restaurant_timezone\nc1,South,Asia/Omsk\n";
    let zones = database.file("zones.csv", zones);
    let dry = crate::database::quietly(true);
    store.import_customers(&database.org, &zones, dry, NOW).await.unwrap();
    assert_eq!(store.unconfirmed_restaurants(org).await.unwrap(), ["South"]);
}

async fn a_zone_leaves_phone_and_address(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let zone = |name: &str| Some(Zone::named(name).unwrap());
    let key = SettingKey::restaurant(database.org.slug.as_str(), "North");
    let section = json!({ "organisation": database.org.slug, "name": "North", "timezone": "Asia/Omsk", "phone": "+7 999",
                          "address": "Lenina 5" });
    let spec = RestaurantSpec {
        organisation: database.org.slug.clone(),
        name: "North".to_owned(),
        timezone: zone("Asia/Omsk"),
        contact: Some(Contact {
            phone: Some("+7 999".to_owned()),
            address: Some("Lenina 5".to_owned()),
        }),
    };
    let change = |body: Option<serde_json::Value>| Change { key: key.clone(), body };
    let changes = async |version, change: Change, spec: RestaurantSpec| {
        let changes = Changes {
            based_on: version,
            changes: &[change],
            organisations: &[],
            restaurants: &[spec],
            file: None,
            who: "anna",
            now: NOW,
        };
        store.change_settings(changes).await.unwrap();
    };
    let version = store.settings_version().await.unwrap();
    changes(version, change(Some(section)), spec.clone()).await;
    let moved = RestaurantSpec {
        timezone: zone("Asia/Novosibirsk"),
        contact: None,
        ..spec.clone()
    };
    store.set_restaurant_zones(&[moved], "boris", NOW).await.unwrap();
    let told = async || {
        let listed = store.restaurants(org).await.unwrap();
        (
            listed[0].timezone.clone(),
            listed[0].phone.clone(),
            listed[0].address.clone(),
        )
    };
    let expected = (
        "Asia/Novosibirsk".to_owned(),
        Some("+7 999".to_owned()),
        Some("Lenina 5".to_owned()),
    );
    assert_eq!(told().await, expected);
    let there = store.load_settings().await.unwrap();
    let body = &there.get(&key).unwrap().body;
    assert_eq!(
        (&body["phone"], &body["timezone"]),
        (&json!("+7 999"), &json!("Asia/Novosibirsk"))
    );
    // Without its section nothing is told of it.
    let gone = RestaurantSpec {
        timezone: None,
        contact: Some(Contact::default()),
        ..spec
    };
    changes(there.version, change(None), gone).await;
    assert_eq!(told().await, ("Asia/Novosibirsk".to_owned(), None, None));
}
