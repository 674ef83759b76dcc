//! What a till or a site asks before an order: what this cart earns, and what of it may be paid with bonuses.

use crate::accrual::{Earned, Earning, Member, Purchase, earned};
use crate::scale::Delivered;
use crate::spending::{Limits, Payable, payable};
use crate::{Bonuses, Cart};
use bellhop_domain::money::UNITS;
use bellhop_domain::{Money, Timestamp};
use serde::{Deserialize, Serialize};

/// How an organisation's bonuses work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    pub earning: Earning,
    pub spending: Limits,
    /// What one bonus is worth.
    pub worth: Money,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            earning: Earning::default(),
            spending: Limits::default(),
            worth: Money(UNITS),
        }
    }
}

/// A cart, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    #[serde(default)]
    pub rules: Rules,
    pub cart: Cart,
    #[serde(default)]
    pub guest: Member,
    /// Bonuses that may be spent now.
    #[serde(default)]
    pub available: Bonuses,
    /// The guest's orders that were delivered before.
    #[serde(default)]
    pub delivered: Vec<Delivered>,
    /// How many bonuses the guest wants to pay with; none if absent.
    #[serde(default)]
    pub spend: Bonuses,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    pub total: Money,
    pub payable: Payable,
    /// What of the total is paid with bonuses: as many as wanted, and as may be.
    pub paid_with_bonuses: Money,
    pub earns: Earned,
}

/// Answers for an order that is placed at an instant.
pub fn quote(question: &Question, at: Timestamp) -> Quote {
    let Question { rules, cart, guest, .. } = question;
    let payable = payable(
        &rules.spending,
        cart,
        guest.blacklisted,
        question.available,
        rules.worth,
    );
    let spent = question.spend.or_none().min(payable.bonuses);
    let paid_with_bonuses = Money(spent.0.saturating_mul(rules.worth.0));
    let order = Purchase {
        cart,
        paid_with_bonuses,
        at,
        member: guest,
        before: &question.delivered,
        worth: rules.worth,
    };
    Quote {
        total: cart.total(),
        payable,
        paid_with_bonuses,
        earns: earned(&rules.earning, &order),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_per_cent_and_at_most_half_of_an_order() {
        let question = |spend: i64| {
            let json = format!(
                r#"{{"rules":{{"spending":{{"at_most":50}}}},"available":700,"spend":{spend},
                    "cart":{{"lines":[{{"dish":"pizza","price":1000}}],"conditions":{{"authenticated":true}}}}}}"#
            );
            quote(&serde_json::from_str(&json).unwrap(), Timestamp(0))
        };
        for (spend, paid, earned) in [(0, 0, 100), (300, 300, 70), (900, 500, 50), (-5, 0, 100)] {
            let it = question(spend);
            assert_eq!(it.payable.bonuses, Bonuses(500));
            assert_eq!(it.paid_with_bonuses, Money(paid * UNITS), "{spend}");
            assert_eq!(it.earns.shares[0].bonuses, Bonuses(earned), "{spend}");
        }
    }
}
