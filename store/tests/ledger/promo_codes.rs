//! Promo codes: one each at the claim, the same one for whatever is tried again, and free only if surely nobody saw it.

use crate::world::*;
use bellhop_domain::message::MessageState;
use bellhop_domain::promo::{NO_PROMO_CODE, PROMO_ENDED};
use bellhop_domain::words::Language;
use bellhop_domain::*;
use bellhop_store::StoreError;
use bellhop_store::import::ImportOptions;
use bellhop_store::ledger::*;
use bellhop_store::promos::{NewPromoList, PromoBook, PromoImport};
use std::collections::{BTreeMap, BTreeSet};

crate::on_both![
    a_message_has_one_code_however_often_it_is_tried,
    workers_who_claim_at_once_share_no_code,
    whoever_finds_no_code_is_not_sent_to,
    codes_in_other_hands_are_waited_for,
    a_code_that_a_lost_worker_had_is_never_anothers,
    a_code_of_a_sure_failure_is_given_again,
    a_code_in_doubt_is_kept,
    a_push_that_may_have_been_shown_keeps_its_code,
    all_guests_share_a_common_code_until_its_end,
    a_test_takes_no_code,
    a_deleted_list_gives_nothing_and_forgets_nothing,
];

pub const LIST: &str = "spring";
const LOOK: i64 = 61_000;

pub fn code(promo_use: PromoUse) -> RenderNeeds {
    RenderNeeds {
        promo: Some(PromoNeed {
            list: LIST.to_owned(),
            used: promo_use,
        }),
        ..RenderNeeds::default()
    }
}

impl World {
    pub async fn promo_list(&self, codes: usize) {
        let list = NewPromoList {
            name: LIST,
            common_code: None,
            ends_at: None,
        };
        self.store.put_promo_list(ORG, list, "anna", self.now).await.unwrap();
        let text: String = (0..codes).map(|i| format!("CODE-{i}\n")).collect();
        assert_eq!(self.import(&text).await.unwrap().imported, codes as u64);
    }

    async fn import(&self, text: &str) -> Result<PromoImport, bellhop_store::import::ImportError> {
        let folder = bellhop_test_services::folder().unwrap();
        let file = folder.path().join("codes.txt");
        std::fs::write(&file, text).unwrap();
        let options = ImportOptions {
            by_hand: Default::default(),
            dry_run: false,
            errors: None,
            language: Language::En,
            progress: &|_| {},
        };
        self.store.import_promo_codes(ORG, LIST, &file, options).await
    }

    pub async fn claim_for(&self, batch: BatchId, kind: EndpointKind, needs: &RenderNeeds) -> Held {
        let task = self.task(batch).await;
        let claim = self.store.claim(&wish(task, needs), self.now).await.unwrap();
        let Claim::Leased { lease, messages, .. } = claim else {
            panic!("not leased: {claim:?}")
        };
        Held {
            batch,
            kind,
            lease,
            messages,
        }
    }

    async fn hold_with_code(&self, kind: EndpointKind) -> Held {
        let batch = self.take(kind).await.first().expect("a batch is ready").id;
        self.claim_for(batch, kind, &code(PromoUse::Code)).await
    }

    pub async fn left(&self) -> u64 {
        self.store.promo_list(ORG, LIST).await.unwrap().unwrap().left
    }

    async fn look_later(&mut self) -> PromoLook {
        self.later(LOOK);
        self.store.look_at_promo_codes(self.now).await.unwrap()
    }
}

pub fn codes(held: &Held) -> BTreeMap<MessageId, String> {
    let each = held.messages.iter().map(|message| {
        let promo = message.profile.promo.as_ref().expect("each has something to show");
        (message.id, promo.code.clone().expect("a code"))
    });
    each.collect()
}

fn distinct(codes: &BTreeMap<MessageId, String>) -> BTreeSet<&String> {
    codes.values().collect()
}

fn failed() -> Outcome {
    Outcome::Failed { why: "no".into() }
}

fn again() -> Outcome {
    Outcome::Retry {
        after: None,
        why: "busy".into(),
    }
}

async fn a_message_has_one_code_however_often_it_is_tried(mut world: World) {
    world.guests(3).await;
    world.promo_list(5).await;
    let run = world.planned(&[SMS]).await;
    let first = world.hold_with_code(EndpointKind::Phone).await;
    assert_eq!(distinct(&codes(&first)).len(), 3);
    assert_eq!(world.left().await, 2);
    // Given back unsent, retried, claimed again: the same.
    world.store.release(first.batch, first.lease, world.now).await.unwrap();
    let second = world.hold_with_code(EndpointKind::Phone).await;
    assert_eq!(codes(&second), codes(&first));
    world.start(&second).await;
    world.record_all(run, &second, &again()).await;
    world.later(600_000);
    assert_eq!(world.look_later().await.returned, 0);
    world.store.promote_due(10, world.now).await.unwrap();
    let third = world.hold_with_code(EndpointKind::Phone).await;
    assert_eq!(codes(&third), codes(&first));
    world.start(&third).await;
    world.record_all(run, &third, &accepted()).await;
    world.later(6 * 3_600_000);
    assert_eq!(
        world.look_later().await,
        PromoLook {
            looked: 3,
            ..PromoLook::default()
        }
    );
    assert_eq!(world.left().await, 2, "what was sent is its message's for ever");
    assert_eq!(world.look_later().await.looked, 0, "and nobody looks any more");
}

async fn workers_who_claim_at_once_share_no_code(world: World) {
    world.guests(520).await;
    world.promo_list(520).await;
    world.planned(&[PUSH]).await;
    let batches = world.take(EndpointKind::Fcm).await;
    let needs = code(PromoUse::Code);
    let claim = |i: usize| world.claim_for(batches[i].id, EndpointKind::Fcm, &needs);
    assert!(batches.len() >= 3);
    let (a, b, c) = tokio::join!(claim(0), claim(1), claim(2));
    let mut given = codes(&a);
    let sizes = given.len() + codes(&b).len() + codes(&c).len();
    given.extend(codes(&b));
    given.extend(codes(&c));
    assert_eq!((given.len(), distinct(&given).len()), (sizes, sizes));
    assert_eq!(world.left().await, 520 - sizes as u64);
}

async fn whoever_finds_no_code_is_not_sent_to(world: World) {
    world.guests(5).await;
    world.promo_list(3).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold_with_code(EndpointKind::Phone).await;
    assert_eq!(distinct(&codes(&held)).len(), 3);
    assert_eq!(world.states(run).await, states_of([("pending", 3), ("suppressed", 2)]));
    let reasons = world
        .column("SELECT DISTINCT reason AS x FROM messages WHERE state = 12")
        .await;
    assert_eq!(reasons, [NO_PROMO_CODE]);
}

/// A claim that is under way holds the last codes; whether it keeps them is not known yet.
async fn codes_in_other_hands_are_waited_for(mut world: World) {
    world.guests(2).await;
    world.promo_list(1).await;
    let run = world.planned(&[SMS]).await;
    let Some(hands) = world.hold_codes().await else {
        // SQLite has one writer: a claim waits for the other.
        return;
    };
    let held = world.hold_with_code(EndpointKind::Phone).await;
    assert!(held.messages.is_empty());
    assert_eq!(world.states(run).await, states_of([("waiting", 2)]));
    hands.rollback().await.unwrap();
    world.later(3_000);
    world.store.promote_due(10, world.now).await.unwrap();
    let held = world.hold_with_code(EndpointKind::Phone).await;
    assert_eq!(codes(&held).len(), 1);
    assert_eq!(world.states(run).await, states_of([("pending", 1), ("suppressed", 1)]));
}

async fn a_code_that_a_lost_worker_had_is_never_anothers(mut world: World) {
    world.guests(1).await;
    world.promo_list(2).await;
    let run = world.planned(&[PUSH]).await;
    let lost = world.hold_with_code(EndpointKind::Fcm).await;
    // It may have sent the push, and nobody knows.
    world.later(LEASE.as_millis() as i64 + 1);
    world.store.reclaim(RULES.settlement, world.now).await.unwrap();
    let again = world.hold_with_code(EndpointKind::Fcm).await;
    assert_eq!(codes(&again), codes(&lost));
    world.record_all(run, &again, &failed()).await;
    assert_eq!(world.states(run).await, states_of([("failed", 1)]));
    assert_eq!(
        world.look_later().await,
        PromoLook {
            looked: 1,
            ..PromoLook::default()
        }
    );
    assert_eq!(world.left().await, 1);
}

async fn a_code_of_a_sure_failure_is_given_again(mut world: World) {
    world.guests(2).await;
    world.promo_list(1).await;
    let run = world.planned(&[SMS]).await;
    let first = world.hold_with_code(EndpointKind::Phone).await;
    let given = codes(&first);
    assert_eq!(given.len(), 1);
    world.start(&first).await;
    world.record(run, &first, &first.messages, &again()).await;
    // A gateway that says no means no: nothing went out.
    world.later(600_000);
    world.store.promote_due(10, world.now).await.unwrap();
    let second = world.hold_with_code(EndpointKind::Phone).await;
    world.start(&second).await;
    world.record(run, &second, &second.messages, &failed()).await;
    assert_eq!(
        world.look_later().await,
        PromoLook {
            looked: 1,
            returned: 1,
            more: false
        }
    );
    assert_eq!(world.left().await, 1);
    let run = world.planned(&[SMS]).await;
    let other = world.hold_with_code(EndpointKind::Phone).await;
    assert_eq!(
        codes(&other).into_values().collect::<Vec<_>>(),
        given.into_values().collect::<Vec<_>>()
    );
    assert_eq!(world.states(run).await, states_of([("pending", 1), ("suppressed", 1)]));
    // Suppressed at its start, for no attempt was made: free again.
    world.exec("UPDATE customer_facts SET consent_mask = 0").await;
    assert_eq!(world.start(&other).await, []);
    assert_eq!(world.look_later().await.returned, 1);
    assert_eq!(world.left().await, 1);
}

async fn a_code_in_doubt_is_kept(mut world: World) {
    world.guests(2).await;
    world.promo_list(2).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold_with_code(EndpointKind::Phone).await;
    world.start(&held).await;
    let unknown = Outcome::Unknown { why: "lost".into() };
    world.record(run, &held, &held.messages[..1], &unknown).await;
    // The other was started by a worker that died.
    world.later(LEASE.as_millis() as i64 + 1);
    world.store.reclaim(RULES.settlement, world.now).await.unwrap();
    assert_eq!(
        world.look_later().await,
        PromoLook {
            looked: 2,
            ..PromoLook::default()
        }
    );
    world.later(RULES.settlement.as_millis() as i64);
    world.store.promote_due(10, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("unknown", 2)]));
    assert_eq!(
        world.look_later().await,
        PromoLook {
            looked: 2,
            ..PromoLook::default()
        }
    );
    assert_eq!(world.left().await, 0);
}

async fn a_push_that_may_have_been_shown_keeps_its_code(mut world: World) {
    world.guests(1).await;
    world.promo_list(1).await;
    let run = world.planned(&[PUSH]).await;
    let held = world.hold_with_code(EndpointKind::Fcm).await;
    world.record_all(run, &held, &again()).await;
    world.later(600_000);
    world.store.promote_due(10, world.now).await.unwrap();
    let held = world.hold_with_code(EndpointKind::Fcm).await;
    world.record_all(run, &held, &failed()).await;
    assert_eq!(world.states(run).await, states_of([("failed", 1)]));
    assert_eq!(world.look_later().await.returned, 0);
    assert_eq!(world.left().await, 0);
}

async fn all_guests_share_a_common_code_until_its_end(world: World) {
    world.guests(3).await;
    let ends_at = Timestamp(world.now.0 + 1);
    let list = |ends_at| NewPromoList {
        name: LIST,
        common_code: Some("BACK20"),
        ends_at: Some(ends_at),
    };
    let put = |ends_at| world.store.put_promo_list(ORG, list(ends_at), "anna", world.now);
    put(ends_at).await.unwrap();
    let run = world.planned(&[SMS]).await;
    let held = world.hold_with_code(EndpointKind::Phone).await;
    assert_eq!(distinct(&codes(&held)), BTreeSet::from([&"BACK20".to_owned()]));
    let promo = held.messages[0].profile.promo.as_ref().unwrap();
    assert_eq!(promo.ends_at, Some(ends_at));
    // It ends before they go.
    put(world.now).await.unwrap();
    world.store.release(held.batch, held.lease, world.now).await.unwrap();
    let held = world.hold_with_code(EndpointKind::Phone).await;
    assert!(held.messages.is_empty());
    assert_eq!(world.states(run).await, states_of([("suppressed", 3)]));
    let reasons = world.column("SELECT DISTINCT reason AS x FROM messages").await;
    assert_eq!(reasons, [PROMO_ENDED]);
    let other_kind = NewPromoList {
        common_code: None,
        ..list(ends_at)
    };
    let refused = world.store.put_promo_list(ORG, other_kind, "anna", world.now).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    assert!(world.import("A\n").await.is_err());
}

async fn a_test_takes_no_code(world: World) {
    world.guests(2).await;
    world.promo_list(2).await;
    world.planned(&[SMS]).await;
    let batch = world.take(EndpointKind::Phone).await[0].id;
    let needs = code(PromoUse::Code).without_taking();
    let held = world.claim_for(batch, EndpointKind::Phone, &needs).await;
    assert_eq!(codes(&held).into_values().collect::<Vec<_>>(), ["SAMPLE", "SAMPLE"]);
    world.store.release(held.batch, held.lease, world.now).await.unwrap();
    let batch = world.take(EndpointKind::Phone).await[0].id;
    let held = world.claim_for(batch, EndpointKind::Phone, &code(PromoUse::End)).await;
    assert!(
        held.messages
            .iter()
            .all(|it| it.profile.promo == Some(MessagePromo::default()))
    );
    assert_eq!(world.left().await, 2);
}

async fn a_deleted_list_gives_nothing_and_forgets_nothing(world: World) {
    world.guests(2).await;
    world.promo_list(3).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold_with_code(EndpointKind::Phone).await;
    let given = codes(&held).into_values().next().unwrap();
    assert_eq!(
        world
            .store
            .delete_promo_list(ORG, LIST, "anna", world.now)
            .await
            .unwrap(),
        1
    );
    assert_eq!(world.store.promo_lists(ORG).await.unwrap(), []);
    world.store.release(held.batch, held.lease, world.now).await.unwrap();
    assert!(world.hold_with_code(EndpointKind::Phone).await.messages.is_empty());
    assert_eq!(world.states(run).await, states_of([("suppressed", 2)]));
    assert_eq!(MessageState::Suppressed.code(), 12);
    // A list of that name begins anew, and what was given is nobody else's.
    let list = NewPromoList {
        name: LIST,
        common_code: None,
        ends_at: None,
    };
    world.store.put_promo_list(ORG, list, "anna", world.now).await.unwrap();
    let done = world.import(&format!("{given}\nCODE-2\n")).await.unwrap();
    assert_eq!((done.imported, done.errors, done.left), (1, 1, 1));
    assert!(matches!(
        world.store.delete_promo_list(ORG, "autumn", "anna", world.now).await,
        Err(StoreError::NotFound { .. })
    ));
}
