use super::*;
use async_trait::async_trait;
use bellhop_broker::BrokerError;
use bellhop_domain::event::Told;
use bellhop_domain::{CustomerId, OrgId, Timestamp, Zone};
use bellhop_store::events::{Answer, Reported};
use bellhop_store::guests::Settings;
use bellhop_store::{Result, StoreError};
use std::sync::Mutex;

/// Two organisations, that remember whose events they were told, and know those whose id is `known`.
#[derive(Default)]
struct Store {
    told: Mutex<Vec<(OrgId, String)>>,
}

#[async_trait]
impl LiveEvents for Store {
    async fn take_events(&self, org: OrgId, events: &[Told], _: Timestamp) -> Result<Vec<Answer>> {
        let ids = events.iter().map(|it| (org, it.id.clone()));
        self.told.lock().unwrap().extend(ids);
        let answer = |it: &Told| match it.id.as_str() {
            "known" => Answer::Known,
            "used" => Answer::IdTaken,
            _ => Answer::Taken,
        };
        Ok(events.iter().map(answer).collect())
    }

    async fn reported(&self, _: OrgId, _: CustomerId) -> Result<Reported> {
        Ok(Reported::default())
    }
}

fn organisation(id: i32, slug: &str) -> Organisation {
    Organisation {
        id: OrgId(id),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        currency: "RUB".to_owned(),
        timezone: Zone::utc(),
        settings: Settings::default(),
    }
}

#[async_trait]
impl Organisations for Store {
    async fn organisation(&self, slug: &str) -> Result<Option<Organisation>> {
        Ok(self.organisations().await?.into_iter().find(|it| it.slug == slug))
    }

    async fn organisation_by_id(&self, org: OrgId) -> Result<Organisation> {
        let found = self.organisations().await?.into_iter().find(|it| it.id == org);
        found.ok_or(StoreError::NotFound {
            what: "organisation",
            id: org.to_string(),
        })
    }

    async fn organisations(&self) -> Result<Vec<Organisation>> {
        Ok(vec![organisation(1, "one"), organisation(2, "two")])
    }
}

/// Remembers what was put aside.
#[derive(Default)]
struct Mailbox {
    dead: Vec<DeadLetter>,
    upto: u64,
}

#[async_trait]
impl Letters for Mailbox {
    async fn next(&mut self, _: u16) -> Result<Vec<Letter>, BrokerError> {
        Ok(Vec::new())
    }

    async fn dealt_with(&mut self, upto: u64, dead: &[DeadLetter]) -> Result<(), BrokerError> {
        self.upto = upto;
        self.dead.extend_from_slice(dead);
        Ok(())
    }

    async fn give_back(&mut self) {}
}

fn cart(id: &str, total: i64) -> Value {
    json!({"id": id, "type": "cart.changed", "customer_id": "c1", "cart": {"total": total}})
}

fn letter(number: u64, body: &str) -> Letter {
    Letter {
        number,
        body: body.as_bytes().to_vec(),
    }
}

#[tokio::test]
async fn what_can_be_taken_is_and_the_rest_is_put_aside_with_its_reason() {
    let (store, mut mailbox) = (Store::default(), Mailbox::default());
    let of = |slug: &str, events: Value| json!({"organisation": slug, "events": events}).to_string();
    let came = [
        letter(1, &of("one", json!([cart("a", 1), cart("b", -1), cart("known", 1)]))),
        letter(2, "not JSON"),
        letter(3, &of("two", json!([cart("c", 1), cart("used", 2)]))),
    ];
    let clock: Clock = Arc::new(|| Timestamp(1_000));
    deal(&mut mailbox, &store, &came, &clock).await.unwrap();
    let told = store.told.into_inner().unwrap();
    let ids: Vec<_> = told.iter().map(|(org, id)| (org.0, id.as_str())).collect();
    assert_eq!(ids, [(1, "a"), (1, "known"), (2, "c"), (2, "used")]);
    assert_eq!(mailbox.upto, 3, "all are dealt with");
    let dead: Vec<(String, Value)> = mailbox
        .dead
        .iter()
        .map(|it| {
            (
                String::from_utf8(it.body.clone()).unwrap(),
                serde_json::from_str(&it.reason).unwrap(),
            )
        })
        .collect();
    assert_eq!(dead[0].0, "not JSON");
    assert_eq!(dead[0].1["code"], "letter_unreadable");
    assert_eq!(dead[1].0, of("one", json!([cart("b", -1)])));
    assert_eq!(dead[1].1["errors"][0]["code"], "amount_below_zero");
    assert_eq!(dead[1].1["errors"][0]["place"], "cart.total");
    assert_eq!(dead[2].0, of("two", json!([cart("used", 2)])));
    assert_eq!(dead[2].1["errors"][0]["code"], "event_id_taken");
    assert_eq!(dead.len(), 3);
}

#[test]
fn a_letter_names_its_organisation_where_there_are_several() {
    let place = |body: &str, slugs: &[&str]| read(body.as_bytes(), slugs).map(|(place, events)| (place, events.len()));
    assert_eq!(place(r#"{"events": [1, 2]}"#, &["one"]), Ok((0, 2)));
    assert_eq!(
        place(r#"{"organisation": "two", "events": []}"#, &["one", "two"]),
        Ok((1, 0))
    );
    for unfit in [
        r#"{"events": [1]}"#,
        r#"{"organisation": "three", "events": [1]}"#,
        r#"{"organisation": "one"}"#,
        r#"{"organisation": "one", "events": [], "more": 1}"#,
        "not JSON",
    ] {
        assert!(place(unfit, &["one", "two"]).is_err(), "{unfit}");
    }
}
