//! A mailing by HTTP alone: guests are written, counted and sent to by the real binary, and the figures are read.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_tests::fleet::{Fleet, Servers, Settings};
use bellhop_tests::guests::phone;
use bellhop_tests::patience::eventually;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(120);
const GUESTS: u32 = 6;
const SCOPES: &str = "mailings,mailings_read,launch,statistics,guests,guests_read,consents";

/// A program of the brand's, which knows nothing but the API.
struct Program {
    client: Client,
    api: String,
    key: String,
}

impl Program {
    async fn of(fleet: &Fleet) -> Result<Self> {
        let made = fleet
            .bellhop
            .json(&["api-key", "create", "shop", "--scopes", SCOPES])
            .await?;
        Ok(Self {
            client: Client::builder().timeout(PATIENCE).build()?,
            api: fleet.api.clone(),
            key: made["key"].as_str().context("a key")?.to_owned(),
        })
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value> {
        let answer = request.bearer_auth(&self.key).send().await?;
        let (status, told) = (answer.status(), answer.json::<Value>().await?);
        ensure!(status.is_success(), "{status}: {told}");
        Ok(told)
    }

    async fn get(&self, path: &str) -> Result<Value> {
        self.answer(self.client.get(format!("{}{path}", self.api))).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.answer(self.client.post(format!("{}{path}", self.api)).json(body))
            .await
    }

    /// The same with a key of the request's own, twice: the answer is one.
    async fn post_twice(&self, path: &str, key: &str, body: &Value) -> Result<Value> {
        let post = || {
            let request = self.client.post(format!("{}{path}", self.api));
            self.answer(request.header("idempotency-key", key).json(body))
        };
        let (first, second) = (post().await?, post().await?);
        for id in ["id", "run"] {
            ensure!(first[id] == second[id], "{path}: {first} and then {second}");
        }
        Ok(first)
    }

    async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.answer(self.client.put(format!("{}{path}", self.api)).json(body))
            .await
    }
}

#[tokio::test]
async fn a_mailing_is_made_checked_launched_and_read_by_http_alone() -> Result<()> {
    let settings = Settings {
        seed: 1,
        page: 50,
        push_rate: "500/s".to_owned(),
        sms_rate: "500/s".to_owned(),
        push_faults: json!({}),
        sms_faults: json!({}),
        settlement_seconds: 30.0,
        own_calls: false,
    };
    let roles = ["api-1", "dispatcher-1", "worker-1"];
    let fleet = Fleet::prepare(&Servers::shared().await?, &settings, &roles).await?;
    fleet.supervised(story(&fleet)).await
}

async fn story(fleet: &Fleet) -> Result<()> {
    fleet.start_roles().await?;
    fleet.serves().await?;
    let program = Program::of(fleet).await?;
    guests(&program).await?;
    let everybody = json!({ "filter": { "all": [] } });
    let count = program.post("/v1/audience/count", &everybody).await?;
    ensure!(count["reachable"] == GUESTS - 1, "one is blacklisted: {count}");

    let file = json!({
        "name": "Come back", "audience": { "all": [] }, "contents": { "sms": { "text": "Pizza waits, {{ name }}" } },
        "waterfall": [{ "channel": "sms" }], "expires_after_minutes": 600,
    });
    let made = program.post_twice("/v1/mailings", "make-1", &file).await?;
    let mailing = format!("/v1/mailings/{}", made["id"]);
    let report = program.post(&format!("{mailing}/check"), &json!({})).await?;
    ensure!(report["audience"]["leaving"] == GUESTS - 1, "{report}");
    let preview = json!({ "customers": ["guest-2"] });
    let preview = program.post(&format!("{mailing}/preview"), &preview).await?;
    let text = &preview["previews"][0]["contents"]["sms"]["text"];
    ensure!(text == "Pizza waits, Guest 2", "{preview}");
    let launched = program
        .post_twice(&format!("{mailing}/launch"), "launch-1", &json!({}))
        .await?;

    let run = format!("/v1/runs/{}", launched["run"]);
    let over = eventually("the run is finished", PATIENCE, async || {
        let run = program.get(&run).await?;
        Ok((run["state"] == "finished").then_some(run))
    });
    let over = over.await?;
    ensure!(
        over["planned"] == GUESTS - 1 && over["excluded"]["blacklisted"] == 1,
        "{over}"
    );
    let statistics = program.get(&format!("{mailing}/statistics")).await?;
    ensure!(
        statistics["state"] == "finished" && statistics["channels"]["sms"]["sent"] == GUESTS - 1,
        "{statistics}"
    );
    let taken = fleet.simulator.book("sms").await?;
    let expected: BTreeSet<_> = (2..=GUESTS).map(phone).collect();
    ensure!(taken.by_recipient().into_keys().collect::<BTreeSet<_>>() == expected);
    ensure!(taken.doubled_by_recipient() == 0, "somebody got it twice");
    Ok(())
}

/// Guests with a phone and their consent; the first of them is blacklisted.
async fn guests(program: &Program) -> Result<()> {
    for number in 1..=GUESTS {
        let guest = format!("guest-{number}");
        let card = json!({ "name": format!("Guest {number}"), "phones": [phone(number)] });
        let put = program.put(&format!("/v1/guests/{guest}"), &card).await?;
        ensure!(put["created"] == true, "{put}");
        let word = json!({ "customer_id": guest, "purpose": "marketing", "given": true, "how": "the counter" });
        program.post("/v1/consents", &word).await?;
    }
    let mark = json!({ "reason": "asked for it at the counter" });
    program.put("/v1/guests/guest-1/blacklist", &mark).await?;
    let shown = program.get("/v1/guests/guest-1").await?;
    ensure!(
        shown["blacklisted"] == true && shown["words"][0]["word"] == "given",
        "{shown}"
    );
    Ok(())
}
