//! Definitions that this process has read. A version never changes, but the database may be restored, so that a number
//! is another version's.

use bellhop_campaigns::programs::Known;
use bellhop_domain::ProgramId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::error;

/// A version's text, and what was read of it.
type Read = (String, Option<Arc<Known>>);

#[derive(Default)]
pub(crate) struct KnownPrograms(Mutex<HashMap<(ProgramId, i32), Read>>);

impl KnownPrograms {
    /// `None` if this version of Bellhop cannot read it, which is logged once.
    pub fn of(&self, program: ProgramId, version: i32, text: &str) -> Option<Arc<Known>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, known) = all.entry((program, version)).or_default();
        if kept != text {
            *kept = text.to_owned();
            *known = match bellhop_programs::read(text) {
                Ok(definition) => Some(Arc::new(Known::of(definition))),
                Err(faults) => {
                    let problems: Vec<String> = faults.iter().map(ToString::to_string).collect();
                    error!(%program, version, ?problems, "a program cannot be read, and does nothing; run the version that wrote it");
                    None
                }
            };
        }
        known.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_once_and_again_if_it_is_another() {
        let known = KnownPrograms::default();
        let text = bellhop_programs::presets::Preset::named("abandoned-cart")
            .unwrap()
            .json();
        let one = known.of(ProgramId(1), 1, text).unwrap();
        assert!(Arc::ptr_eq(&one, &known.of(ProgramId(1), 1, text).unwrap()));
        let other = text.replace("\"minutes\": 60", "\"minutes\": 61");
        assert_ne!(one.definition, known.of(ProgramId(1), 1, &other).unwrap().definition);
        assert!(known.of(ProgramId(1), 2, "{}").is_none());
    }
}
