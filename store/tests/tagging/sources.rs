//! A rule takes back only what rules have set.

use crate::desk::{Desk, on_both};
use bellhop_domain::tag_rule::TagRule;
use bellhop_store::tagging::TagRulesBook;

on_both!(
    a_tag_set_by_hand_stays,
    a_hand_does_not_take_back_what_a_rule_says,
    of_two_rules_with_one_tag_either_keeps_it,
    an_edited_rule_takes_back_what_it_no_longer_says,
    a_deleted_rule_takes_back_its_own,
    looks_and_hands_at_once_lose_nothing,
);

const OFTEN: &str = r#"{"name":"Often","tag":"vip","days":30,"count":{"min":2}}"#;

impl Desk {
    async fn two_orders(&self, guest: &str, from: u32) {
        self.put(&[
            self.order(from, guest, 0, "Soup"),
            self.order(from + 1, guest, 0, "Soup"),
        ])
        .await;
        self.look().await;
    }
}

async fn a_tag_set_by_hand_stays(mut desk: Desk) {
    desk.create(OFTEN).await;
    desk.guests(&["c1"]).await;
    desk.by_hand("c1", &["vip", "friend"], &[]).await;
    desk.two_orders("c1", 1).await;
    assert_eq!(desk.tags("c1").await, "friend: hand; vip: hand rule");
    desk.days_later(30);
    desk.look().await;
    assert_eq!(desk.tags("c1").await, "friend: hand; vip: hand");
}

async fn a_hand_does_not_take_back_what_a_rule_says(mut desk: Desk) {
    desk.create(OFTEN).await;
    desk.two_orders("c1", 1).await;
    desk.by_hand("c1", &["vip"], &[]).await;
    desk.by_hand("c1", &[], &["vip"]).await;
    assert_eq!(desk.tags("c1").await, "vip: rule");
    desk.days_later(30);
    desk.look().await;
    assert_eq!(desk.tags("c1").await, "");
}

async fn of_two_rules_with_one_tag_either_keeps_it(mut desk: Desk) {
    desk.create(OFTEN).await;
    desk.create(r#"{"name":"Soup","tag":"vip","days":40,"ordered":{"dish":["Soup"]}}"#)
        .await;
    desk.two_orders("c1", 1).await;
    assert_eq!(desk.tags("c1").await, "vip: rule");
    desk.days_later(30);
    desk.look().await;
    assert_eq!(desk.tags("c1").await, "vip: rule", "the second still says so");
    desk.days_later(10);
    desk.look().await;
    assert_eq!(desk.tags("c1").await, "");
}

async fn an_edited_rule_takes_back_what_it_no_longer_says(mut desk: Desk) {
    let id = desk.create(OFTEN).await;
    desk.two_orders("c1", 1).await;
    desk.two_orders("c2", 3).await;
    desk.by_hand("c2", &["vip"], &[]).await;
    // Another tag, and fewer days: both are planned anew.
    let edited = TagRule::read(&OFTEN.replace("vip", "regular").replace(":30", ":7")).unwrap();
    desk.store
        .edit_tag_rule(desk.id(), id, &edited, "anna", desk.now)
        .await
        .unwrap();
    desk.pass().await;
    assert_eq!(
        [desk.tags("c1").await, desk.tags("c2").await],
        ["regular: rule", "regular: rule; vip: hand"]
    );
    desk.days_later(7);
    desk.look().await;
    assert_eq!([desk.tags("c1").await, desk.tags("c2").await], ["", "vip: hand"]);
}

async fn a_deleted_rule_takes_back_its_own(desk: Desk) {
    let id = desk.create(OFTEN).await;
    desk.create(&OFTEN.replace("vip", "other")).await;
    desk.two_orders("c1", 1).await;
    desk.two_orders("c2", 3).await;
    desk.by_hand("c2", &["vip"], &[]).await;
    desk.store
        .delete_tag_rule(desk.id(), id, "anna", desk.now)
        .await
        .unwrap();
    desk.pass().await;
    assert_eq!(
        [desk.tags("c1").await, desk.tags("c2").await],
        ["other: rule", "other: rule; vip: hand"]
    );
}

async fn looks_and_hands_at_once_lose_nothing(desk: Desk) {
    desk.create(OFTEN).await;
    desk.guests(&["c1"]).await;
    for n in 0..5 {
        let (a, b) = (2 * n + 1, 2 * n + 2);
        let orders = [desk.order(a, "c1", 0, "Soup"), desk.order(b, "c1", 0, "Soup")];
        let no = ["vip"];
        tokio::join!(desk.put(&orders), desk.by_hand("c1", &no, &[]), desk.look());
        desk.look().await;
        assert_eq!(desk.tags("c1").await, "vip: hand rule");
        let cancelled = orders.map(|order| bellhop_store::guests::LiveOrder {
            status: bellhop_domain::order::OrderStatus::Cancelled,
            ..order
        });
        tokio::join!(desk.put(&cancelled), desk.by_hand("c1", &[], &no), desk.look());
        desk.look().await;
        assert_eq!(desk.tags("c1").await, "");
    }
}
