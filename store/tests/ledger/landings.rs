//! Landings: kept, shown while their time lasts, and counted.

use crate::world::*;
use bellhop_domain::fault::Why;
use bellhop_domain::landing::Landing;
use bellhop_domain::*;
use bellhop_store::landings::{LandingBook, Seen};
use bellhop_store::{Erasing, StoreError};
use std::time::Duration;

crate::on_both![
    a_landing_is_kept_and_changed_by_who_has_read_it,
    it_is_at_the_entry_while_its_time_lasts,
    what_was_shown_pressed_and_ordered_is_counted,
    an_erased_guest_leaves_the_figures_without_a_name,
];

fn landing() -> Landing {
    Landing {
        name: "Autumn".to_owned(),
        image: None,
        title: "t".to_owned(),
        text: String::new(),
        button: None,
        promo: Some("LEAF".to_owned()),
        at_entry: true,
        segment: None,
        starts_at: None,
        ends_at: None,
    }
}

impl World {
    async fn landing(&self, it: &Landing, token: &str) -> LandingId {
        let made = self.store.create_landing(ORG, (it, token), None, "anna", self.now);
        made.await.unwrap()
    }

    async fn order(&self, id: i64, customer: i64, after: Duration, promo: &str) {
        let at = self.now.plus(after).0;
        self.exec(&format!(
            "INSERT INTO orders (id, org_id, external_id, customer_id, placed_at, status, total, promo)
             VALUES ({id}, 1, 'o{id}', {customer}, {at}, 4, 10000, {promo})"
        ))
        .await;
    }
}

async fn a_landing_is_kept_and_changed_by_who_has_read_it(world: World) {
    let id = world.landing(&landing(), "aa").await;
    let mut to = landing();
    to.title = "u".to_owned();
    let at = |version| world.store.change_landing(ORG, (id, version), &to, "anna", world.now);
    assert!(at(1).await.unwrap());
    assert!(!at(1).await.unwrap());
    let kept = world.store.landing(ORG, id).await.unwrap();
    assert_eq!((kept.version, kept.landing.title.as_str()), (2, "u"));
    assert_eq!(kept.starts_at, world.now, "what is left out stays");
    to.segment = Some(SegmentId(9));
    let refused = world.store.change_landing(ORG, (id, 2), &to, "anna", world.now).await;
    assert!(matches!(
        refused,
        Err(StoreError::Conflict(Why::SegmentUnknown { id: 9 }))
    ));
    let foreign = world.store.landing(OrgId(2), id).await;
    assert!(matches!(foreign, Err(StoreError::NotFound { .. })));
    assert!(world.store.remove_landing(ORG, id, 2, "anna", world.now).await.unwrap());
    assert_eq!(world.store.landing_by_token("aa").await.unwrap(), None);
    assert_eq!(world.store.landings(ORG, None, 10).await.unwrap().total, 0);
}

async fn it_is_at_the_entry_while_its_time_lasts(world: World) {
    let hour = Duration::from_secs(3600);
    let first = world.landing(&landing(), "aa").await;
    let mut later = landing();
    (later.starts_at, later.ends_at) = (Some(world.now.plus(hour)), Some(world.now.plus(2 * hour)));
    let later = world.landing(&later, "bb").await;
    let mut elsewhere = landing();
    elsewhere.at_entry = false;
    world.landing(&elsewhere, "cc").await;
    for (after, expected) in [(0, vec![first]), (3600, vec![later, first]), (7200, vec![first])] {
        let at = world.now.plus(Duration::from_secs(after));
        let found = world.store.landings_at_entry(ORG, at).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|it| it.id).collect();
        assert_eq!(found, expected, "after {after} s");
    }
    assert_eq!(world.store.landings_at_entry(OrgId(2), world.now).await.unwrap(), []);
}

async fn what_was_shown_pressed_and_ordered_is_counted(world: World) {
    world.guests(3).await;
    let id = world.landing(&landing(), "aa").await;
    let count = async |seen, guest: Option<i64>, after: i64| {
        let at = Timestamp(world.now.0 + after);
        let counted = world.store.count_landing(id, seen, guest.map(CustomerId), at);
        counted.await.unwrap();
    };
    for n in 0..40 {
        count(Seen::Shown, None, n).await;
    }
    count(Seen::Shown, Some(1), 0).await;
    count(Seen::Shown, Some(2), 0).await;
    count(Seen::Clicked, Some(1), 1_000).await;
    // What comes later moves nothing.
    count(Seen::Clicked, Some(1), 24 * 60 * MINUTE).await;
    let hours = |n: u64| Duration::from_secs(n * 3600);
    world.order(1, 1, hours(1), "NULL").await;
    world.order(2, 1, hours(73), "NULL").await;
    world.order(3, 2, hours(1), "NULL").await;
    world.order(4, 3, hours(500), "'LEAF'").await;
    world.order(5, 1, hours(2), "'LEAF'").await;
    world.order(6, 1, hours(2), "'LEAF'").await;
    world.exec("UPDATE orders SET status = 5 WHERE id = 6").await;
    let figures = world.store.landing_figures(ORG, id).await.unwrap();
    assert_eq!((figures.shown, figures.clicked), (42, 2));
    assert_eq!((figures.guests_shown, figures.guests_clicked), (2, 1));
    assert_eq!((figures.orders, figures.revenue), (3, Money(30_000)));
    assert_eq!(figures.days.len(), 2);
    assert_eq!(figures.days.iter().map(|day| day.shown).sum::<u64>(), 42);
    assert!(world.store.landing_figures(OrgId(2), id).await.is_err());
}

async fn an_erased_guest_leaves_the_figures_without_a_name(world: World) {
    world.guests(2).await;
    let id = world.landing(&landing(), "aa").await;
    let see = async |guest| {
        let seen = world
            .store
            .count_landing(id, Seen::Shown, Some(CustomerId(guest)), world.now);
        seen.await.unwrap();
    };
    see(1).await;
    world.store.erase(ORG, CustomerId(1), "anna", world.now).await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM landing_guests").await, 0);
    // Who comes by an old link is nobody any more.
    see(1).await;
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM landing_guests").await, 0);
    assert_eq!(world.store.landing_figures(ORG, id).await.unwrap().shown, 2);
}
