//! Uploads: in pieces, over breaks, within bounds.

use crate::files::{Files, PIECE};
use crate::world::{World, answer, header};
use bellhop_store::guests::{ApiKeys, Scope};
use serde_json::json;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Files of the folder, without those that a workbook is made from.
fn kept(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.collect()
}

/// Sends the beginning of a piece, and breaks off.
async fn break_off(files: &Files<'_>, upload: i64, announced: usize, sent: &[u8]) {
    let address = files.world.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PATCH /v1/uploads/{upload} HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {}\r\nContent-Type: {PIECE}\r\n\
         Upload-Offset: 0\r\nContent-Length: {announced}\r\n\r\n",
        files.key
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(sent).await.unwrap();
    // The other side reads the end of what came, and ends too.
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
}

#[tokio::test]
async fn an_upload_that_breaks_in_the_middle_goes_on() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let mut csv = "customer_id,name\n".to_owned();
    for n in 0..20_000 {
        csv += &format!("u{n},Гость {n}\n");
    }
    let bytes = csv.as_bytes();
    let half = 300_000;
    let id = files.declare("guests.csv", bytes.len()).await;
    break_off(&files, id, bytes.len(), &bytes[..half]).await;
    // HEAD is what a client of tus asks after a break; then it goes on from there.
    let path = format!("/v1/uploads/{id}");
    let offset = async || {
        let head = world.head(&path).bearer_auth(&files.key).send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(header(&head, "upload-length"), Some(bytes.len().to_string().as_str()));
        assert_eq!(header(&head, "tus-resumable"), Some("1.0.0"));
        header(&head, "upload-offset").unwrap().parse::<usize>().unwrap()
    };
    let rest = loop {
        let here = offset().await;
        assert!(here <= half);
        if here == 0 {
            tokio::task::yield_now().await;
            continue;
        }
        // A part is no file to import.
        let unfinished = files
            .post("/v1/imports", &json!({ "upload": id, "holds": "guests" }))
            .await;
        assert_eq!(
            (unfinished.0, &unfinished.1["code"]),
            (409, &json!("upload_unfinished"))
        );
        let rest = files.piece(id, here as u64, bytes[here..].to_vec()).await;
        if rest.status() == 204 {
            break rest;
        }
        // The broken request is still writing what came.
        assert_eq!(rest.status(), 409);
    };
    assert_eq!(header(&rest, "upload-offset"), Some(bytes.len().to_string().as_str()));
    assert_eq!(
        std::fs::read(&kept(&world.files)[0]).unwrap(),
        bytes,
        "nothing is lost or twice"
    );
    let import = files.import(&json!({ "upload": id, "holds": "guests" })).await;
    assert_eq!(
        (&import["state"], &import["accepted"]),
        (&json!("done"), &json!(20_000)),
        "{import}"
    );
}

#[tokio::test]
async fn a_piece_is_in_its_place_and_within_what_was_declared() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let id = files.declare("a.csv", 5).await;
    let code = async |response: reqwest::Response| {
        let status = response.status().as_u16();
        let told: serde_json::Value = response.json().await.unwrap();
        (status, told["code"].as_str().unwrap().to_owned())
    };
    let path = format!("/v1/uploads/{id}");
    let without = world.patch(&path).bearer_auth(&files.key).header("content-type", PIECE);
    assert_eq!(
        code(without.body("x").send().await.unwrap()).await,
        (400, "upload_offset_absent".to_owned())
    );
    let as_json = world
        .patch(&path)
        .bearer_auth(&files.key)
        .header("upload-offset", 0)
        .json(&json!({}));
    assert_eq!(
        code(as_json.send().await.unwrap()).await,
        (415, "body_not_declared_piece".to_owned())
    );
    assert_eq!(
        code(files.piece(id, 0, "123456").await).await,
        (409, "upload_beyond".to_owned())
    );
    assert_eq!(files.piece(id, 0, "12").await.status(), 204);
    let elsewhere = files.piece(id, 0, "12").await;
    let told: serde_json::Value = elsewhere.json().await.unwrap();
    let moved = (&json!("upload_offset_moved"), &json!(2));
    assert_eq!((&told["code"], &told["params"]["offset"]), moved);
    assert_eq!(files.piece(id, 2, "345").await.status(), 204);
    assert_eq!(
        code(files.piece(id, 5, "6").await).await,
        (409, "upload_beyond".to_owned())
    );
    // Nothing is said of a file that is another organisation's.
    let rival = world.rival().await;
    let theirs = world.store.create_api_key(
        rival,
        "k",
        bellhop_store::guests::KeyKind::Backend,
        &[Scope::Import],
        [9; 32],
        crate::world::NOW,
    );
    let theirs = theirs.await.unwrap();
    let asked = world
        .get(&path)
        .bearer_auth(secrecy::ExposeSecret::expose_secret(&theirs));
    assert_eq!(answer(asked).await.0, 404);
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    for name in [
        "../../../../tmp/bellhop-escaped",
        "/etc/passwd",
        "..",
        "C:\\x",
        "a/../../b\u{202e}.csv",
    ] {
        let id = files.upload(name, b"customer_id\nc9\n").await;
        let (_, upload) = files.read(&format!("/v1/uploads/{id}")).await;
        assert_eq!(upload["is_whole"], true, "{upload}");
    }
    assert!(!Path::new("/tmp/bellhop-escaped").exists());
    let names = kept(&world.files);
    assert_eq!(names.len(), 5);
    for path in names {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(
            name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()),
            "{name}"
        );
    }
    for name in ["", "   ", &"x".repeat(256)] {
        let (status, told) = files.post("/v1/uploads", &json!({ "name": name, "bytes": 1 })).await;
        assert_eq!((status, &told["errors"][0]["place"]), (422, &json!("name")), "{told}");
    }
}

#[tokio::test]
async fn uploads_have_bounds_and_go_when_they_are_given_up() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let huge = json!({ "name": "huge.csv", "bytes": (1 << 20) + 1 });
    let (status, told) = files.post("/v1/uploads", &huge).await;
    assert_eq!((status, &told["errors"][0]["code"]), (422, &json!("upload_huge")));
    assert_eq!(
        files
            .post("/v1/uploads", &json!({ "name": "none.csv", "bytes": 0 }))
            .await
            .0,
        422
    );
    let first = files.declare("a.csv", 1 << 20).await;
    files.declare("b.csv", 1 << 20).await;
    let (status, told) = files.post("/v1/uploads", &json!({ "name": "c.csv", "bytes": 1 })).await;
    assert_eq!((status, &told["code"]), (409, &json!("uploads_full")));
    files.piece(first, 0, "some").await;
    assert_eq!(kept(&world.files).len(), 1);
    let gone = world.delete(&format!("/v1/uploads/{first}")).bearer_auth(&files.key);
    assert_eq!(answer(gone).await.0, 200);
    assert_eq!(kept(&world.files).len(), 0);
    assert_eq!(files.read(&format!("/v1/uploads/{first}")).await.0, 404);
    files.declare("c.csv", 1).await;
    let (_, page) = files.read("/v1/uploads?limit=1").await;
    assert_eq!(page["uploads"][0]["name"], "c.csv");
    let (_, page) = files
        .read(&format!("/v1/uploads?limit=1&cursor={}", page["next"]))
        .await;
    assert_eq!(
        (&page["uploads"][0]["name"], &page["next"]),
        (&json!("b.csv"), &json!(null))
    );
}

#[tokio::test]
async fn a_declaration_that_comes_twice_makes_one_upload() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let declare = async || {
        let request = world
            .post("/v1/uploads")
            .bearer_auth(&files.key)
            .header("idempotency-key", "k-1");
        answer(request.json(&json!({ "name": "a.csv", "bytes": 5 }))).await.1
    };
    assert_eq!(declare().await, declare().await);
}
