//! Files as callers send and take them.

use crate::world::{World, answer};
use bellhop_store::guests::Scope;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub const PIECE: &str = "application/offset+octet-stream";
/// No work on a file of these tests takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that sends and takes files.
pub struct Files<'a> {
    pub world: &'a World,
    pub key: String,
}

impl<'a> Files<'a> {
    pub async fn of(world: &'a World) -> Self {
        let key = world.key(&[Scope::Import, Scope::Export]).await;
        Self { world, key }
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.world.post(path).bearer_auth(&self.key).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.world.put(path).bearer_auth(&self.key).json(body)).await
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.world.get(path).bearer_auth(&self.key)
    }

    pub async fn read(&self, path: &str) -> (u16, Value) {
        answer(self.get(path)).await
    }

    pub async fn text(&self, path: &str) -> String {
        let response = self.get(path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    }

    pub async fn declare(&self, name: &str, bytes: usize) -> i64 {
        let (status, upload) = self.post("/v1/uploads", &json!({ "name": name, "bytes": bytes })).await;
        assert_eq!((status, &upload["offset"]), (201, &json!(0)), "{upload}");
        upload["id"].as_i64().unwrap()
    }

    pub async fn piece(&self, upload: i64, offset: u64, bytes: impl Into<reqwest::Body>) -> Response {
        let request = self
            .world
            .patch(&format!("/v1/uploads/{upload}"))
            .bearer_auth(&self.key);
        let request = request.header("content-type", PIECE).header("upload-offset", offset);
        request.body(bytes).send().await.unwrap()
    }

    /// Sends a file as a whole.
    pub async fn upload(&self, name: &str, bytes: &[u8]) -> i64 {
        let id = self.declare(name, bytes.len()).await;
        assert_eq!(self.piece(id, 0, bytes.to_vec()).await.status(), 204);
        id
    }

    /// Waits until an import or export has come to its end.
    pub async fn ended(&self, path: &str) -> Value {
        let begun = Instant::now();
        loop {
            let (status, job) = self.read(path).await;
            assert_eq!(status, 200, "{job}");
            if !["waiting", "running"].contains(&job["state"].as_str().unwrap()) {
                return job;
            }
            assert!(begun.elapsed() < PATIENCE, "{job}");
            tokio::task::yield_now().await;
        }
    }

    /// Imports an uploaded file, and waits.
    pub async fn import(&self, body: &Value) -> Value {
        let (status, import) = self.post("/v1/imports", body).await;
        assert_eq!(status, 201, "{import}");
        self.ended(&format!("/v1/imports/{}", import["id"])).await
    }

    /// Makes an export, and waits; its text.
    pub async fn export(&self, body: &Value) -> (Value, String) {
        let (status, export) = self.post("/v1/exports", body).await;
        assert_eq!(status, 201, "{export}");
        let export = self.ended(&format!("/v1/exports/{}", export["id"])).await;
        assert_eq!(export["state"], "done", "{export}");
        let file = self.world.get(export["link"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(file.status(), 200);
        (export, file.text().await.unwrap())
    }
}

/// An upload, an import of it, a mapping and an export are there, for those who ask every route.
pub async fn come_and_go(world: &World) {
    let files = Files::of(world).await;
    let upload = files.upload("guests.csv", b"customer_id,name\nf1,Anna\n").await;
    let import = files.import(&json!({ "upload": upload, "holds": "guests" })).await;
    assert_eq!(
        (&import["id"], &import["state"]),
        (&json!(1), &json!("done")),
        "{import}"
    );
    let mapping = json!({ "holds": "guests", "columns": { "phone": "Tel" } });
    assert_eq!(files.put("/v1/import-mappings/spring", &mapping).await.0, 200);
    let (export, _) = files.export(&json!({ "what": "consents", "form": "csv" })).await;
    assert_eq!(export["id"], 2, "{export}");
}
