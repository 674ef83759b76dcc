//! Which values of its event, date or grant a program's texts use.

use super::{Definition, Trigger};
use bellhop_domain::event::FieldKind;
use bellhop_domain::mailing::{FILLED, VARIABLES};
use bellhop_templating::{Surface, Template, TemplateError};
use std::collections::BTreeSet;

/// What a grant gives, and what burning bonuses give.
const OF_GRANT: [&str; 2] = ["bonus_amount", "valid_to"];
const OF_BURN: [&str; 2] = ["bonus_amount", "valid_to"];
/// What follows from the last day, whoever gives that.
const DAYS_LEFT: &str = "days_left";
const VALID_TO: &str = "valid_to";

impl Definition {
    /// The names of the values that its texts take from the event, the date or the grant: each message brings these
    /// along. All others are the guest's.
    pub fn given(&self) -> Vec<String> {
        let used = self.templates().into_iter().flat_map(|it| it.variables().clone());
        let used: BTreeSet<String> = used.filter(|name| self.gives(name)).collect();
        used.into_iter().collect()
    }

    /// Whether the event, the date or the grant has a value of this name.
    pub(super) fn gives(&self, name: &str) -> bool {
        let own = VARIABLES.contains(&name) && !FILLED.contains(&name);
        let by_date = name == DAYS_LEFT && self.gives(VALID_TO);
        let granted = self
            .grant
            .is_some_and(|it| OF_GRANT.contains(&name) && (name != VALID_TO || it.days.is_some()));
        !own && (by_date || granted || self.trigger_gives(name))
    }

    fn trigger_gives(&self, name: &str) -> bool {
        match &self.trigger {
            Trigger::Event(filter) => match filter.kind.field(name) {
                None | Some(FieldKind::Object(_) | FieldKind::List(_)) => false,
                // A custom event has no schema, so the definition says which names are its.
                Some(FieldKind::Plain) => self.values.iter().any(|value| value == name),
                Some(_) => true,
            },
            Trigger::BonusesBurn(_) => OF_BURN.contains(&name),
            Trigger::Birthday(_) | Trigger::Retention(_) => false,
        }
    }

    /// The texts that are right; [`check`](super::check) reports the others.
    fn templates(&self) -> Vec<Template> {
        let mut all = Vec::new();
        let mapped = self.contents.try_map(|_, text| {
            all.extend(Template::compile(text, Surface::Push).ok());
            Ok::<_, TemplateError>(())
        });
        debug_assert!(mapped.is_ok());
        all
    }
}
