//! Whether each guest got what they should, by the journal and by the provider's own book.

use std::collections::{BTreeMap, BTreeSet};

use bellhop_domain::Timestamp;
use serde_json::Value;

use super::cast::{Fate, Fates, GUESTS, PRESETS};
use crate::proof::Report;
use crate::simulator::Taken;

const MINUTE_MS: i64 = 60_000;
/// What is wrong is told, but not all of it.
const SHOWN: usize = 30;

/// What came of it.
pub(super) struct Played {
    pub fates: Fates,
    pub addresses: BTreeMap<String, String>,
    pub copies: u32,
    /// What each program's journal says, the first first; and what it said before everything was told once more.
    pub journals: BTreeMap<&'static str, Vec<Value>>,
    pub before: BTreeMap<&'static str, Vec<Value>>,
    pub pushes: Vec<Taken>,
    pub kills: u32,
    pub events: usize,
}

impl Played {
    pub(super) fn verdict(self, report: &mut Report) {
        let mut wrong_in_all = 0;
        for preset in PRESETS {
            let (wrong, counted) = self.wrong_of(preset);
            wrong.iter().take(SHOWN).for_each(|line| report.line(line));
            wrong_in_all += wrong.len();
            report.claim(
                &format!("{preset}: once, in its minute, or not, for the reason that it says"),
                wrong.is_empty(),
                counted,
            );
        }
        let expected = self
            .fates
            .0
            .values()
            .flatten()
            .filter(|fate| matches!(fate, Fate::Sent(_)));
        let expected = expected.count() * self.copies as usize;
        let (taken, times): (usize, usize) = (self.pushes.len(), self.pushes.iter().map(|it| it.times.len()).sum());
        report.claim(
            "the provider got each message once, and no other",
            taken == expected && times == expected,
            format!("simulator: {taken} messages, taken {times} times; expected: {expected}"),
        );
        report.claim(
            "everything told once more changed nothing",
            self.journals == self.before,
            format!("{} events, each told four times", self.events),
        );
        report.claim(
            "processes were killed",
            self.kills > 10,
            format!("{} SIGKILLs", self.kills),
        );
        report.figure("wrong_in_their_minute", wrong_in_all);
        report.figure("pushes", expected);
        report.figure("kills_of_the_day", self.kills);
    }

    /// What of a program's journal, and of what the provider got, is not as it should be; and what it counts.
    fn wrong_of(&self, preset: &'static str) -> (Vec<String>, String) {
        let mut of_guest: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for entry in &self.journals[preset] {
            of_guest
                .entry(entry["customer"].as_str().unwrap_or_default())
                .or_default()
                .push(entry);
        }
        let (mut wrong, mut counts, mut known) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for (guest, id) in
            (GUESTS.iter()).flat_map(|it| (1..=self.copies).map(move |copy| (it.name, format!("{}-{copy}", it.name))))
        {
            let fates = self.fates.0.get(&(preset, guest)).map_or(&[][..], Vec::as_slice);
            let entries = of_guest.get(id.as_str()).map_or(&[][..], Vec::as_slice);
            if fates.len() != entries.len() {
                wrong.push(format!(
                    "{preset}, {id}: {fates:?} was to come, and the journal has {entries:?}"
                ));
            }
            for (fate, entry) in fates.iter().zip(entries) {
                let told = told_of(entry);
                *counts.entry(told.clone()).or_insert(0) += 1;
                if let Some(problem) = self.problem(fate, entry, &told, &id) {
                    wrong.push(format!("{preset}, {id}: {problem}"));
                }
            }
            known.insert(id);
        }
        wrong.extend(
            of_guest
                .keys()
                .filter(|id| !known.contains(**id))
                .map(|id| format!("{preset}: who is {id}?")),
        );
        let counted: Vec<String> = counts.iter().map(|(told, number)| format!("{number} {told}")).collect();
        (wrong, format!("journal: {}", counted.join(", ")))
    }

    fn problem(&self, fate: &Fate, entry: &Value, told: &str, guest: &str) -> Option<String> {
        match fate {
            Fate::Not(reasons) if reasons.contains(&told) => None,
            Fate::Not(reasons) => Some(format!("{reasons:?} was to come, and it is {told}")),
            Fate::Sent(_) if entry["state"] != "sent" => Some(format!("it was to be sent, and it is {told}")),
            Fate::Sent(minute) => {
                let push = self.pushes.iter().find(|it| entry["message"] == it.message_id.as_str());
                let Some(push) = push else {
                    return Some("the provider does not have it".to_owned());
                };
                let in_time = push
                    .times
                    .iter()
                    .all(|at| (minute.0..minute.0 + MINUTE_MS).contains(at));
                let right = in_time && self.addresses.get(guest) == Some(&push.recipient);
                (!right).then(|| {
                    let at: Vec<String> = push.times.iter().map(|at| Timestamp(*at).to_string()).collect();
                    format!("it was to come at {minute}, and came to {} at {at:?}", push.recipient)
                })
            }
        }
    }
}

/// A firing's state and reason, like `skipped late`.
fn told_of(entry: &Value) -> String {
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    format!("{} {}", text("state"), text("reason")).trim().to_owned()
}
