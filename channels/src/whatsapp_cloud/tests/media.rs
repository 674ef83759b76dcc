//! Files at Meta.

use super::{NUMBER, cloud};
use crate::test_server::{Reply, Seen, TestServer};
use crate::{MediaError, MediaFile};
use bellhop_domain::incoming::MediaKind;
use serde_json::{Value, json};

/// `printf 'a guest photo' | sha256sum`
const PHOTO: &str = "a guest photo";
const PHOTO_SHA256: &str = "162a94f7baf63716366c2e5a1559641097eadf016cc2e32d64b6c3872156049a";
const PHOTO_SHA256_BASE64: &str = "FiqU97r2NxY2bC5aFVlkEJfq3wFswuMtZLbDhyFWBJo=";

/// A server like Meta's with one file and this description of it.
async fn store(description: impl Fn(&str) -> Value + Send + Sync + 'static) -> TestServer {
    TestServer::plain(move |request: &Seen| match request.path.as_str() {
        "/v25.0/1166" => {
            let here = format!("http://{}/file", request.host);
            Reply::json(200, description(&here).to_string())
        }
        "/file" if request.authorization == "Bearer EAAJ-token" => Reply::Answer(200, "image/jpeg", PHOTO.to_owned()),
        "/file" => Reply::json(401, "{}"),
        _ => Reply::json(
            400,
            r#"{"error":{"message":"Unsupported get request","code":100,"error_subcode":33}}"#,
        ),
    })
    .await
}

fn described(url: &str) -> Value {
    json!({"messaging_product": "whatsapp", "url": url, "mime_type": "image/jpeg", "sha256": PHOTO_SHA256,
        "file_size": PHOTO.len(), "id": "1166"})
}

async fn download(server: &TestServer, reference: &str) -> Result<MediaFile, MediaError> {
    cloud(server)
        .media()
        .unwrap()
        .download(reference, MediaKind::Image)
        .await
}

#[tokio::test]
async fn a_download_is_described_then_fetched_with_the_token() {
    let server = store(described).await;
    let file = download(&server, "1166").await.unwrap();
    assert_eq!((file.mime.as_str(), &file.bytes[..]), ("image/jpeg", PHOTO.as_bytes()));
    assert_eq!(server.seen("/v25.0/1166")[0].authorization, "Bearer EAAJ-token");
    // As webhooks write the digest.
    let base64 = store(|url| {
        let mut described = described(url);
        described["sha256"] = json!(PHOTO_SHA256_BASE64);
        described
    })
    .await;
    assert!(download(&base64, "1166").await.is_ok());
}

#[tokio::test]
async fn what_is_not_what_was_described_is_damaged() {
    for (key, value) in [
        ("sha256", json!("00")),
        ("file_size", json!(12)),
        ("file_size", json!(14)),
    ] {
        let server = store(move |url| {
            let mut described = described(url);
            described[key] = value.clone();
            described
        })
        .await;
        let refused = download(&server, "1166").await;
        assert!(matches!(refused, Err(MediaError::Damaged(_))), "{key}: {refused:?}");
    }
    let large = store(|url| {
        let mut described = described(url);
        described["file_size"] = json!(5 * 1024 * 1024 + 1);
        described
    })
    .await;
    assert!(matches!(download(&large, "1166").await, Err(MediaError::NotAllowed(_))));
    assert_eq!(large.seen("/file").len(), 0);
}

#[tokio::test]
async fn the_token_goes_to_meta_only() {
    for link in [
        "https://evil.example/file",
        "https://facebook.com.evil.example/file",
        "https://evilfbsbx.com/file",
        "http://lookaside.fbsbx.com/file",
        "https://lookaside.fbsbx.com:8443/file",
        "https://lookaside.fbsbx.com@evil.example/file",
        "http://127.0.0.1:1/file",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "not a link",
    ] {
        let server = store(move |_| described(link)).await;
        let refused = download(&server, "1166").await;
        assert!(matches!(refused, Err(MediaError::Elsewhere(_))), "{link}: {refused:?}");
    }
}

#[tokio::test]
async fn references_that_are_gone_or_no_references() {
    let server = store(described).await;
    for reference in ["4242", "", "../1166", "1166?x=1", "1166/..", "a b"] {
        let refused = download(&server, reference).await;
        assert!(matches!(refused, Err(MediaError::Gone(_))), "{reference}: {refused:?}");
    }
    let dead = TestServer::plain(|_| Reply::Lost).await;
    assert!(matches!(download(&dead, "1166").await, Err(MediaError::Later(_))));
    let busy = TestServer::plain(|_| Reply::json(400, r#"{"error":{"code":80007,"message":"rate"}}"#)).await;
    assert!(matches!(download(&busy, "1166").await, Err(MediaError::Later(_))));
    let refused = TestServer::plain(|_| Reply::json(401, r#"{"error":{"code":190,"message":"token"}}"#)).await;
    assert!(matches!(download(&refused, "1166").await, Err(MediaError::Refused(_))));
}

#[tokio::test]
async fn an_upload_is_a_form_with_three_fields() {
    let server = TestServer::plain(|_| Reply::json(200, r#"{"id":"4490709327384033"}"#)).await;
    let file = MediaFile {
        kind: MediaKind::Document,
        mime: "text/plain".to_owned(),
        filename: Some("a \"menu\"\r\n.txt".to_owned()),
        bytes: "Пицца\r\n--".into(),
    };
    let cloud = cloud(&server);
    let files = cloud.media().unwrap();
    assert_eq!(files.upload(&file).await, Ok("4490709327384033".to_owned()));
    let request = &server.seen(&format!("/v25.0/{NUMBER}/media"))[0];
    let boundary = request
        .content_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let part =
        |head: &str, body: &str| format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    let expected = [
        part("name=\"messaging_product\"", "whatsapp"),
        part("name=\"type\"", "text/plain"),
        part(
            "name=\"file\"; filename=\"a _menu___.txt\"\r\nContent-Type: text/plain",
            "Пицца\r\n--",
        ),
        format!("--{boundary}--\r\n"),
    ];
    assert_eq!((request.method.as_str(), &request.body), ("POST", &expected.concat()));
    let picture = MediaFile {
        kind: MediaKind::Image,
        mime: "image/gif".to_owned(),
        ..file
    };
    let refused = files.upload(&picture).await;
    assert!(matches!(refused, Err(MediaError::NotAllowed(_))), "{refused:?}");
    assert_eq!(server.seen(&format!("/v25.0/{NUMBER}/media")).len(), 1);
}
