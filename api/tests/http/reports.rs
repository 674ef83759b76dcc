//! Mailings over time, by restaurant, and over a period.

use crate::people_world::refusal;
use crate::program::Program;
use crate::world::{World, answer, header};
use bellhop_domain::role::Role;
use bellhop_store::ledger::{OpenClass, Recording};
use serde_json::{Value, json};

/// The world's guest follows the link of their message, and orders at two restaurants.
async fn ordered(world: &World) {
    let opened = world
        .store
        .open(Some(world.org), world.message, OpenClass::Link, None, world.now());
    opened.await.unwrap();
    let order = |id: &str, minutes: i64, total: i64, restaurant: Option<&str>| {
        let at = bellhop_domain::Timestamp(world.now().0 + minutes * 60_000);
        json!({ "order_id": id, "customer_id": "c1", "placed_at": at, "total": total, "restaurant": restaurant, "status": "delivered" })
    };
    let orders = json!({ "orders": [
        order("A-1", 0, 500, Some("Arbat")), order("A-2", 0, 700, Some("Plaza")), order("A-3", 0, 1, None)] });
    let (status, told) = world.send("/v1/orders", &orders).await;
    assert_eq!(status, 200, "{told}");
}

#[tokio::test]
async fn a_mailing_is_told_by_the_organisations_hours_and_days() {
    let world = World::new().await;
    ordered(&world).await;
    let program = Program::of(&world).await;
    let (status, told) = program.get("/v1/mailings/1/series").await;
    assert_eq!(
        (status, &told["by"], &told["timezone"]),
        (200, &json!("hour"), &json!("Europe/Moscow")),
        "{told}"
    );
    // An open proves that it went.
    let bucket = json!({ "from": "2026-03-01T12:00:00+03:00", "planned": 1, "sent": 1, "delivered": 0, "opened": 1, "orders": 3, "revenue": "1201.00" });
    assert_eq!(told["buckets"], json!([bucket]));
    assert_eq!(
        told["funnel"],
        json!({ "planned": 1, "sent": 1, "delivered": 0, "opened": 1, "buyers": 1 })
    );
    let (_, told) = program.get("/v1/mailings/1/series?by=day").await;
    assert_eq!(told["buckets"][0]["from"], "2026-03-01T00:00:00+03:00");
    for (path, status) in [("/v1/mailings/1/series?by=week", 422), ("/v1/mailings/999/series", 404)] {
        assert_eq!(program.get(path).await.0, status, "{path}");
    }
    let rival = Program::of_rival(&world).await;
    for path in ["/v1/mailings/1/series", "/v1/mailings/1/restaurants"] {
        assert_eq!(rival.get(path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn restaurants_have_their_orders_and_people_of_one_see_its_own() {
    let world = World::new().await;
    ordered(&world).await;
    let program = Program::of(&world).await;
    let (_, told) = program.get("/v1/mailings/1/restaurants").await;
    let of = |restaurant: Value, total: &str| json!({ "restaurant": restaurant, "orders": 1, "revenue": total, "average_check": total, "buyers": 1 });
    let arbat = of(json!("Arbat"), "500.00");
    let all = [of(json!("Plaza"), "700.00"), arbat.clone(), of(Value::Null, "1.00")];
    assert_eq!(told["restaurants"], json!(all));
    let limited = world
        .person_of(world.org, Role::Viewer, Some(&["Arbat".to_owned()]))
        .await;
    let (_, told) = answer(limited.sends(world.get("/v1/mailings/1/restaurants"))).await;
    assert_eq!(told["restaurants"], json!([arbat]));
    for path in ["/v1/report", "/v1/report.csv", "/v1/mailings/1/series", "/v1/stream"] {
        let refused = refusal(limited.sends(world.get(path))).await;
        assert_eq!(refused, (403, "limited_to_restaurants".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_period_is_reported_as_a_document_and_as_a_table() {
    let world = World::new().await;
    ordered(&world).await;
    let program = Program::of(&world).await;
    world.pass(std::time::Duration::from_secs(3600));
    let (status, told) = program.get("/v1/report").await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(
        (&told["currency"], &told["timezone"]),
        (&json!("RUB"), &json!("Europe/Moscow"))
    );
    let total = json!({ "planned": 1, "sends": 0, "sent": 1, "delivered": 0, "opened": 1, "cost": "0.00",
                        "orders": 3, "revenue": "1201.00", "buyers": 1 });
    assert_eq!(told["total"], total);
    let mut mailing = total;
    mailing["mailing"] = json!(1);
    mailing["name"] = json!("m");
    assert_eq!(told["mailings"], json!([mailing]));
    assert_eq!(told["restaurants"][0]["restaurant"], "Plaza");
    let (_, before) = program.get("/v1/report?from=2026-02-01&until=2026-03-01").await;
    assert_eq!(
        (&before["total"]["planned"], &before["total"]["orders"]),
        (&json!(0), &json!(0)),
        "{before}"
    );
    assert_eq!(before["until"], "2026-03-01T00:00:00+03:00");
    for unfit in [
        "from=2026-03-02&until=2026-03-01",
        "from=soon",
        "from=2024-01-01",
        "since=2026-03-01",
    ] {
        assert_eq!(program.get(&format!("/v1/report?{unfit}")).await.0, 422, "{unfit}");
    }
    let csv = world
        .get("/v1/report.csv")
        .bearer_auth(&program.key)
        .send()
        .await
        .unwrap();
    assert_eq!(header(&csv, "content-type"), Some("text/csv; charset=utf-8"));
    let csv = csv.text().await.unwrap();
    let lines: Vec<_> = csv.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "of,id,name,planned,sends,sent,delivered,opened,cost,orders,revenue,buyers,opt_outs"
    );
    assert_eq!(lines[1], "total,,,1,0,1,0,1,0.00,3,1201.00,1,");
    assert!(lines.contains(&"mailing,1,m,1,0,1,0,1,0.00,3,1201.00,1,"), "{csv}");
    assert!(lines.contains(&"restaurant,,Arbat,,,,,,,1,500.00,1,"), "{csv}");
}
