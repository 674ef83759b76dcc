//! Guests found by what somebody types, their orders by pages, tags with their counts, and codes with their messages.

use crate::world::*;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::phone::Region;
use bellhop_domain::*;
use bellhop_store::StoreError;
use bellhop_store::guests::FindingGuests;
use bellhop_store::ledger::Reading;
use bellhop_store::promos::PromoBook;

crate::on_both![
    a_guest_is_found_by_name_phone_card_and_id,
    orders_come_by_pages_the_latest_first,
    tags_tell_how_many_have_them,
    codes_of_a_request_are_kept_all_or_none,
    given_codes_name_their_message_and_use,
];

async fn found(world: &World, words: &str) -> Vec<String> {
    let found = world
        .store
        .find_guests(ORG, words, Region::RU, CustomerId(0), 100)
        .await
        .unwrap();
    found.into_iter().map(|(_, customer)| customer).collect()
}

async fn a_guest_is_found_by_name_phone_card_and_id(world: World) {
    for (id, phone) in [(1, "+79990000001"), (2, "+79990000002"), (3, "+79990000003")] {
        let who = Who {
            phone: Some(phone),
            ..Who::default()
        };
        world.guest(id, who).await;
    }
    world
        .exec("UPDATE customers SET name = 'Анна Петрова' WHERE id = 1")
        .await;
    world.exec("UPDATE customers SET name = 'Аннабель' WHERE id = 2").await;
    world
        .exec("UPDATE customers SET external_id = '007' WHERE id = 3")
        .await;
    world
        .exec("INSERT INTO customer_attributes (org_id, customer_id, key, value) VALUES (1, 3, 'card', '4276-55')")
        .await;
    for (words, expected) in [
        ("анна", vec!["c1", "c2"]),
        ("АННА П", vec!["c1"]),
        ("Guest", vec!["007"]),
        ("8 999 000-00-02", vec!["c2"]),
        ("007", vec!["007"]),
        ("7", vec![]),
        ("4276-55", vec!["007"]),
        ("4276", vec![]),
        ("а", vec![]),
        ("%", vec![]),
    ] {
        assert_eq!(found(&world, words).await, expected, "{words}");
    }
    let rest = world.store.find_guests(ORG, "анна", Region::RU, CustomerId(1), 100);
    assert_eq!(rest.await.unwrap().len(), 1, "after the first");
    let foreign = world
        .store
        .find_guests(OrgId(2), "анна", Region::RU, CustomerId(0), 100);
    assert_eq!(foreign.await.unwrap(), []);
}

async fn orders_come_by_pages_the_latest_first(world: World) {
    world.guests(2).await;
    for n in 1..=9 {
        // Two of them in the same instant.
        let (at, customer, status) = (1_000 * (n / 2), if n == 9 { 2 } else { 1 }, if n == 4 { 5 } else { 4 });
        world
            .exec(&format!(
                "INSERT INTO orders (id, org_id, external_id, customer_id, placed_at, status, total)
                 VALUES ({n}, 1, 'o{n}', {customer}, {at}, {status}, {n})"
            ))
            .await;
    }
    world
        .exec("INSERT INTO dishes (id, org_id, name) VALUES (1, 1, 'Soup')")
        .await;
    world
        .exec("INSERT INTO order_items (order_id, position, customer_id, dish_id, quantity, price) VALUES (8, 0, 1, 1, 2, 3)")
        .await;
    for limit in [1, 3, 8, 100] {
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let page = world.store.orders_of_guest(ORG, CustomerId(1), None, after, limit);
            let page = page.await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.number);
            told.extend(page.into_iter().map(|it| it.number));
        }
        assert_eq!(told, [8, 7, 6, 5, 4, 3, 2, 1], "by {limit}");
    }
    let cancelled = Some(OrderStatus::Cancelled);
    let of = world.store.orders_of_guest(ORG, CustomerId(1), cancelled, None, 10);
    assert_eq!(of.await.unwrap().iter().map(|it| it.number).collect::<Vec<_>>(), [4]);
    let first = world
        .store
        .orders_of_guest(ORG, CustomerId(1), None, None, 1)
        .await
        .unwrap();
    let item = &first[0].items[0];
    assert_eq!(
        (item.dish.as_deref(), item.quantity, item.price),
        (Some("Soup"), 2, Money(3))
    );
    // Another guest's order is no place to go on from, and another organisation sees none.
    let of = world.store.orders_of_guest(ORG, CustomerId(1), None, Some(9), 10);
    assert_eq!(of.await.unwrap(), []);
    let foreign = world.store.orders_of_guest(OrgId(2), CustomerId(1), None, None, 10);
    assert_eq!(foreign.await.unwrap(), []);
}

async fn tags_tell_how_many_have_them(world: World) {
    world.guests(3).await;
    world
        .exec("INSERT INTO tags (id, org_id, ordinal, name) VALUES (1, 1, 1, 'vip'), (2, 1, 2, 'late')")
        .await;
    world
        .exec("INSERT INTO customer_tags (tag_id, customer_id, sources) VALUES (1, 1, 1), (1, 2, 4)")
        .await;
    let tags = world.store.counted_tags(ORG).await.unwrap();
    let tags: Vec<_> = tags.into_iter().map(|it| (it.name, it.guests)).collect();
    assert_eq!(tags, [("late".to_owned(), 0), ("vip".to_owned(), 2)]);
    assert_eq!(world.store.counted_tags(OrgId(2)).await.unwrap(), []);
}

fn codes(of: &[&str]) -> Vec<String> {
    of.iter().map(|&code| code.to_owned()).collect()
}

async fn codes_of_a_request_are_kept_all_or_none(world: World) {
    world.promo_list(2).await;
    let other = bellhop_store::promos::NewPromoList {
        name: "other",
        common_code: None,
        ends_at: None,
    };
    world.store.put_promo_list(ORG, other, "anna", world.now).await.unwrap();
    let add = async |of: &[&str]| {
        let (store, codes) = (&world.store, codes(of));
        store
            .add_promo_codes(ORG, "other", &codes, "anna", world.now)
            .await
            .unwrap()
    };
    let refused = add(&["A", "CODE-1", "B"]).await;
    assert_eq!(refused.elsewhere, [(1, crate::promo_codes::LIST.to_owned())]);
    assert_eq!(
        world.number("SELECT COUNT(*) AS x FROM promo_codes").await,
        2,
        "nothing was kept"
    );
    let added = add(&["A", "B", "A"]).await;
    assert_eq!((added.new, added.known, added.left), (2, 1, 2));
    // The same request again.
    let again = add(&["A", "B", "A"]).await;
    assert_eq!((again.new, again.known, again.left), (0, 3, 2));
    let none = world
        .store
        .add_promo_codes(ORG, "none", &codes(&["A"]), "anna", world.now)
        .await;
    assert!(matches!(none, Err(StoreError::NotFound { .. })));
    let list = world.store.promo_list(ORG, "other").await.unwrap().unwrap();
    assert_eq!((list.codes, list.left), (2, 2));
}

async fn given_codes_name_their_message_and_use(world: World) {
    world.guests(4).await;
    world.promo_list(6).await;
    let run = world.planned(&[PUSH]).await;
    let mailing = world.store.run(run).await.unwrap().mailing;
    let at = world.now.0;
    world
        .exec(&format!(
            "UPDATE promo_codes SET message_id = (SELECT MIN(m.id) FROM messages m WHERE m.customer_id = promo_codes.id),
                run_id = {run}, given_at = {at} WHERE id <= 4"
        ))
        .await;
    world
        .exec(&format!(
            "INSERT INTO orders (id, org_id, external_id, customer_id, placed_at, status, total, promo)
             VALUES (1, 1, 'o1', 2, {}, 4, 5, 'CODE-1')",
            at + 5
        ))
        .await;
    let list = world
        .store
        .promo_list(ORG, crate::promo_codes::LIST)
        .await
        .unwrap()
        .unwrap();
    let first = world.store.given_promo_codes(list.id, None, 3).await.unwrap();
    let rest = world
        .store
        .given_promo_codes(list.id, Some(first[2].id), 3)
        .await
        .unwrap();
    let all: Vec<_> = first.into_iter().chain(rest).collect();
    let told: Vec<_> = all.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(told, ["CODE-3", "CODE-2", "CODE-1", "CODE-0"]);
    assert!(
        all.iter()
            .all(|it| it.mailing == Some(mailing) && it.given_at == world.now)
    );
    assert_eq!(all[2].customer.as_deref(), Some("c2"));
    let used: Vec<_> = all.iter().map(|it| it.used_at.is_some()).collect();
    assert_eq!(used, [false, false, true, false]);
}
