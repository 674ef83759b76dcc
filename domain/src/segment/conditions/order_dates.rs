//! `{"first_order":{…}}` and `{"last_order":{…}}`: the first or latest order that counts was in a period. The period
//! is the value itself (`{"last_days":30}`) or stands under `between`, as in `orders`.

use crate::Timestamp;
use crate::segment::error::TWO_PERIODS;
use crate::segment::{Asked, Condition, FilterError, Guest, Moment, Period};
use serde::{Deserialize, Serialize};

/// A period, with or without the word `between` around it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    between: Option<Period>,
    from: Option<Moment>,
    to: Option<Moment>,
    last_days: Option<u32>,
}

impl TryFrom<Written> for Period {
    type Error = &'static str;

    fn try_from(w: Written) -> Result<Self, Self::Error> {
        let bare = Period {
            from: w.from,
            to: w.to,
            last_days: w.last_days,
        };
        match w.between {
            None => Ok(bare),
            Some(period) if bare == Period::default() => Ok(period),
            Some(_) => Err(TWO_PERIODS),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct FirstOrder(pub Period);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct LastOrder(pub Period);

impl TryFrom<Written> for FirstOrder {
    type Error = &'static str;
    fn try_from(w: Written) -> Result<Self, Self::Error> {
        w.try_into().map(FirstOrder)
    }
}

impl TryFrom<Written> for LastOrder {
    type Error = &'static str;
    fn try_from(w: Written) -> Result<Self, Self::Error> {
        w.try_into().map(LastOrder)
    }
}

fn within(period: &Period, at: Option<Timestamp>, asked: &Asked) -> bool {
    at.is_some_and(|at| period.span(asked).contains(at))
}

fn told(at: Option<Timestamp>) -> String {
    at.map_or("no order counts".to_owned(), |at| format!("it was at {at}"))
}

impl Condition for FirstOrder {
    fn check(&self) -> Result<(), FilterError> {
        self.0.check()
    }

    fn holds(&self, guest: &Guest, asked: &Asked) -> bool {
        within(&self.0, guest.order_facts(asked).map(|f| f.first), asked)
    }

    fn clause(&self, _: &Asked) -> String {
        format!("first order {}", self.0.words())
    }

    fn fact(&self, guest: &Guest, asked: &Asked) -> String {
        told(guest.order_facts(asked).map(|f| f.first))
    }
}

impl Condition for LastOrder {
    fn check(&self) -> Result<(), FilterError> {
        self.0.check()
    }

    fn holds(&self, guest: &Guest, asked: &Asked) -> bool {
        within(&self.0, guest.order_facts(asked).map(|f| f.latest), asked)
    }

    fn clause(&self, _: &Asked) -> String {
        format!("latest order {}", self.0.words())
    }

    fn fact(&self, guest: &Guest, asked: &Asked) -> String {
        told(guest.order_facts(asked).map(|f| f.latest))
    }
}
