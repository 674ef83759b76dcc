//! A rule sets and removes by orders and by time.

use crate::desk::{Desk, NOW, on_both};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::tag_rule::TagRule;
use bellhop_domain::{TagRuleId, Timestamp};
use bellhop_store::guests::LiveOrder;
use bellhop_store::tagging::{AutomaticTags, Looked, TagPreview, TagRulesBook};

on_both!(
    orders_set_and_time_removes,
    only_delivered_orders_count,
    a_guest_is_looked_at_when_they_change_and_not_before,
    dishes_and_categories,
    the_inverse_kind,
    without_past_a_rule_waits_for_the_next_order,
    an_import_is_followed_in_sets,
    live_orders_go_before_what_an_import_left,
    an_order_that_moves_to_another_guest_moves_the_tag,
    where_there_are_no_rules_nothing_is_written,
    rules_of_another_organisation_are_its_own,
    a_preview_is_exact,
    versions_are_kept_and_changes_audited,
);

const OFTEN: &str = r#"{"name":"Often","tag":"often","days":30,"count":{"min":2}}"#;

async fn orders_set_and_time_removes(mut desk: Desk) {
    desk.create(OFTEN).await;
    desk.put(&[desk.order(1, "c1", 10, "Soup")]).await;
    desk.look().await;
    assert_eq!(desk.tags("c1").await, "");
    desk.put(&[desk.order(2, "c1", 0, "Soup")]).await;
    assert_eq!(desk.look().await, Looked { guests: 1, changed: 1 });
    assert_eq!(desk.tags("c1").await, "often: rule");
    // The first order's thirty days end in twenty.
    desk.days_later(20);
    desk.now = Timestamp(desk.now.0 - 1);
    assert_eq!(desk.look().await, Looked::default());
    assert_eq!(desk.tags("c1").await, "often: rule");
    desk.now = Timestamp(desk.now.0 + 1);
    assert_eq!(desk.look().await, Looked { guests: 1, changed: 1 });
    assert_eq!(desk.tags("c1").await, "");
}

async fn only_delivered_orders_count(desk: Desk) {
    desk.create(r#"{"name":"Any","tag":"any","days":30,"count":{"min":1}}"#)
        .await;
    let with = |status| LiveOrder {
        status,
        ..desk.order(1, "c1", 0, "Soup")
    };
    for (status, tags) in [
        (OrderStatus::Placed, ""),
        (OrderStatus::OnItsWay, ""),
        (OrderStatus::Delivered, "any: rule"),
        (OrderStatus::Cancelled, ""),
    ] {
        desk.put(&[with(status)]).await;
        desk.look().await;
        assert_eq!(desk.tags("c1").await, tags, "{status:?}");
    }
}

async fn a_guest_is_looked_at_when_they_change_and_not_before(mut desk: Desk) {
    desk.create(OFTEN).await;
    desk.create(r#"{"name":"Rich","tag":"rich","days":10,"total":{"min":"150"}}"#)
        .await;
    // Both hold; the second ends after ten days less five, the first after thirty less five. Nobody else ever changes.
    desk.put(&[
        desk.order(1, "c1", 5, "Soup"),
        desk.order(2, "c1", 5, "Soup"),
        desk.order(3, "c2", 5, "Soup"),
    ])
    .await;
    assert_eq!(desk.look().await.guests, 2);
    assert_eq!(desk.tags("c1").await, "often: rule; rich: rule");
    let mut looked = Vec::new();
    for _ in 0..40 {
        desk.days_later(1);
        looked.push(desk.look().await.guests);
    }
    let days: Vec<_> = (1..)
        .zip(&looked)
        .filter(|(_, guests)| **guests > 0)
        .map(|(day, _)| day)
        .collect();
    assert_eq!((days, looked.iter().sum::<u64>()), (vec![5, 25], 2));
    assert_eq!(desk.tags("c1").await, "");
}

async fn dishes_and_categories(mut desk: Desk) {
    desk.create(r#"{"name":"a","tag":"soup","days":30,"ordered":{"dish":["Soup","Borscht"]}}"#)
        .await;
    desk.create(r#"{"name":"b","tag":"sweet","days":30,"ordered":{"category":["Cakes"]}}"#)
        .await;
    let text = r#"{"name":"c","tag":"no cake","days":30,"count":{"min":1},"not_ordered":{"category":["Cakes"]}}"#;
    desk.create(text).await;
    // The names are of dishes that nobody had ordered when the rules were made.
    for (number, guest, dish) in [(1, "c1", "Soup"), (2, "c2", "Cake"), (3, "c3", "Tea")] {
        desk.put(&[desk.order(number, guest, 0, dish)]).await;
    }
    desk.look().await;
    let tags = |desk: Desk| async move {
        let all = [desk.tags("c1").await, desk.tags("c2").await, desk.tags("c3").await];
        (desk, all)
    };
    let (back, all) = tags(desk).await;
    assert_eq!(all, ["no cake: rule; soup: rule", "sweet: rule", "no cake: rule"]);
    desk = back;
    desk.put(&[desk.order(4, "c1", 0, "Cake")]).await;
    desk.look().await;
    assert_eq!(desk.tags("c1").await, "soup: rule; sweet: rule");
}

async fn the_inverse_kind(mut desk: Desk) {
    desk.guests(&["c1", "c2"]).await;
    desk.create(r#"{"name":"a","tag":"away","days":30,"count":{"min":1},"inverse":true,"apply_to_past":true}"#)
        .await;
    desk.pass().await;
    assert_eq!(
        [desk.tags("c1").await, desk.tags("c2").await],
        ["away: rule", "away: rule"]
    );
    desk.put(&[desk.order(1, "c1", 0, "Soup")]).await;
    desk.look().await;
    assert_eq!([desk.tags("c1").await, desk.tags("c2").await], ["", "away: rule"]);
    desk.days_later(30);
    desk.look().await;
    assert_eq!(desk.tags("c1").await, "away: rule");
}

async fn without_past_a_rule_waits_for_the_next_order(mut desk: Desk) {
    desk.put(&[desk.order(1, "c1", 3, "Soup"), desk.order(2, "c1", 3, "Soup")])
        .await;
    desk.put(&[desk.order(3, "c2", 3, "Soup"), desk.order(4, "c2", 3, "Soup")])
        .await;
    desk.days_later(1);
    desk.create(OFTEN).await;
    desk.look().await;
    assert_eq!([desk.tags("c1").await, desk.tags("c2").await], ["", ""]);
    // What came before counts, once a new one is delivered.
    desk.put(&[desk.order(5, "c1", 0, "Soup")]).await;
    desk.look().await;
    assert_eq!([desk.tags("c1").await, desk.tags("c2").await], ["often: rule", ""]);
}

async fn an_import_is_followed_in_sets(desk: Desk) {
    desk.create(OFTEN).await;
    let mut csv = "order_id,customer_id,placed_at,total,status\n".to_owned();
    for guest in 0..400 {
        for order in 0..2 {
            csv += &format!("{guest}-{order},c{guest},{},100,delivered\n", NOW.to_rfc3339());
        }
    }
    desk.import(&csv).await;
    let (mut transactions, mut changed) = (0, 0);
    loop {
        let looked = desk.store.look_at_tags(desk.id(), 150, desk.now).await.unwrap();
        if looked.guests == 0 {
            break;
        }
        transactions += 1;
        changed += looked.changed;
    }
    assert_eq!((transactions, changed), (3, 400));
    // The same file again says nothing new.
    desk.import(&csv).await;
    assert_eq!(desk.look().await, Looked::default());
}

async fn live_orders_go_before_what_an_import_left(desk: Desk) {
    desk.create(OFTEN).await;
    let mut csv = "order_id,customer_id,placed_at,total,status\n".to_owned();
    for guest in 0..10 {
        csv += &format!("i{guest},imported{guest},{},100,delivered\n", NOW.to_rfc3339());
    }
    desk.import(&csv).await;
    desk.put(&[desk.order(1, "c1", 0, "Soup"), desk.order(2, "c1", 0, "Soup")])
        .await;
    desk.store.look_at_tags(desk.id(), 1, desk.now).await.unwrap();
    assert_eq!(desk.tags("c1").await, "often: rule");
    assert_eq!(desk.look().await.guests, 10);
}

async fn an_order_that_moves_to_another_guest_moves_the_tag(desk: Desk) {
    desk.create(OFTEN).await;
    desk.put(&[desk.order(1, "c1", 0, "Soup"), desk.order(2, "c1", 0, "Soup")])
        .await;
    desk.put(&[desk.order(3, "c2", 0, "Soup")]).await;
    desk.look().await;
    assert_eq!([desk.tags("c1").await, desk.tags("c2").await], ["often: rule", ""]);
    desk.put(&[desk.order(2, "c2", 0, "Soup")]).await;
    desk.look().await;
    assert_eq!([desk.tags("c1").await, desk.tags("c2").await], ["", "often: rule"]);
}

async fn where_there_are_no_rules_nothing_is_written(desk: Desk) {
    desk.put(&[desk.order(1, "c1", 0, "Soup")]).await;
    assert!(desk.store.due_for_tags(desk.now).await.unwrap().is_empty());
    let id = desk.create(OFTEN).await;
    desk.store
        .delete_tag_rule(desk.id(), id, "anna", desk.now)
        .await
        .unwrap();
    desk.pass().await;
    desk.put(&[desk.order(2, "c1", 0, "Soup"), desk.order(3, "c1", 0, "Soup")])
        .await;
    assert!(desk.store.due_for_tags(desk.now).await.unwrap().is_empty());
    assert_eq!(desk.tags("c1").await, "");
}

async fn rules_of_another_organisation_are_its_own(desk: Desk) {
    let other = desk.beside("south").await;
    let id = desk.create(OFTEN).await;
    for it in [&desk, &other] {
        it.put(&[it.order(1, "c1", 0, "Soup"), it.order(2, "c1", 0, "Soup")])
            .await;
        it.look().await;
    }
    assert_eq!([desk.tags("c1").await, other.tags("c1").await], ["often: rule", ""]);
    let rule = TagRule::read(OFTEN).unwrap();
    assert!(other.store.tag_rule(other.id(), id).await.is_err());
    assert!(
        other
            .store
            .edit_tag_rule(other.id(), id, &rule, "x", NOW)
            .await
            .is_err()
    );
    assert!(other.store.delete_tag_rule(other.id(), id, "x", NOW).await.is_err());
    assert!(other.store.apply_tag_rule(other.id(), id, "x", NOW).await.is_err());
    assert_eq!(other.store.tag_rules(other.id()).await.unwrap(), []);
}

async fn a_preview_is_exact(desk: Desk) {
    desk.guests(&["c3"]).await;
    desk.put(&[
        desk.order(1, "c1", 1, "Soup"),
        desk.order(2, "c1", 1, "Cake"),
        desk.order(3, "c2", 1, "Soup"),
        desk.order(4, "c2", 31, "Cake"),
        // Clocks differ: this one counts when its time has come.
        desk.order(5, "c2", -1, "Tea"),
    ])
    .await;
    for (conditions, would_tag) in [
        (r#""count":{"min":2}"#, 1),
        (r#""count":{"max":1}"#, 2),
        (r#""total":{"min":"200"}"#, 1),
        (r#""ordered":{"dish":["Soup"]}"#, 2),
        (r#""ordered":{"category":["Cakes"]}"#, 1),
        (r#""not_ordered":{"dish":["Cake"]}"#, 2),
        (r#""not_ordered":{"dish":["Cake"]},"count":{"min":1}"#, 1),
        (r#""ordered":{"dish":["Unheard of"]}"#, 0),
        (r#""count":{"min":2},"inverse":true"#, 2),
        (
            r#""ordered":{"dish":["Soup"]},"not_ordered":{"dish":["Cake"]},"inverse":true"#,
            2,
        ),
    ] {
        let rule = format!(r#"{{"name":"a","tag":"t","days":30,{conditions}}}"#);
        let rule = TagRule::read(&rule).unwrap();
        let preview = desk.store.preview_tag_rule(desk.id(), &rule, desk.now).await.unwrap();
        assert_eq!(preview, TagPreview { would_tag, of: 3 }, "{conditions}");
    }
}

async fn versions_are_kept_and_changes_audited(desk: Desk) {
    let id = desk.create(OFTEN).await;
    let seldom = TagRule::read(&OFTEN.replace(":2", ":3")).unwrap();
    let version = desk
        .store
        .edit_tag_rule(desk.id(), id, &seldom, "boris", desk.now)
        .await;
    assert_eq!(version.unwrap(), 2);
    let versions = desk.store.tag_rule_versions(desk.id(), id).await.unwrap();
    let told: Vec<_> = versions
        .iter()
        .map(|it| (it.version, it.rule.count.unwrap().min))
        .collect();
    assert_eq!(told, [(2, Some(3)), (1, Some(2))]);
    assert_eq!(desk.store.tag_rule(desk.id(), id).await.unwrap().rule, seldom);
    desk.store
        .apply_tag_rule(desk.id(), id, "boris", desk.now)
        .await
        .unwrap();
    desk.store
        .delete_tag_rule(desk.id(), id, "anna", desk.now)
        .await
        .unwrap();
    assert!(desk.store.tag_rule(desk.id(), id).await.is_err());
    assert!(
        desk.store
            .delete_tag_rule(desk.id(), id, "anna", desk.now)
            .await
            .is_err()
    );
    let nobody = TagRuleId(i64::MAX);
    assert!(
        desk.store
            .edit_tag_rule(desk.id(), nobody, &seldom, "x", desk.now)
            .await
            .is_err()
    );
    assert_eq!(
        desk.deeds().await,
        [
            "anna tag_rule.create",
            "boris tag_rule.edit",
            "boris tag_rule.apply",
            "anna tag_rule.delete"
        ]
    );
}
