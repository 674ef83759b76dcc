//! Exports: made in the background and taken by a link that ends, or sent while they are read.

use crate::files::Files;
use crate::world::{World, answer, header};
use bellhop_store::guests::Scope;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

async fn guests(files: &Files<'_>, count: usize) {
    let mut csv = "customer_id,name,comment\n".to_owned();
    for n in 0..count {
        csv += &format!("e{n},=cmd|' /C calc'!A{n},plain\n");
    }
    let upload = files.upload("guests.csv", csv.as_bytes()).await;
    let import = files.import(&json!({ "upload": upload, "holds": "guests" })).await;
    assert_eq!(import["accepted"], count, "{import}");
}

#[tokio::test]
async fn an_audience_is_a_file_by_a_link_that_ends() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    guests(&files, 5_000).await;
    let (export, text) = files
        .export(&json!({ "what": "guests", "form": "csv", "filter": { "all": [] } }))
        .await;
    // The world's own guest is one of them.
    assert_eq!(
        (&export["rows"], text.lines().count()),
        (&json!(5_001), 5_002),
        "{export}"
    );
    assert!(text.contains(",'=cmd|' /C calc'!A7,"), "a formula is a text");
    // The client takes the byte order mark away, by which a spreadsheet knows the encoding.
    assert_eq!(export["bytes"], text.len() + "\u{FEFF}".len());
    let link = export["link"].as_str().unwrap().to_owned();
    let file = world.get(&link).send().await.unwrap();
    assert_eq!(header(&file, "content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(header(&file, "cache-control"), Some("no-store"));
    assert_eq!(header(&file, "x-content-type-options"), Some("nosniff"));
    assert!(
        header(&file, "content-disposition")
            .unwrap()
            .starts_with("attachment; filename=\"export-")
    );
    // Another number, another signature, another time: nothing.
    for other in [
        link.replace(&format!("/{}/", export["id"]), "/999/"),
        link.replace("signature=", "signature=00"),
        link.replace("until=1", "until=9"),
        link.split('?').next().unwrap().to_owned(),
    ] {
        let answered = answer(world.get(&other)).await;
        assert_eq!(
            (answered.0, &answered.1["code"]),
            (404, &json!("export_link_over")),
            "{other}"
        );
    }
    world.clock.fetch_add(16 * 60 * 1_000, Ordering::Relaxed);
    assert_eq!(answer(world.get(&link)).await.0, 404, "its time is over");
    let (_, export) = files.read(&format!("/v1/exports/{}", export["id"])).await;
    let again = export["link"].as_str().unwrap();
    assert_eq!(world.get(again).send().await.unwrap().status(), 200);
    // Nothing in a list leads to a file.
    let (_, list) = files.read("/v1/exports").await;
    assert_eq!(
        (&list["exports"][0]["id"], &list["exports"][0]["link"]),
        (&export["id"], &Value::Null)
    );
}

#[tokio::test]
async fn a_workbook_and_lines_of_json_have_the_same_rows() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    guests(&files, 3).await;
    let body = json!({ "what": "guests", "form": "xlsx" });
    let (status, export) = files.post("/v1/exports", &body).await;
    assert_eq!(status, 201, "{export}");
    let export = files.ended(&format!("/v1/exports/{}", export["id"])).await;
    let bytes = world
        .get(export["link"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert!(bytes.starts_with(b"PK"), "a workbook is an archive");
    // It can be imported again as it is, and says nothing new.
    let upload = files.upload("again.xlsx", &bytes).await;
    let columns = json!({ "customer_id": "id" });
    let import = files
        .import(&json!({ "upload": upload, "holds": "guests", "columns": columns }))
        .await;
    assert_eq!(
        (&import["accepted"], &import["summary"]["created"]),
        (&json!(4), &json!(0)),
        "{import}"
    );
    let (_, text) = files.export(&json!({ "what": "guests", "form": "ndjson" })).await;
    let ids: Vec<String> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["id"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(ids, ["c1", "e0", "e1", "e2"]);
}

#[tokio::test]
async fn rows_are_sent_while_they_are_read() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    guests(&files, 5_000).await;
    let now = async |body: Value| {
        world
            .post("/v1/exports/now")
            .bearer_auth(&files.key)
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    let sent = now(json!({ "what": "guests", "form": "csv" })).await;
    assert_eq!((sent.status().as_u16(), header(&sent, "content-length")), (200, None));
    assert_eq!(sent.text().await.unwrap().lines().count(), 5_002);
    let run = 1;
    let sent = now(json!({ "what": "recipients", "form": "ndjson", "run": run }))
        .await
        .text()
        .await
        .unwrap();
    let line: Value = serde_json::from_str(sent.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&line["customer_id"], &line["message"]),
        (&json!("c1"), &json!(world.message.to_string()))
    );
    for (body, status) in [
        (json!({ "what": "guests", "form": "xlsx" }), 422),
        (json!({ "what": "recipients", "form": "csv" }), 422),
        (json!({ "what": "recipients", "form": "csv", "run": 999 }), 404),
        (json!({ "what": "promo_codes", "form": "csv", "list": "none" }), 404),
        (
            json!({ "what": "guests", "form": "csv", "filter": { "nonsense": 1 } }),
            422,
        ),
        (json!({ "what": "passwords", "form": "csv" }), 422),
    ] {
        assert_eq!(now(body.clone()).await.status(), status, "{body}");
    }
}

#[tokio::test]
async fn an_export_with_a_guest_who_was_erased_is_there_no_more() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let (export, _) = files.export(&json!({ "what": "guests", "form": "csv" })).await;
    let key = world.key(&[Scope::Erase]).await;
    assert_eq!(answer(world.delete("/v1/guests/c1").bearer_auth(&key)).await.0, 200);
    let answered = answer(world.get(export["link"].as_str().unwrap())).await;
    assert_eq!(
        (answered.0, &answered.1["code"]),
        (410, &json!("export_erased")),
        "{answered:?}"
    );
    let (_, export) = files.read(&format!("/v1/exports/{}", export["id"])).await;
    assert_eq!((&export["state"], &export["link"]), (&json!("erased"), &Value::Null));
}

#[tokio::test]
async fn another_organisations_files_are_not_there() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    crate::files::come_and_go(&world).await;
    let rival = world.rival().await;
    let scopes = [Scope::Import, Scope::Export];
    let kind = bellhop_store::guests::KeyKind::Backend;
    let key = bellhop_store::guests::ApiKeys::create_api_key(
        &world.store,
        rival,
        "k",
        kind,
        &scopes,
        [9; 32],
        crate::world::NOW,
    );
    let key = secrecy::ExposeSecret::expose_secret(&key.await.unwrap()).to_owned();
    for path in [
        "/v1/uploads/1",
        "/v1/uploads/1/sheet",
        "/v1/imports/1",
        "/v1/imports/1/refused",
        "/v1/exports/2",
        "/v1/import-mappings/spring",
    ] {
        assert_eq!(files.get(path).send().await.unwrap().status(), 200, "{path}");
        assert_eq!(answer(world.get(path).bearer_auth(&key)).await.0, 404, "{path}");
    }
    let body = json!({ "upload": 1, "holds": "guests" });
    assert_eq!(
        answer(world.post("/v1/imports").bearer_auth(&key).json(&body)).await.0,
        404
    );
    let body = json!({ "what": "recipients", "form": "csv", "run": 1 });
    assert_eq!(
        answer(world.post("/v1/exports").bearer_auth(&key).json(&body)).await.0,
        404
    );
}
