use crate::world::{header, serve};
use async_trait::async_trait;
use bellhop_api::{Ready, operations};
use serde_json::{Value, json};
use std::sync::Arc;

struct Need(&'static str, Option<Result<(), &'static str>>);

#[async_trait]
impl Ready for Need {
    fn name(&self) -> &'static str {
        self.0
    }

    async fn ready(&self) -> Result<(), String> {
        match self.1 {
            Some(answer) => answer.map_err(str::to_owned),
            None => std::future::pending().await,
        }
    }
}

async fn server(needs: Vec<Need>) -> String {
    let needs = needs.into_iter().map(|need| Box::new(need) as Box<dyn Ready>).collect();
    serve(operations(needs, Arc::new(|| "bellhop_up 1\n".to_owned()))).await
}

#[tokio::test]
async fn ready_is_who_has_all_they_need() {
    let url = server(vec![Need("store", Some(Ok(()))), Need("broker", Some(Ok(())))]).await;
    let response = reqwest::get(format!("{url}/readyz")).await.unwrap();
    assert_eq!(response.status(), 200);
    let answers: Value = response.json().await.unwrap();
    assert_eq!(answers, json!({"broker": "ok", "store": "ok"}));
}

#[tokio::test]
async fn one_failing_need_is_named_and_a_silent_one_holds_nobody_up() {
    let silent = ["broker", "limits"].map(|name| Need(name, None));
    let mut needs = vec![Need("store", Some(Err("connection refused")))];
    needs.extend(silent);
    let url = server(needs).await;
    let began = std::time::Instant::now();
    let response = reqwest::get(format!("{url}/readyz")).await.unwrap();
    assert_eq!(response.status(), 503);
    let answers: Value = response.json().await.unwrap();
    assert_eq!(answers["store"], "connection refused");
    assert_eq!(answers["broker"], "no answer within 2 s");
    assert!(began.elapsed().as_millis() < 3_900, "the needs are asked side by side");
    let alive = reqwest::get(format!("{url}/healthz")).await.unwrap();
    assert_eq!(alive.status(), 200);
}

#[tokio::test]
async fn metrics_are_in_prometheus_format() {
    let url = server(Vec::new()).await;
    let response = reqwest::get(format!("{url}/metrics")).await.unwrap();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(header(&response, "content-type"), Some(kind));
    assert_eq!(response.text().await.unwrap(), "bellhop_up 1\n");
}
