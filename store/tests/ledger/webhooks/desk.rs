//! A webhook, and a dispatcher that tells and delivers.

use crate::world::*;
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::*;
use bellhop_store::Outbox;
use bellhop_store::base::outbox::{Kind, Reader};
use bellhop_store::ledger::Watching;
use bellhop_store::webhooks::*;
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub const LEASE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(120);
static DRAWN: AtomicU32 = AtomicU32::new(1);

fn reader() -> Reader {
    Reader {
        name: "webhooks",
        holder: "one".to_owned(),
        kinds: &[
            Kind::MessageMoved,
            Kind::ConsentChanged,
            Kind::Granted,
            Kind::Revoked,
            Kind::Tagged,
            Kind::Erased,
        ],
        turn: Duration::from_secs(30),
    }
}

pub fn drawn() -> String {
    format!("msg_{}", DRAWN.fetch_add(1, Ordering::Relaxed))
}

impl World {
    pub async fn webhook(&self, kinds: &[WebhookKind]) -> WebhookId {
        let new = NewWebhook {
            name: "loyalty",
            url: "https://loyalty.example/hook",
            kinds: &kinds.iter().copied().collect(),
            secret: "sealed 1",
        };
        self.store
            .create_webhook(ORG, &new, None, "tester", self.now)
            .await
            .unwrap()
    }

    /// Looks at all watched messages that are due.
    pub async fn look(&self) {
        while self.store.look_at_watched(100, self.now).await.unwrap() > 0 {}
    }

    /// Looks, and makes deliveries of all that the outbox has; PostgreSQL hands rows over when no transaction of the server
    /// could still write an earlier one, other tests' among them.
    pub async fn tell(&self) {
        self.look().await;
        let begun = Instant::now();
        let left = "SELECT COUNT(*) AS x FROM outbox WHERE seq > COALESCE((SELECT place FROM outbox_readers
                    WHERE name = 'webhooks'), 0)";
        while self.number(left).await > 0 {
            let handed = self.store.hand_over(&reader(), 100, self.now).await.unwrap();
            let (notices, numbers) = (&handed.notices, &handed.numbers);
            self.store
                .tell_webhooks(notices, numbers, &drawn, self.now)
                .await
                .unwrap();
            // Told again, they change nothing.
            let again = self
                .store
                .tell_webhooks(notices, numbers, &drawn, self.now)
                .await
                .unwrap();
            assert_eq!(again, 0, "a notice was told twice");
            if let Some(upto) = handed.upto {
                self.store.acknowledge(&reader(), upto).await.unwrap();
            }
            assert!(begun.elapsed() < PATIENCE, "nothing is handed over");
            tokio::task::yield_now().await;
        }
    }

    /// All deliveries of a webhook, the oldest first.
    pub async fn deliveries(&self, id: WebhookId) -> Vec<Delivery> {
        let mut all = self.store.deliveries(ORG, id, None, None, 10_000).await.unwrap();
        all.reverse();
        all
    }

    /// The type and data of all that a webhook was told.
    pub async fn bodies(&self, id: WebhookId) -> Vec<(String, Value)> {
        let read = |it: Delivery| {
            let body: Value = serde_json::from_str(&it.body).unwrap();
            assert_eq!(body["type"], it.kind);
            assert!(body["timestamp"].is_string());
            (it.kind, body["data"].clone())
        };
        self.deliveries(id).await.into_iter().map(read).collect()
    }

    pub async fn take_due(&self, id: WebhookId, limit: u32) -> Vec<InHand> {
        self.store.take_deliveries(id, limit, LEASE, self.now).await.unwrap()
    }

    pub async fn answer(&self, it: &InHand, then: Then) -> bool {
        let answered = Answered {
            id: it.id,
            tries: it.tries,
            began_at: it.began_at,
            status: Some(if then == Then::Delivered { 204 } else { 500 }),
            words: "said".to_owned(),
            then,
        };
        self.store.record_delivery(&answered, self.now).await.unwrap()
    }

    /// So many deliveries of consents, about guests in turn.
    pub async fn told_of(&self, id: WebhookId, guests: &[i64]) {
        for (number, guest) in (0..).zip(guests) {
            self.exec(&format!(
                "INSERT INTO webhook_deliveries (webhook_id, org_id, notice, public_id, subject, kind, body, state, created_at,
                    began_at, next_at)
                 VALUES ({id}, 1, {}, '{}', 'guest:{guest}', 'consent.changed', '{{}}', 1, {at}, {at}, {at})",
                1_000_000 + number,
                drawn(),
                at = self.now.0
            ))
            .await;
        }
    }
}
