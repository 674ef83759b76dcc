//! A version of a program, with what is asked of it for each firing.

use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_programs::Definition;
use bellhop_programs::definition::Trigger;

/// A definition, and what is asked of it for each firing.
pub struct Known {
    pub definition: Definition,
    /// The values that its texts take from the event, the date or the grant.
    pub given: Vec<String>,
    pub mailing: MailingSpec<Segment>,
    /// What must hold when a message is let go.
    pub guard: Segment,
}

impl Known {
    pub fn of(definition: Definition) -> Self {
        let mut guard = definition.guard();
        // Nobody was asked whether the guest is in the audience when a date was armed.
        if let (false, Some(audience)) = (matches!(definition.trigger, Trigger::Event(_)), &definition.audience) {
            guard = Segment::All(vec![audience.clone(), guard]);
        }
        Self {
            given: definition.given(),
            mailing: definition.mailing(),
            guard,
            definition,
        }
    }

    /// Whether dates fire it, and no event.
    pub fn is_by_date(&self) -> bool {
        !matches!(self.definition.trigger, Trigger::Event(_))
    }
}
