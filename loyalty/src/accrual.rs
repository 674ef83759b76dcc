//! What an order earns, and why (PRODUCT.md §15: accrual, the base, bonus programs).

use crate::scale::{Delivered, Found, Scale};
use crate::{Bonuses, Cart, Dishes, Percent};
use bellhop_domain::{Money, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The account that the scale pays into.
pub const MAIN: &str = "main";

/// How bonuses are earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Earning {
    pub scale: Scale,
    /// Percentages of their own of those who have a tag, are in a group or at a level: the highest wins.
    pub overrides: Vec<Override>,
    /// Whether what is paid for delivery earns.
    pub delivery_counts: bool,
    /// Whether an order with a promo earns.
    pub with_promo: bool,
    /// Whether an order that is partly paid with bonuses earns, by what of it is paid in money.
    pub with_bonuses: bool,
    /// Beside the scale, on chosen dishes.
    pub programs: Vec<BonusProgram>,
}

impl Default for Earning {
    fn default() -> Self {
        Self {
            scale: Scale::default(),
            overrides: Vec::new(),
            delivery_counts: true,
            with_promo: true,
            with_bonuses: true,
            programs: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    pub of: Whose,
    pub percent: Percent,
}

/// Whom something is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    Tag(String),
    Group(String),
    Level(String),
}

/// A percentage of the price of some dishes, to an account of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BonusProgram {
    pub name: String,
    /// Everybody if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    pub dishes: Dishes,
    pub percent: Percent,
    pub account: String,
}

/// The guest, as far as rules ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Member {
    pub tags: BTreeSet<String>,
    pub group: Option<String>,
    pub level: Option<String>,
    pub blacklisted: bool,
}

impl Member {
    pub fn is(&self, whose: &Whose) -> bool {
        match whose {
            Whose::Tag(tag) => self.tags.contains(tag),
            Whose::Group(group) => self.group.as_ref() == Some(group),
            Whose::Level(level) => self.level.as_ref() == Some(level),
        }
    }
}

/// What an order earns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Earned {
    /// By account: the scale's first, then those of programs in their order.
    pub shares: Vec<Share>,
    /// Everything that played a part.
    pub because: Vec<Because>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    pub account: String,
    pub bonuses: Bonuses,
    pub percent: Percent,
    /// Of what it is a percentage.
    pub base: Money,
    /// The program, or the scale if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
}

/// A reason for what an order earns, or does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Orders through aggregators earn nothing.
    Aggregator,
    /// Nobody has proven who the guest is.
    NobodyAuthenticated,
    Blacklisted,
    /// Orders with a promo earn nothing here.
    Promo,
    /// Orders that are partly paid with bonuses earn nothing here.
    PaidWithBonuses,
    /// By the scale.
    Scale(Found),
    /// A percentage of their own was higher.
    Own {
        of: Whose,
        percent: Percent,
    },
    DeliveryNotCounted {
        delivery: Money,
    },
    /// What was paid with bonuses earns nothing.
    BonusesNotCounted {
        bonuses: Money,
    },
    Program {
        name: String,
    },
}

/// An order that is delivered, with the guest and what they had bought before.
#[derive(Debug, Clone, Copy)]
pub struct Purchase<'a> {
    pub cart: &'a Cart,
    /// What of it was paid with bonuses, in money.
    pub paid_with_bonuses: Money,
    pub at: Timestamp,
    pub member: &'a Member,
    pub before: &'a [Delivered],
    /// What one bonus is worth.
    pub worth: Money,
}

/// What an order earns by these rules.
pub fn earned(rules: &Earning, order: &Purchase<'_>) -> Earned {
    if let Some(why) = earns_nothing(rules, order) {
        return Earned {
            shares: Vec::new(),
            because: vec![why],
        };
    }
    let mut because = Vec::new();
    let found = rules.scale.find(order.cart.total(), order.at, order.before);
    because.push(Because::Scale(found));
    let percent = own_percent(rules, order.member, found.percent, &mut because);
    let base = base(rules, order, &mut because);
    let mut shares = vec![Share {
        account: MAIN.to_owned(),
        bonuses: percent.bonuses_of(base, order.worth),
        percent,
        base,
        program: None,
    }];
    for program in &rules.programs {
        if program.group.is_some() && program.group != order.member.group {
            continue;
        }
        let base = order.cart.total_of(|line| program.dishes.have(line));
        if base.0 > 0 {
            because.push(Because::Program {
                name: program.name.clone(),
            });
            shares.push(Share {
                account: program.account.clone(),
                bonuses: program.percent.bonuses_of(base, order.worth),
                percent: program.percent,
                base,
                program: Some(program.name.clone()),
            });
        }
    }
    shares.retain(|share| share.bonuses > Bonuses::NONE);
    Earned { shares, because }
}

fn earns_nothing(rules: &Earning, order: &Purchase<'_>) -> Option<Because> {
    let conditions = &order.cart.conditions;
    if order.member.blacklisted {
        Some(Because::Blacklisted)
    } else if conditions.aggregator {
        Some(Because::Aggregator)
    } else if !conditions.authenticated {
        Some(Because::NobodyAuthenticated)
    } else if conditions.promo && !rules.with_promo {
        Some(Because::Promo)
    } else if order.paid_with_bonuses.0 > 0 && !rules.with_bonuses {
        Some(Because::PaidWithBonuses)
    } else {
        None
    }
}

fn own_percent(rules: &Earning, member: &Member, of_scale: Percent, because: &mut Vec<Because>) -> Percent {
    let own = rules.overrides.iter().filter(|it| member.is(&it.of));
    match own.max_by_key(|it| it.percent).filter(|it| it.percent > of_scale) {
        Some(it) => {
            because.push(Because::Own {
                of: it.of.clone(),
                percent: it.percent,
            });
            it.percent
        }
        None => of_scale,
    }
}

/// What was paid in money, without delivery if that does not count. Bonuses are taken to have paid for dishes first.
fn base(rules: &Earning, order: &Purchase<'_>, because: &mut Vec<Because>) -> Money {
    let lines = order.cart.lines_total().0;
    let delivery = order.cart.delivery.0;
    if delivery > 0 && !rules.delivery_counts {
        because.push(Because::DeliveryNotCounted {
            delivery: order.cart.delivery,
        });
    }
    if order.paid_with_bonuses.0 > 0 {
        because.push(Because::BonusesNotCounted {
            bonuses: order.paid_with_bonuses,
        });
    }
    let counted = match rules.delivery_counts {
        true => lines.saturating_add(delivery).saturating_sub(order.paid_with_bonuses.0),
        false => lines.saturating_sub(order.paid_with_bonuses.0),
    };
    Money(counted.max(0))
}

#[cfg(test)]
mod tests;
