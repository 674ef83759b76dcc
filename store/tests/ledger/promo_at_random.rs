//! Whatever workers, providers and deaths do: a code that a guest may have seen is that message's for ever, and no two
//! messages have one at a time.

use crate::dice::Dice;
use crate::promo_codes::{code, codes};
use crate::world::*;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use std::collections::BTreeMap;

#[tokio::test]
async fn sqlite() {
    for seed in 0..12 {
        play(World::on_sqlite().await, seed).await;
    }
}

#[tokio::test]
async fn postgres() {
    for seed in 100..106 {
        play(World::on_postgres().await, seed).await;
    }
}

const GUESTS: i64 = 12;
const ROUNDS: usize = 60;
const KINDS: [EndpointKind; 2] = [EndpointKind::Fcm, EndpointKind::Phone];

struct Game {
    world: World,
    dice: Dice,
    run: RunId,
    /// Whose code it is that a guest may have seen.
    seen: BTreeMap<String, MessageId>,
    /// Returned codes would otherwise prove nothing.
    returned: u64,
    lost: u64,
}

async fn play(world: World, seed: u64) {
    world.guests(GUESTS).await;
    world.promo_list(GUESTS as usize).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let mut game = Game {
        world,
        dice: Dice::of(seed),
        run,
        seen: BTreeMap::new(),
        returned: 0,
        lost: 0,
    };
    for _ in 0..ROUNDS {
        game.round().await;
        game.check(seed).await;
    }
    // What was given and not seen is free in the end, but for what is still on its way or in doubt.
    let kept = GUESTS as u64 - game.world.left().await;
    assert!(kept >= game.seen.len() as u64, "seed {seed}");
}

impl Game {
    async fn round(&mut self) {
        match self.dice.below(8) {
            0 => self.world.later(self.dice.below(900_000) as i64),
            1 => {
                self.world.later(LEASE.as_millis() as i64 + 1);
                self.world
                    .store
                    .reclaim(RULES.settlement, self.world.now)
                    .await
                    .unwrap();
            }
            2 => {
                let customer = 1 + self.dice.below(GUESTS as u64);
                let consent = [0, 255][self.dice.below(2) as usize];
                let text = format!("UPDATE customer_facts SET consent_mask = {consent} WHERE customer_id = {customer}");
                self.world.exec(&text).await;
            }
            3 => {
                self.world.later(61_000);
                self.returned += self
                    .world
                    .store
                    .look_at_promo_codes(self.world.now)
                    .await
                    .unwrap()
                    .returned;
            }
            _ => {
                self.world.store.promote_due(100, self.world.now).await.unwrap();
                for kind in KINDS {
                    for batch in self.world.take(kind).await {
                        self.work(batch.id, kind).await;
                    }
                }
            }
        }
    }

    /// A worker: what it hands to the provider may be seen, whether it can still tell of it or not.
    async fn work(&mut self, batch: BatchId, kind: EndpointKind) {
        let needs = code(PromoUse::Code);
        let held = self.world.claim_for(batch, kind, &needs).await;
        let given = codes(&held);
        for (message, code) in &given {
            if let Some(owner) = self.seen.get(code) {
                assert_eq!(owner, message, "{code} was seen by another");
            }
        }
        let dies = self.dice.below(5) == 0;
        self.lost += u64::from(dies);
        let going = match kind.replaces_repeats() {
            true => held.messages.iter().map(|message| message.id).collect(),
            false if self.dice.below(6) == 0 => Vec::new(),
            false => self.world.start(&held).await,
        };
        for message in held.messages.iter().filter(|message| going.contains(&message.id)) {
            let outcome = self.dice.outcome();
            // Of a push nobody is sure who says *not now*.
            let is_no = match &outcome {
                Outcome::Failed { .. } | Outcome::RecipientGone { .. } => true,
                Outcome::Retry { .. } => !kind.replaces_repeats(),
                _ => false,
            };
            let reaches = self.dice.below(4) > 0;
            if dies && reaches || !dies && !is_no {
                self.seen.insert(given[&message.id].clone(), message.id);
            }
            if !dies {
                self.world
                    .record(self.run, &held, std::slice::from_ref(message), &outcome)
                    .await;
            }
        }
        if !dies {
            self.world
                .store
                .release(held.batch, held.lease, self.world.now)
                .await
                .unwrap();
        }
    }

    async fn check(&self, seed: u64) {
        let rows = self
            .world
            .column("SELECT code || ' ' || CAST(message_id AS TEXT) AS x FROM promo_codes WHERE message_id IS NOT NULL")
            .await;
        let mut owners = BTreeMap::new();
        for row in rows {
            let (code, key) = row.split_once(' ').unwrap();
            owners.insert(code.to_owned(), self.world.id(key.parse().unwrap()).await);
        }
        for (code, message) in &self.seen {
            assert_eq!(owners.get(code), Some(message), "seed {seed}: {code} was seen");
        }
    }
}
