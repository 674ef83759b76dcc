//! `{"retention":["lost"]}`: the category of PRODUCT.md §2 at the instant asked about is one of these.

use super::one_of;
use crate::retention::{Retention, category};
use crate::segment::{Asked, Condition, Guest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InRetention(pub Vec<Retention>);

impl Condition for InRetention {
    fn holds(&self, guest: &Guest, asked: &Asked) -> bool {
        self.0.is_empty()
            || guest
                .order_facts(asked)
                .is_some_and(|facts| self.0.contains(&category(&facts, &asked.thresholds, asked.as_of)))
    }

    fn clause(&self, _: &Asked) -> String {
        let names: Vec<_> = self.0.iter().map(|r| r.name()).collect();
        format!("retention is {}", one_of(&names))
    }

    fn fact(&self, guest: &Guest, asked: &Asked) -> String {
        match guest.order_facts(asked) {
            None => "none, for no order counts before that instant".to_owned(),
            Some(facts) => format!(
                "{}; first order {}, latest {}{}",
                category(&facts, &asked.thresholds, asked.as_of).name(),
                facts.first,
                facts.latest,
                facts.returned.map(|r| format!(", returned {r}")).unwrap_or_default(),
            ),
        }
    }
}
