use super::*;
use crate::{CartLine, Conditions};
use bellhop_domain::money::UNITS;

const NOW: Timestamp = Timestamp(100 * 86_400_000);

fn money(units: i64) -> Money {
    Money(units * UNITS)
}

fn line(dish: &str, price: i64) -> CartLine {
    CartLine {
        dish: dish.to_owned(),
        price: money(price),
        ..CartLine::default()
    }
}

fn cart(lines: Vec<CartLine>, delivery: i64) -> Cart {
    Cart {
        lines,
        delivery: money(delivery),
        conditions: Conditions {
            authenticated: true,
            ..Conditions::default()
        },
    }
}

fn of(rules: &Earning, cart: &Cart, member: &Member, bonuses: i64, before: &[Delivered]) -> Earned {
    let order = Purchase {
        cart,
        paid_with_bonuses: money(bonuses),
        at: NOW,
        member,
        before,
        worth: money(1),
    };
    earned(rules, &order)
}

fn rules(json: &str) -> Earning {
    serde_json::from_str(json).unwrap()
}

/// Bonuses by account.
fn shares(it: &Earned) -> Vec<(&str, i64)> {
    it.shares
        .iter()
        .map(|share| (share.account.as_str(), share.bonuses.0))
        .collect()
}

#[test]
fn ten_per_cent_unless_something_else_is_said() {
    let it = of(
        &Earning::default(),
        &cart(vec![line("pizza", 999)], 0),
        &Member::default(),
        0,
        &[],
    );
    assert_eq!(shares(&it), [(MAIN, 99)]);
}

#[test]
fn what_earns_nothing_says_why() {
    let strict = rules(r#"{"with_promo":false,"with_bonuses":false}"#);
    let pizza = cart(vec![line("pizza", 1_000)], 0);
    let with = |change: fn(&mut Conditions)| {
        let mut cart = pizza.clone();
        change(&mut cart.conditions);
        cart
    };
    let member = Member::default();
    let blacklisted = Member {
        blacklisted: true,
        ..Member::default()
    };
    for (cart, member, bonuses, why) in [
        (with(|it| it.aggregator = true), &member, 0, Because::Aggregator),
        (
            with(|it| it.authenticated = false),
            &member,
            0,
            Because::NobodyAuthenticated,
        ),
        (with(|it| it.promo = true), &member, 0, Because::Promo),
        (pizza.clone(), &member, 1, Because::PaidWithBonuses),
        (pizza.clone(), &blacklisted, 0, Because::Blacklisted),
    ] {
        let it = of(&strict, &cart, member, bonuses, &[]);
        assert_eq!((it.shares.len(), it.because.as_slice()), (0, &[why][..]));
    }
    // By other settings a promo and bonuses keep nothing from earning but what they paid.
    assert_eq!(
        shares(&of(&Earning::default(), &with(|it| it.promo = true), &member, 400, &[])),
        [(MAIN, 60)]
    );
}

#[test]
fn the_base_is_what_was_paid_in_money() {
    let order = cart(vec![line("pizza", 1_000)], 200);
    let (member, counts) = (Member::default(), Earning::default());
    let not = rules(r#"{"delivery_counts":false}"#);
    for (rules, bonuses, earned) in [(&counts, 0, 120), (&not, 0, 100), (&counts, 500, 70), (&not, 500, 50)] {
        assert_eq!(
            shares(&of(rules, &order, &member, bonuses, &[])),
            [(MAIN, earned)],
            "{bonuses}"
        );
    }
    // All dishes were paid with bonuses, and more.
    assert_eq!(shares(&of(&not, &order, &member, 1_100, &[])), []);
}

#[test]
fn the_highest_percentage_wins() {
    let rules = rules(
        r#"{"scale":{"fixed":5},"overrides":[{"of":{"tag":"staff"},"percent":20},{"of":{"group":"gold"},"percent":15},{"of":{"level":"new"},"percent":3}]}"#,
    );
    let order = cart(vec![line("pizza", 1_000)], 0);
    let member = |tag: &str, group: &str, level: &str| Member {
        tags: [tag.to_owned()].into(),
        group: Some(group.to_owned()),
        level: Some(level.to_owned()),
        blacklisted: false,
    };
    for (member, earned) in [
        (member("staff", "gold", "new"), 200),
        (member("vip", "gold", "new"), 150),
        (member("vip", "silver", "new"), 50),
    ] {
        assert_eq!(
            shares(&of(&rules, &order, &member, 0, &[])),
            [(MAIN, earned)],
            "{member:?}"
        );
    }
}

#[test]
fn coffee_earns_for_one_group_to_an_account_of_its_own() {
    let rules = rules(
        r#"{"scale":{"fixed":5},"programs":[
            {"name":"Coffee","group":"coffee club","dishes":{"groups":["coffee"]},"percent":10,"account":"coffee"},
            {"name":"Autumn","dishes":{"dishes":["pie"],"tags":["autumn"]},"percent":20,"account":"main"}]}"#,
    );
    let mut latte = line("latte", 300);
    latte.group = Some("coffee".to_owned());
    let mut soup = line("soup", 400);
    soup.tags = ["autumn".to_owned()].into();
    let order = cart(vec![latte, soup, line("pie", 300)], 0);
    let club = Member {
        group: Some("coffee club".to_owned()),
        ..Member::default()
    };
    assert_eq!(
        shares(&of(&rules, &order, &club, 0, &[])),
        [(MAIN, 50), ("coffee", 30), (MAIN, 140)]
    );
    assert_eq!(
        shares(&of(&rules, &order, &Member::default(), 0, &[])),
        [(MAIN, 50), (MAIN, 140)]
    );
}

#[test]
fn a_decision_explains_itself() {
    let rules = rules(
        r#"{"scale":{"by_lately_delivered":{"days":30,"bands":[{"from":0,"percent":5},{"from":5000,"percent":7}]}},"delivery_counts":false}"#,
    );
    let before = [Delivered {
        at: Timestamp(NOW.0 - 1),
        total: money(6_200),
    }];
    let it = of(
        &rules,
        &cart(vec![line("pizza", 1_000)], 200),
        &Member::default(),
        0,
        &before,
    );
    let told = serde_json::to_value(&it.because).unwrap();
    let expected = serde_json::json!([
        { "scale": { "percent": 7, "reached": { "amount": "6200.00", "from": "5000.00", "days": 30 } } },
        { "delivery_not_counted": { "delivery": "200.00" } },
    ]);
    assert_eq!(told, expected);
    assert_eq!(shares(&it), [(MAIN, 70)]);
}
