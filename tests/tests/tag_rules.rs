//! Automatic tags, from a rule's file on the command line to the guest who has the tag: the real binary, on SQLite and without
//! any server.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_domain::Timestamp;
use bellhop_tests::embedded::Embedded;
use bellhop_tests::guests::phone;
use bellhop_tests::patience::eventually;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(120);
const OFTEN: &str = r#"{"name":"Often","tag":"often","days":30,"count":{"min":2}}"#;

fn guests() -> String {
    let rows = (1..=3).map(|n| format!("guest-{n},Guest {n},{}\n", phone(n)));
    "customer_id,name,phone\n".to_owned() + &rows.collect::<String>()
}

struct Story {
    it: Embedded,
}

impl Story {
    /// Two delivered orders of a guest, of soup.
    async fn orders(&self, guest: u32) -> Result<()> {
        let placed_at = Timestamp::now().to_rfc3339();
        let order = |n: u32| {
            json!({ "order_id": format!("{guest}-{n}"), "customer_id": format!("guest-{guest}"), "placed_at": placed_at,
                "total": 500, "status": "delivered", "restaurant": "Arbat",
                "items": [{ "dish": "Soup", "category": "Soups", "quantity": 1, "price": 500 }] })
        };
        let orders = json!({ "orders": [order(1), order(2)] });
        self.it.post("/v1/orders", &orders).await.map(|_| ())
    }

    async fn tags(&self, guest: u32) -> Result<Value> {
        let shown = self
            .it
            .bellhop
            .json(&["guest", "show", &format!("guest-{guest}")])
            .await?;
        Ok(shown["tag_sources"].clone())
    }

    async fn has(&self, guest: u32, tags: &Value) -> Result<()> {
        let look = async || Ok((self.tags(guest).await? == *tags).then_some(()));
        let found = eventually("the guest has the tags", PATIENCE, look).await;
        found.with_context(|| self.it.log())
    }
}

#[tokio::test]
async fn a_rule_sets_its_tag_and_takes_it_back() -> Result<()> {
    let mut story = Story {
        it: Embedded::start(&guests()).await?,
    };
    let wrong = story
        .it
        .bellhop
        .run(&["tag-rule", "create", r#"{"name":"a","tag":"b","days":0}"#, "--json"]);
    let wrong = wrong.await?;
    ensure!(!wrong.status.success(), "{}", wrong.stdout);
    let problems = wrong.last_line()?["problems"].clone();
    ensure!(
        problems[0]["place"] == "days" && problems[0]["code"] == "tag_rule_days_unfit",
        "{problems}"
    );

    // Of the past, of which the rule speaks when it is applied to it.
    story.orders(1).await?;
    let preview = story.it.bellhop.json(&["tag-rule", "preview", OFTEN]).await?;
    ensure!(
        (&preview["would_tag"], &preview["of"]) == (&json!(1), &json!(3)),
        "{preview}"
    );
    story.it.file("rule.json", OFTEN)?;
    let created = story.it.bellhop.json(&["tag-rule", "create", "rule.json"]).await?;
    let id = created["id"].as_i64().context("no id")?.to_string();
    story.orders(2).await?;
    let often = json!({ "often": ["rule"] });
    story.has(2, &often).await?;
    ensure!(story.tags(1).await? == json!({}));

    // What is marked when the process dies is looked at by the next one.
    story.it.kill_and_start().await?;
    story.orders(3).await?;
    story.has(3, &often).await?;
    let applied = story.it.bellhop.json(&["tag-rule", "apply", &id]).await?;
    ensure!(applied["looked"] == 3 && applied["ended_at"].is_string(), "{applied}");
    ensure!(story.tags(1).await? == often);
    let listed = story.it.bellhop.json(&["tag-rule", "list"]).await?;
    ensure!(
        (&listed["rules"][0]["tagged"], &listed["rules"][0]["covers_all"]) == (&json!(3), &json!(true)),
        "{listed}"
    );

    // One guest has it by hand, too.
    story
        .it
        .bellhop
        .run(&["guest", "tag", "guest-1", "--set", "often"])
        .await?;
    story
        .it
        .bellhop
        .json(&["tag-rule", "edit", &id, &OFTEN.replace("\"min\":2", "\"min\":9")])
        .await?;
    story.has(1, &json!({ "often": ["hand"] })).await?;
    story.has(2, &json!({})).await?;
    let shown = story.it.bellhop.json(&["tag-rule", "show", &id]).await?;
    ensure!(shown["rule"]["version"] == 2, "{shown}");
    story.it.bellhop.json(&["tag-rule", "delete", &id]).await?;
    let none = story.it.bellhop.run(&["tag-rule", "show", &id]).await?;
    ensure!(!none.status.success(), "{}", none.stdout);
    says_more_of_a_guest(&story).await
}

/// What texts may say of what a guest orders.
async fn says_more_of_a_guest(story: &Story) -> Result<()> {
    let text = "{{ orders_count }} x {{ average_check | money }}, {{ days_since_order }} d, {{ favourite_dish }} \
                ({{ favourite_category }}), {{ restaurant_name }} {{ restaurant_phone or \"-\" }}";
    let mailing = json!({ "name": "More", "audience": {}, "contents": { "sms": { "text": text } },
        "waterfall": [{ "channel": "sms" }] });
    story.it.file("more.json", &mailing.to_string())?;
    let created = story.it.bellhop.json(&["mailing", "create", "more.json"]).await?;
    let id = created["id"].to_string();
    let shown = story
        .it
        .bellhop
        .json(&["mailing", "preview", &id, "--customer", "guest-1"])
        .await?;
    let told = shown[0]["contents"]["sms"]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    // The order was placed minutes ago, perhaps before midnight.
    let told = told.replace(" 1 d,", " 0 d,");
    ensure!(
        told == "2 x RUB 500, 0 d, Soup (Soups), Arbat -" || told == "2 x 500 ₽, 0 d, Soup (Soups), Arbat -",
        "{shown}"
    );
    Ok(())
}
