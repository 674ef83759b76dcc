//! What an event asks of programs.

use super::Known;
use bellhop_domain::event::Event;
use bellhop_domain::{Timestamp, Zone};
use bellhop_programs::engine::{Reason, Step, on_event, values_of};
use bellhop_store::programs::{Change, Effect, Program, ProgramState, ReasonCode};
use serde_json::Value;
use std::sync::Arc;

/// A program that is not off.
pub struct LiveProgram {
    pub program: Program,
    pub known: Arc<Known>,
}

/// What an event asks of a program.
pub struct Asked<'a> {
    pub live: &'a LiveProgram,
    pub event: &'a Event,
    pub step: Step,
}

/// What it asks of all of them. A program that is ending fires no more, and one that was switched on later has not heard it;
/// but what waits is cancelled all the same.
pub fn asked<'a>(
    event: &'a Event,
    stored_at: Timestamp,
    zone: &Zone,
    live: impl IntoIterator<Item = &'a LiveProgram>,
) -> Vec<Asked<'a>> {
    let of = |it: &'a LiveProgram| {
        let fires = it.program.state == ProgramState::On && it.program.switched_at <= stored_at;
        let steps = on_event(&it.known.definition, event, zone).into_iter();
        let steps = steps.map(move |step| Asked { live: it, event, step });
        steps.filter(move |asked| fires || asked.cancels())
    };
    live.into_iter().flat_map(of).collect()
}

impl Asked<'_> {
    pub fn cancels(&self) -> bool {
        matches!(self.step, Step::Cancel { .. })
    }

    /// The values of the event that its texts use, as JSON.
    pub fn given(&self, zone: &Zone) -> Option<String> {
        let values = values_of(&self.live.known.given, self.event, zone);
        (!values.is_empty()).then(|| Value::from_iter(values).to_string())
    }

    pub fn change(&self, zone: &Zone) -> Change {
        Change {
            program: self.live.program.id,
            version: self.live.program.version,
            customer: self.event.customer,
            event: self.event.number,
            effect: self.effect(zone),
        }
    }

    fn effect(&self, zone: &Zone) -> Effect {
        match &self.step {
            Step::Fire { occasion, due_at } => Effect::Fire {
                occasion: occasion.to_string(),
                due_at: *due_at,
                given: self.given(zone),
            },
            Step::Restart { occasion, due_at } => Effect::Restart {
                occasion: occasion.to_string(),
                due_at: *due_at,
                given: self.given(zone),
            },
            Step::Cancel { occasion, .. } => Effect::Cancel {
                occasion: occasion.as_ref().map(ToString::to_string),
                reason: ReasonCode(Reason::CancelledByEvent.code()),
            },
        }
    }
}
