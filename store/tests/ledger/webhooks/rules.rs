//! What webhooks are told of tags that rules set.

use crate::world::*;
use bellhop_domain::tag::TagSource;
use bellhop_domain::tag_rule::TagRule;
use bellhop_domain::webhook::WebhookKind::GuestTagged;
use bellhop_domain::*;
use bellhop_store::guests::{GuestTags, TagChange};
use bellhop_store::tagging::{AutomaticTags, Passed, TagRulesBook};
use serde_json::json;

crate::on_both![tags_by_rules_are_told_with_their_source];

async fn tags_by_rules_are_told_with_their_source(mut world: World) {
    world.guests(2).await;
    let id = world.webhook(&[GuestTagged]).await;
    let rule = TagRule::read(r#"{"name":"a","tag":"away","days":30,"count":{"max":0},"apply_to_past":true}"#).unwrap();
    let rule = world
        .store
        .create_tag_rule(ORG, &rule, "tester", world.now)
        .await
        .unwrap();
    let by_hand = TagChange {
        set: ["away".to_owned()].into(),
        ..TagChange::default()
    };
    let one = CustomerId(1);
    let hand = world
        .store
        .change_tags(ORG, one, TagSource::Hand, &by_hand, "tester", world.now);
    hand.await.unwrap();
    pass(&world).await;
    world
        .store
        .delete_tag_rule(ORG, rule, "tester", world.now)
        .await
        .unwrap();
    world.later(MINUTE);
    pass(&world).await;
    world.tell().await;
    // The first guest has the tag by hand, before and after: nothing is gained or lost.
    let said = |guest: &str, set: &[&str], removed: &[&str], source: &str| json!({ "customer_id": guest, "set": set, "removed": removed, "source": source });
    let told: Vec<_> = world.bodies(id).await.into_iter().map(|(_, data)| data).collect();
    let expected = [
        said("c1", &["away"], &[], "hand"),
        said("c2", &["away"], &[], "rule"),
        said("c2", &[], &["away"], "rule"),
    ];
    assert_eq!(told, expected);
}

async fn pass(world: &World) {
    while world.store.pass_on(ORG, 10, world.now).await.unwrap() != Passed::Complete {
        tokio::task::yield_now().await;
    }
}
