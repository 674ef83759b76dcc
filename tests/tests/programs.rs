//! Programs, from a file on the command line to the message at the provider: the real binary, on SQLite and without any
//! server.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_domain::Timestamp;
use bellhop_tests::embedded::Embedded;
use bellhop_tests::guests::phone;
use bellhop_tests::patience::eventually;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(120);

/// Guests 1 to 3; the second wants no marketing.
fn guests() -> String {
    let consents = ["yes", "no", "yes"];
    let rows = (1..)
        .zip(consents)
        .map(|(n, consent)| format!("guest-{n},Guest {n},{},{consent}\n", phone(n)));
    "customer_id,name,phone,marketing_consent\n".to_owned() + &rows.collect::<String>()
}

/// A program by SMS that fires on a kind of event.
fn program(name: &str, trigger: &Value, more: Value) -> Value {
    let mut program = json!({
        "name": name, "trigger": { "event": trigger }, "contents": { "sms": { "text": "Your order waits" } },
        "waterfall": [{ "channel": "sms" }],
    });
    if let (Some(program), Value::Object(more)) = (program.as_object_mut(), more) {
        program.extend(more);
    }
    program
}

struct Story {
    it: Embedded,
}

impl Story {
    /// A program that is on; its id.
    async fn switched_on(&self, file: &Value) -> Result<String> {
        self.it.file("program.json", &file.to_string())?;
        let created = self.it.bellhop.json(&["program", "create", "program.json"]).await?;
        ensure!(created["state"] == "off", "{created}");
        let id = created["id"].as_i64().context("no id")?.to_string();
        let on = self.it.bellhop.json(&["program", "on", &id]).await?;
        ensure!(on["state"] == "on", "{on}");
        Ok(id)
    }

    async fn cart(&self, id: &str, guest: u32, total: u32) -> Result<Value> {
        let event = json!({ "id": id, "type": "cart.changed", "customer_id": format!("guest-{guest}"),
            "cart": { "total": total, "items": [{ "dish": "Margherita", "quantity": 1, "price": total }] } });
        self.it.post("/v1/events", &json!({ "events": [event] })).await
    }

    /// Every firing of a program, the first first.
    async fn journal(&self, id: &str) -> Result<Vec<Value>> {
        let answer = self.it.bellhop.run(&["program", "journal", id, "--json"]).await?;
        ensure!(answer.status.success(), "{}", answer.stderr);
        let mut entries: Vec<Value> = answer
            .stdout
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        entries.reverse();
        Ok(entries)
    }

    /// Waits until so many firings of a program have come to something.
    async fn decided(&self, id: &str, count: usize) -> Result<Vec<Value>> {
        let look = async || {
            let journal = self.journal(id).await?;
            let decided = journal.iter().filter(|it| it["state"] != "waiting").count();
            Ok((decided >= count).then_some(journal))
        };
        let found = eventually("the firings are decided", PATIENCE, look).await;
        found.with_context(|| self.it.log())
    }

    async fn sent_to(&self, guest: u32, count: u64) -> Result<()> {
        let look = async || {
            let book = self.it.simulator.book("sms").await?;
            Ok((book.by_recipient().get(&phone(guest)).copied() == Some(count)).then_some(()))
        };
        let found = eventually("the provider has it", PATIENCE, look).await;
        found.with_context(|| self.it.log())
    }
}

#[tokio::test]
async fn an_event_becomes_one_message_to_somebody_who_agreed() -> Result<()> {
    let mut story = Story {
        it: Embedded::start(&guests()).await?,
    };
    what_is_wrong_is_told_by_its_place(&story).await?;
    let began = Timestamp::now().to_rfc3339();
    let trigger = json!({ "kind": "cart.changed", "where": { "cart.total": { "min": 1 } } });
    let cart = program(
        "Cart",
        &trigger,
        json!({ "delay": { "minutes": 0.1 }, "restarts": true,
        "cancel_on": [{ "kind": "order.placed" }] }),
    );
    let cart = story.switched_on(&cart).await?;
    let delivered = program(
        "Delivered",
        &json!({ "kind": "order.delivered" }),
        json!({ "purpose": "notification",
        "again": { "once_per": "order" } }),
    );
    let delivered = story.switched_on(&delivered).await?;

    // Told twice, and changed once more: one message.
    let first = story.cart("cart-1", 1, 900).await?;
    ensure!(first["results"][0]["result"] == "taken", "{first}");
    let again = story.cart("cart-1", 1, 900).await?;
    ensure!(again["results"][0]["result"] == "known", "{again}");
    story.cart("cart-2", 1, 1250).await?;
    story.cart("cart-3", 2, 700).await?;
    let journal = story.decided(&cart, 2).await?;
    story.sent_to(1, 1).await?;
    let of = |guest: &str| journal.iter().filter(|it| it["customer"] == guest).collect::<Vec<_>>();
    ensure!(
        of("guest-1").len() == 1 && of("guest-1")[0]["state"] == "sent",
        "{journal:?}"
    );
    ensure!(of("guest-2")[0]["reason"] == "no_consent", "{journal:?}");

    // An order that is delivered, reported twice, before and after a death of the process.
    // Placed lately: one that nobody told of for a day is history, and fires nothing.
    let placed_at = Timestamp::now().to_rfc3339();
    let order = json!({ "orders": [{ "order_id": "A-1", "customer_id": "guest-2", "placed_at": placed_at,
        "total": 500, "status": "delivered" }] });
    story.it.post("/v1/orders", &order).await?;
    story.it.kill_and_start().await?;
    story.it.post("/v1/orders", &order).await?;
    let journal = story.decided(&delivered, 1).await?;
    ensure!(
        journal.len() == 1 && journal[0]["occasion"] == "order:A-1",
        "{journal:?}"
    );
    story.sent_to(2, 1).await?;
    let stats = story.it.bellhop.json(&["program", "stats", &delivered]).await?;
    ensure!(
        (stats["sent"] == 1) && stats["versions"][0]["statistics"]["planned"] == 1,
        "{stats}"
    );
    let stats = story.it.bellhop.json(&["program", "stats", &cart]).await?;
    ensure!(stats["reasons"] == json!({ "no_consent": 1 }), "{stats}");

    what_happened_is_rehearsed_as_it_did(&story, &cart, &began).await?;

    // What is off fires nothing: another program hears the same event, and this one has not.
    let off = story.it.bellhop.json(&["program", "off", &cart]).await?;
    ensure!(off["state"] == "off", "{off}");
    let witness = program("Witness", &trigger, json!({ "purpose": "notification" }));
    let witness = story.switched_on(&witness).await?;
    story.cart("cart-4", 3, 300).await?;
    story.decided(&witness, 1).await?;
    story.sent_to(3, 1).await?;
    ensure!(story.journal(&cart).await?.len() == 2);
    let listed = story.it.bellhop.json(&["program", "list"]).await?;
    let states = listed
        .as_array()
        .context("a list")?
        .iter()
        .map(|it| it["state"].clone())
        .collect::<Vec<_>>();
    // The latest first: the witness, what is delivered, the cart, and the preset that was never on.
    ensure!(states == ["on", "on", "off", "off"], "{listed}");
    let book = story.it.simulator.book("sms").await?;
    ensure!(book.acceptances() == 3 && book.doubled_by_recipient() == 0, "{book:?}");
    Ok(())
}

async fn what_happened_is_rehearsed_as_it_did(story: &Story, cart: &str, began: &str) -> Result<()> {
    let bellhop = &story.it.bellhop;
    let told = bellhop.json(&["program", "rehearse", cart, "--from", began]).await?;
    ensure!(
        told["sent"] == 1 && told["reasons"] == json!({ "no_consent": 1 }),
        "{told}"
    );
    let sent = told["rows"]
        .as_array()
        .context("rows")?
        .iter()
        .find(|it| it["state"] == "sent");
    let sent = sent.context("a message")?;
    ensure!(
        sent["customer"] == "guest-1" && sent["message"]["channel"] == "sms",
        "{told}"
    );
    let week = bellhop.json(&["guest", "next-week", "guest-1"]).await?;
    ensure!(week["rows"] == json!([]), "{week}");
    ensure!(week["nothing_from"][0]["reason"] == "waits_for_event", "{week}");
    let shown = bellhop.json(&["program", "show", cart]).await?;
    let launched = bellhop
        .run(&["mailing", "launch", &shown["mailing"].to_string()])
        .await?;
    ensure!(
        !launched.status.success() && launched.stderr.contains("program on"),
        "{}",
        launched.stderr
    );
    Ok(())
}

async fn what_is_wrong_is_told_by_its_place(story: &Story) -> Result<()> {
    let bellhop = &story.it.bellhop;
    let wrong = program(
        "Wrong",
        &json!({ "kind": "cart.changed", "where": { "cart.sum": { "min": 1 } } }),
        json!({}),
    );
    story.it.file("wrong.json", &wrong.to_string())?;
    let answer = bellhop.run(&["program", "create", "wrong.json", "--json"]).await?;
    ensure!(!answer.status.success(), "{}", answer.stdout);
    let told = answer.last_line()?;
    let place = told["problems"][0]["place"].as_str().unwrap_or_default();
    ensure!(place.contains("cart.sum"), "{told}");
    // A preset may be kept, and is not switched on for want of a sender of push.
    let created = bellhop
        .json(&["program", "create", "--preset", "abandoned_cart"])
        .await?;
    let id = created["id"].to_string();
    let on = bellhop.run(&["program", "on", &id, "--json"]).await?;
    ensure!(!on.status.success(), "{}", on.stdout);
    let told = on.last_line()?;
    ensure!(
        told["problems"]
            .as_array()
            .is_some_and(|all| all.iter().any(|it| it["place"] == "waterfall[0].channel")),
        "{told}"
    );
    let shown = bellhop.json(&["program", "show", &id]).await?;
    ensure!(
        shown["definition"]["preset"] == "abandoned-cart" && shown["state"] == "off",
        "{shown}"
    );
    Ok(())
}
