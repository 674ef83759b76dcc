//! Past data: page by page, from a cursor, whoever dies.

use crate::desk::{Desk, on_both};
use bellhop_domain::TagRuleId;
use bellhop_domain::tag_rule::TagRule;
use bellhop_store::tagging::{AutomaticTags, Passed, TagPass, TagRulesBook};

on_both!(
    a_rule_is_brought_to_everybody_page_by_page,
    a_pass_that_was_broken_off_goes_on,
    a_changed_rule_begins_the_pass_anew,
    an_order_beside_a_pass_is_not_lost,
    a_rule_that_judges_as_before_needs_no_pass,
    two_who_pass_at_once_share_it,
);

const ANY: &str = r#"{"name":"Any","tag":"any","days":30,"count":{"min":1}}"#;

impl Desk {
    /// So many guests with an order, five days ago, before there is a rule.
    async fn eaters(&self, count: u32) {
        let orders: Vec<_> = (0..count).map(|n| self.order(n, &format!("c{n}"), 5, "Soup")).collect();
        self.put(&orders).await;
    }

    async fn tagged(&self, count: u32) -> u32 {
        let mut tagged = 0;
        for n in 0..count {
            tagged += u32::from(!self.tags(&format!("c{n}")).await.is_empty());
        }
        tagged
    }

    async fn progress(&self) -> TagPass {
        self.store.tag_pass(self.id()).await.unwrap().unwrap()
    }

    async fn apply(&self, id: TagRuleId) {
        self.store
            .apply_tag_rule(self.id(), id, "anna", self.now)
            .await
            .unwrap();
    }

    async fn page(&self) {
        while self.store.pass_on(self.id(), 2, self.now).await.unwrap() == Passed::NotNow {
            tokio::task::yield_now().await;
        }
    }
}

async fn a_rule_is_brought_to_everybody_page_by_page(mut desk: Desk) {
    desk.eaters(7).await;
    let id = desk.create(ANY).await;
    assert_eq!(
        (desk.store.tag_pass(desk.id()).await.unwrap(), desk.tagged(7).await),
        (None, 0)
    );
    desk.apply(id).await;
    assert_eq!(desk.pass().await, 4);
    let done = desk.progress().await;
    assert_eq!(
        (done.guests, done.looked, done.changed, done.ended_at),
        (7, 7, 7, Some(desk.now))
    );
    assert_eq!(desk.tagged(7).await, 7);
    // They are known from now on: time alone takes it back.
    desk.days_later(25);
    assert_eq!(desk.look().await.changed, 7);
    assert_eq!(desk.tagged(7).await, 0);
}

async fn a_pass_that_was_broken_off_goes_on(desk: Desk) {
    desk.eaters(7).await;
    let id = desk.create(ANY).await;
    desk.apply(id).await;
    desk.page().await;
    desk.page().await;
    assert_eq!((desk.progress().await.looked, desk.tagged(7).await), (4, 4));
    // Another process.
    let other = desk.beside("south").await;
    while other.store.pass_on(desk.id(), 2, desk.now).await.unwrap() != Passed::Complete {}
    assert_eq!((desk.progress().await.looked, desk.tagged(7).await), (7, 7));
}

async fn a_changed_rule_begins_the_pass_anew(desk: Desk) {
    desk.eaters(5).await;
    let id = desk.create(ANY).await;
    desk.apply(id).await;
    desk.page().await;
    let never = TagRule::read(&ANY.replace("\"min\":1", "\"min\":2")).unwrap();
    desk.store
        .edit_tag_rule(desk.id(), id, &never, "anna", desk.now)
        .await
        .unwrap();
    assert_eq!(
        (desk.progress().await.looked, desk.progress().await.ended_at),
        (0, None)
    );
    desk.pass().await;
    assert_eq!(desk.tagged(5).await, 0);
}

async fn an_order_beside_a_pass_is_not_lost(desk: Desk) {
    desk.guests(&["c0", "c1", "c2"]).await;
    let id = desk.create(&ANY.replace(":30", ":5")).await;
    desk.apply(id).await;
    desk.page().await;
    // Behind the cursor, and ahead of it.
    desk.put(&[desk.order(1, "c0", 0, "Soup"), desk.order(2, "c2", 0, "Soup")])
        .await;
    desk.pass().await;
    desk.look().await;
    assert_eq!([desk.tagged(1).await, desk.tagged(3).await], [1, 2]);
}

async fn a_rule_that_judges_as_before_needs_no_pass(desk: Desk) {
    desk.eaters(3).await;
    let id = desk
        .create(&ANY.replace("\"days\"", "\"apply_to_past\":true,\"days\""))
        .await;
    desk.pass().await;
    let began = desk.progress().await;
    let renamed = TagRule::read(&ANY.replace("Any", "Anybody")).unwrap();
    desk.store
        .edit_tag_rule(desk.id(), id, &renamed, "anna", desk.now)
        .await
        .unwrap();
    assert_eq!(desk.progress().await, began);
    assert!(
        desk.store.tag_rule(desk.id(), id).await.unwrap().covers_all,
        "once applied it stays so"
    );
}

async fn two_who_pass_at_once_share_it(desk: Desk) {
    desk.eaters(9).await;
    let id = desk.create(ANY).await;
    desk.apply(id).await;
    let (one, other) = tokio::join!(desk.pass_unless_over(), desk.pass_unless_over());
    assert_eq!(
        (one + other, desk.progress().await.looked, desk.tagged(9).await),
        (5, 9, 9)
    );
}

impl Desk {
    async fn pass_unless_over(&self) -> u64 {
        let mut pages = 0;
        while self.progress().await.ended_at.is_none() {
            match self.store.pass_on(self.id(), 2, self.now).await.unwrap() {
                Passed::Page(_) => pages += 1,
                Passed::Complete => break,
                Passed::NotNow => tokio::task::yield_now().await,
            }
        }
        pages
    }
}
