//! Whatever happens in whatever order, guests have the tags that plain Rust says; and nobody needed to look at all of them.

use crate::desk::{Desk, NOW, on_postgres, on_sqlite, organisation};
use crate::reference::{Reference, Rule};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::segment::Bounds;
use bellhop_domain::tag_rule::{Menu, TagRule};
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{Money, TagRuleId, Timestamp};
use bellhop_store::guests::LiveOrder;
use bellhop_store::tagging::TagRulesBook;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;

#[derive(Debug, Clone)]
enum Step {
    /// Reports of orders: number, status.
    Orders(Vec<(u32, OrderStatus)>),
    Create(TagRule),
    /// The rule, by its place among those that there are.
    Edit(usize, TagRule),
    Delete(usize),
    Apply(usize),
    /// So many quarters of a day go by.
    Later(i64),
}

const GUESTS: u32 = 4;
const DISHES: [&str; 3] = ["Soup", "Cake", "Tea"];

fn rule() -> impl Strategy<Value = TagRule> {
    let range = || prop::option::of((prop::option::of(0u32..4), prop::option::of(0u32..4)));
    let menu = || prop::option::weighted(0.4, prop::sample::subsequence(DISHES.to_vec(), 1..3));
    let tag = prop::sample::select(vec!["a", "b", "c"]);
    (
        tag,
        1u32..5,
        range(),
        range(),
        menu(),
        menu(),
        any::<(bool, bool, bool)>(),
    )
        .prop_map(
            |(tag, days, count, total, yes, no, (inverse, apply_to_past, by_category))| {
                let menu = |dishes: Vec<&str>| {
                    let names = |ending: &str| dishes.iter().map(|dish| format!("{dish}{ending}")).collect();
                    match by_category {
                        true => Menu {
                            dish: Vec::new(),
                            category: names("s"),
                        },
                        false => Menu {
                            dish: names(""),
                            category: Vec::new(),
                        },
                    }
                };
                let money = |bound: u32| Money(i64::from(bound) * 1_500_000);
                TagRule {
                    name: "r".to_owned(),
                    tag: tag.to_owned(),
                    days,
                    count: count.map(|(min, max)| Bounds { min, max }),
                    total: total.map(|(min, max)| Bounds {
                        min: min.map(money),
                        max: max.map(money),
                    }),
                    ordered: yes.map(menu),
                    not_ordered: no.map(menu),
                    inverse,
                    apply_to_past,
                }
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![
        4 => Just(OrderStatus::Delivered),
        1 => Just(OrderStatus::Placed),
        1 => Just(OrderStatus::Cancelled),
    ];
    prop_oneof![
        5 => prop::collection::vec((0u32..30, status), 1..4).prop_map(Step::Orders),
        2 => rule().prop_map(Step::Create),
        1 => (0usize..3, rule()).prop_map(|(place, rule)| Step::Edit(place, rule)),
        1 => (0usize..3).prop_map(Step::Delete),
        1 => (0usize..3).prop_map(Step::Apply),
        5 => (1i64..9).prop_map(Step::Later),
    ]
}

struct Pair<'a> {
    desk: &'a mut Desk,
    reference: Reference,
    ids: Vec<TagRuleId>,
}

impl Pair<'_> {
    /// What is told of an order never changes but for its status.
    fn order(&self, number: u32, status: OrderStatus) -> LiveOrder {
        let dish = DISHES[(number / GUESTS) as usize % DISHES.len()];
        let placed = NOW.0 + i64::from(number) * DAY_MS / 4;
        LiveOrder {
            status,
            placed_at: Timestamp(placed),
            total: Money(1_000_000 * i64::from(number % 3)),
            ..self.desk.order(number, &format!("c{}", number % GUESTS), 0, dish)
        }
    }

    /// The place of a rule that is in force.
    fn place(&self, nth: usize) -> Option<usize> {
        let live = || (0..self.ids.len()).filter(|place| !self.reference.rules[*place].is_deleted);
        live().nth(nth.checked_rem(live().count())?)
    }

    async fn apply(&mut self, step: &Step) {
        let (org, now) = (self.desk.id(), self.desk.now);
        match step {
            Step::Orders(reports) => {
                let orders: Vec<_> = reports
                    .iter()
                    .map(|(number, status)| self.order(*number, *status))
                    .collect();
                self.desk.put(&orders).await;
                orders.iter().for_each(|order| self.reference.put(order));
            }
            Step::Later(quarters) => self.desk.now = Timestamp(now.0 + quarters * DAY_MS / 4),
            Step::Create(rule) => {
                self.ids
                    .push(self.desk.store.create_tag_rule(org, rule, "anna", now).await.unwrap());
                self.reference.rules.push(Rule {
                    rule: rule.clone(),
                    covers_all: rule.apply_to_past,
                    is_deleted: false,
                });
            }
            Step::Edit(nth, rule) => {
                let Some(place) = self.place(*nth) else { return };
                let edited = self.desk.store.edit_tag_rule(org, self.ids[place], rule, "anna", now);
                edited.await.unwrap();
                let it = &mut self.reference.rules[place];
                it.covers_all |= rule.apply_to_past;
                it.rule = rule.clone();
            }
            Step::Delete(nth) => {
                let Some(place) = self.place(*nth) else { return };
                let deleted = self.desk.store.delete_tag_rule(org, self.ids[place], "anna", now);
                deleted.await.unwrap();
                self.reference.rules[place].is_deleted = true;
            }
            Step::Apply(nth) => {
                let Some(place) = self.place(*nth) else { return };
                let applied = self.desk.store.apply_tag_rule(org, self.ids[place], "anna", now);
                applied.await.unwrap();
                self.reference.rules[place].covers_all = true;
            }
        }
        let pass = self.desk.store.tag_pass(org).await.unwrap();
        if pass.is_some_and(|pass| pass.ended_at.is_none()) {
            self.desk.pass().await;
        }
        self.desk.look().await;
    }

    async fn compare(&self) -> Result<(), TestCaseError> {
        for guest in &self.reference.guests {
            let expected: Vec<_> = self.reference.tags(guest, self.desk.now).into_iter().collect();
            let told = expected
                .iter()
                .map(|tag| format!("{tag}: rule"))
                .collect::<Vec<_>>()
                .join("; ");
            prop_assert_eq!(self.desk.tags(guest).await, told, "{}", guest);
        }
        for it in &self.reference.rules {
            let (org, now) = (self.desk.id(), self.desk.now);
            let preview = self.desk.store.preview_tag_rule(org, &it.rule, now).await.unwrap();
            prop_assert_eq!(preview.would_tag, self.reference.count(&it.rule, now), "{:?}", it.rule);
            prop_assert_eq!(preview.of, self.reference.guests.len() as u64);
        }
        Ok(())
    }
}

fn tags_equal_the_reference(mut desk: Desk, runtime: &tokio::runtime::Runtime, cases: u32) {
    let (case, desk) = (Cell::new(0), std::cell::RefCell::new(&mut desk));
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    });
    let end = runner.run(&prop::collection::vec(step(), 1..25), |steps| {
        case.set(case.get() + 1);
        let mut desk = desk.borrow_mut();
        runtime.block_on(async {
            desk.org = organisation(&desk.store, &format!("org{}", case.get())).await;
            desk.now = NOW;
            let mut pair = Pair {
                desk: &mut desk,
                reference: Reference::default(),
                ids: Vec::new(),
            };
            for step in &steps {
                pair.apply(step).await;
                pair.compare().await?;
            }
            Ok(())
        })
    });
    end.unwrap_or_else(|failure| panic!("{failure}"));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

#[test]
fn tags_equal_the_reference_on_sqlite() {
    let runtime = runtime();
    tags_equal_the_reference(runtime.block_on(on_sqlite()), &runtime, 40);
}

#[test]
fn tags_equal_the_reference_on_postgres() {
    let runtime = runtime();
    tags_equal_the_reference(runtime.block_on(on_postgres()), &runtime, 20);
}
