//! How much of a cart may be paid with bonuses, and what stands against more (PRODUCT.md §15: spending).

use crate::{Bonuses, Cart, Percent};
use bellhop_domain::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How bonuses may be spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Of the order, at most.
    pub at_most: Percent,
    /// From this total on.
    pub from_total: Money,
    pub with_promo: bool,
    /// Ways of delivery and of payment that do not go together with bonuses.
    pub not_delivered_by: BTreeSet<String>,
    pub not_paid_by: BTreeSet<String>,
    pub on_discounted: bool,
    /// Only dishes that the catalogue has as bonus dishes.
    pub only_bonus_dishes: bool,
    /// Whether delivery may be paid with them.
    pub on_delivery: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_most: Percent::ALL,
            from_total: Money(0),
            with_promo: true,
            not_delivered_by: BTreeSet::new(),
            not_paid_by: BTreeSet::new(),
            on_discounted: true,
            only_bonus_dishes: false,
            on_delivery: false,
        }
    }
}

/// What may be paid with bonuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payable {
    /// At most so many.
    pub bonuses: Bonuses,
    /// Why none, or not more.
    pub because: Vec<Against>,
}

/// What stands against paying more with bonuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    Blacklisted,
    Promo,
    DeliveryMethod,
    PaymentMethod,
    /// So much is missing to the least total.
    TotalBelow {
        missing: Money,
    },
    /// So much of the order is discounted, is no bonus dish, or is delivery.
    Dishes {
        not_payable: Money,
    },
    /// The part of the order that may be paid with them.
    Share {
        at_most: Percent,
    },
    /// There are no more.
    Available {
        bonuses: Bonuses,
    },
}

/// How many bonuses may pay for a cart, of those available, each of which is worth so much.
pub fn payable(limits: &Limits, cart: &Cart, blacklisted: bool, available: Bonuses, worth: Money) -> Payable {
    if let Some(why) = forbidden(limits, cart, blacklisted) {
        return Payable {
            bonuses: Bonuses::NONE,
            because: vec![why],
        };
    }
    let mut because = Vec::new();
    let total = cart.total();
    let dishes = cart
        .total_of(|line| (limits.on_discounted || !line.discounted) && (!limits.only_bonus_dishes || line.bonus_dish));
    let allowed = match limits.on_delivery {
        true => Money(dishes.0.saturating_add(cart.delivery.0)),
        false => dishes,
    };
    if allowed < total {
        because.push(Against::Dishes {
            not_payable: Money(total.0 - allowed.0),
        });
    }
    let by_dishes = Percent::ALL.bonuses_of(allowed, worth);
    let by_share = limits.at_most.bonuses_of(total, worth);
    if by_share < by_dishes {
        because.push(Against::Share {
            at_most: limits.at_most,
        });
    }
    let most = by_dishes.min(by_share);
    if available < most {
        because.push(Against::Available {
            bonuses: available.or_none(),
        });
    }
    Payable {
        bonuses: most.min(available).or_none(),
        because,
    }
}

fn forbidden(limits: &Limits, cart: &Cart, blacklisted: bool) -> Option<Against> {
    let conditions = &cart.conditions;
    let among = |method: &Option<String>, of: &BTreeSet<String>| method.as_ref().is_some_and(|it| of.contains(it));
    if blacklisted {
        Some(Against::Blacklisted)
    } else if conditions.promo && !limits.with_promo {
        Some(Against::Promo)
    } else if among(&conditions.delivery_method, &limits.not_delivered_by) {
        Some(Against::DeliveryMethod)
    } else if among(&conditions.payment_method, &limits.not_paid_by) {
        Some(Against::PaymentMethod)
    } else if cart.total() < limits.from_total {
        let missing = Money(limits.from_total.0 - cart.total().0);
        Some(Against::TotalBelow { missing })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CartLine, Conditions};
    use bellhop_domain::money::UNITS;

    fn money(units: i64) -> Money {
        Money(units * UNITS)
    }

    /// 600 of a plain dish, 300 of a discounted one, 100 of a bonus dish, and 150 for delivery.
    fn cart() -> Cart {
        let line = |price, discounted, bonus_dish| CartLine {
            price: money(price),
            discounted,
            bonus_dish,
            ..CartLine::default()
        };
        Cart {
            lines: vec![line(600, false, false), line(300, true, false), line(100, false, true)],
            delivery: money(150),
            conditions: Conditions {
                delivery_method: Some("courier".to_owned()),
                payment_method: Some("cash".to_owned()),
                promo: true,
                ..Conditions::default()
            },
        }
    }

    fn of(limits: &str, available: i64) -> Payable {
        let limits: Limits = serde_json::from_str(limits).unwrap();
        payable(&limits, &cart(), false, Bonuses(available), money(1))
    }

    #[test]
    fn as_much_as_limits_and_balance_allow() {
        for (limits, available, bonuses) in [
            ("{}", 5_000, 1_000),
            ("{}", 70, 70),
            ("{}", -70, 0),
            (r#"{"on_delivery":true}"#, 5_000, 1_150),
            (r#"{"at_most":50}"#, 5_000, 575),
            (r#"{"on_discounted":false}"#, 5_000, 700),
            (r#"{"only_bonus_dishes":true}"#, 5_000, 100),
            (r#"{"only_bonus_dishes":true,"at_most":5}"#, 5_000, 57),
            (r#"{"from_total":1150}"#, 5_000, 1_000),
        ] {
            assert_eq!(
                of(limits, available).bonuses,
                Bonuses(bonuses),
                "{limits} of {available}"
            );
        }
    }

    #[test]
    fn what_stands_against_it_is_said() {
        for (limits, why) in [
            (r#"{"with_promo":false}"#, Against::Promo),
            (r#"{"not_delivered_by":["courier"]}"#, Against::DeliveryMethod),
            (r#"{"not_paid_by":["cash"]}"#, Against::PaymentMethod),
            (r#"{"from_total":1200}"#, Against::TotalBelow { missing: money(50) }),
        ] {
            let it = of(limits, 5_000);
            assert_eq!((it.bonuses, it.because), (Bonuses::NONE, vec![why]), "{limits}");
        }
        let limits = Limits::default();
        let it = payable(&limits, &cart(), true, Bonuses(10), money(1));
        assert_eq!((it.bonuses, it.because), (Bonuses::NONE, vec![Against::Blacklisted]));
        let it = of(r#"{"at_most":50}"#, 100);
        let expected = [
            Against::Dishes {
                not_payable: money(150),
            },
            Against::Share {
                at_most: Percent::whole(50),
            },
            Against::Available { bonuses: Bonuses(100) },
        ];
        assert_eq!(it.because, expected);
    }
}
