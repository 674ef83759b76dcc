//! What was seen for a row, beside what must follow: one line of the printed table.

use bellhop_domain::Outcome;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, RunState};

use super::asked;
use super::facts::{Facts, Guest, Snapshot};
use super::pages;
use super::plan::{Play, Provider};
use super::row::Row;

/// How many letters of a provider's words fit in the table.
const LONGEST: usize = 58;

/// One line.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    /// The index of the provider, for the order of lines.
    pub place: usize,
    pub provider: &'static str,
    pub code: &'static str,
    answer: String,
    outcome: String,
    follows: String,
    pub ok: bool,
}

impl Verdict {
    pub fn of(play: &Play, providers: &[Provider], snapshot: &Snapshot) -> Self {
        let row = &play.row;
        let facts = snapshot.of(&play.organisation, &play.guests, play.probe.as_ref());
        let name = providers[play.provider].name;
        let is_asked = pages::find(name, row.code).is_some_and(|fact| asked::admits(fact.asks, row.then));
        let ok = is_asked && row.then.holds(&facts, row.says, row.answer.is_report());
        let answer = match row.case {
            "" => row.answer.shown.clone(),
            case => format!("{} ({case})", row.answer.shown),
        };
        Self {
            place: play.provider,
            provider: name,
            code: row.code,
            answer,
            outcome: outcome(&facts),
            follows: if ok {
                row.then.words()
            } else {
                format!("NOT {}; {}", row.then.words(), seen(&facts))
            },
            ok,
        }
    }

    /// The verdict on a channel that was used without a mailing.
    pub fn of_outcome(place: usize, provider: &Provider, row: &Row, outcome: &Outcome) -> Self {
        let ok = matches!(outcome, Outcome::Accepted { .. });
        Self {
            place,
            provider: provider.name,
            code: row.code,
            answer: format!("{} ({})", row.answer.shown, row.case),
            outcome: match outcome {
                Outcome::Accepted { .. } => "accepted".to_owned(),
                other => cut(&format!("{other:?}")),
            },
            follows: if ok {
                row.then.words()
            } else {
                format!("NOT {}", row.then.words())
            },
            ok,
        }
    }

    /// Adds one more condition.
    pub fn and(&mut self, holds: bool, what: &str) {
        self.follows = match holds {
            true => format!("{}; {what}", self.follows),
            false => format!("NOT {what}; {}", self.follows),
        };
        self.ok &= holds;
    }

    /// The verdict on a state that a call has reported. `heard` tells that it was kept and that the sender continued
    /// when the session worked again.
    pub fn of_state(
        place: usize,
        provider: &Provider,
        (state, stops): (&'static str, bool),
        reason: Option<String>,
        heard: bool,
    ) -> Self {
        let right = reason.as_ref().is_some_and(|reason| reason.contains(state)) == stops && reason.is_some() == stops;
        let follows = match stops {
            true => "the sender stops until the session works again",
            false => "the sender goes on; its health says so",
        };
        Self {
            place,
            provider: provider.name,
            code: state,
            answer: format!("call: state {state}"),
            outcome: reason.map_or_else(
                || "health degraded".to_owned(),
                |reason| cut(&format!("health stopped: {reason}")),
            ),
            follows: if right && heard {
                follows.to_owned()
            } else {
                format!("NOT {follows}")
            },
            ok: right && heard,
        }
    }
}

/// The attempts of the first guest.
fn outcome(facts: &Facts<'_>) -> String {
    let Some(guest) = facts.guests.first() else {
        return "nothing".to_owned();
    };
    let told = guest.attempts.iter().map(|attempt| {
        let state = AttemptState::from_code(attempt.state).map_or("?", AttemptState::name);
        match &attempt.reason {
            Some(reason) => cut(&format!("{state}: {reason}")),
            None => state.to_owned(),
        }
    });
    let told: Vec<_> = told.collect();
    match told.as_slice() {
        [] => "none was tried".to_owned(),
        [first, .., last] => format!("{first} → {last}"),
        [only] => only.clone(),
    }
}

/// What the ledger says, if that is not what must follow.
fn seen(facts: &Facts<'_>) -> String {
    let guest = |guest: &Guest| {
        let state = MessageState::from_code(guest.state).map_or("?", MessageState::name);
        let (dead, consent) = (guest.is_dead(), guest.consents);
        let run = RunState::ALL
            .into_iter()
            .find(|run| run.code() == guest.run_state)
            .map_or("?", RunState::name);
        let wait = guest.due_at.zip(guest.attempts.last().and_then(|last| last.ended_at));
        let wait = wait.map_or_else(String::new, |(due, ended)| format!(" {} ms", due - ended));
        format!(
            "{state}{wait} ({}), {} attempts, {} reports, dead {dead}, consent {consent}, held {}, run {run} ({})",
            guest.reason.as_deref().unwrap_or_default(),
            guest.attempts.len(),
            guest.reports,
            guest.batch_held,
            guest.paused_reason.as_deref().unwrap_or_default()
        )
    };
    let guests: Vec<_> = facts.guests.iter().map(|one| guest(one)).collect();
    let probe = facts
        .probe
        .map_or_else(String::new, |probe| format!("; probe: {}", guest(probe)));
    format!(
        "is: {}{probe}; sender stopped: {:?}",
        guests.join(" | "),
        facts.sender_stopped
    )
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// The lines of the table, its heading first.
pub(super) fn table(verdicts: &[Verdict]) -> Vec<String> {
    let heading = [
        "provider",
        "PROVIDERS: what it asks for",
        "the provider's answer",
        "Bellhop's outcome",
        "what follows",
        "ok",
    ];
    let mut rows = vec![heading.map(str::to_owned)];
    rows.extend(verdicts.iter().map(|verdict| {
        let fact = pages::find(verdict.provider, verdict.code);
        let place = fact.map_or_else(
            || "?".to_owned(),
            |fact| match fact.mark {
                "" => format!("{} {}: {}", fact.section, fact.code, fact.asks),
                mark => format!("{} {} ({mark}): {}", fact.section, fact.code, fact.asks),
            },
        );
        [
            verdict.provider.to_owned(),
            place,
            cut(&verdict.answer),
            verdict.outcome.clone(),
            verdict.follows.clone(),
            if verdict.ok { "ok" } else { "WRONG" }.to_owned(),
        ]
    }));
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..heading.len() - 2).map(width).collect();
    let line = |row: &[String; 6]| {
        let [padded @ .., follows, ok] = row;
        let cells = padded.iter().zip(&widths).map(|(cell, width)| {
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            format!("{cell}{padding}")
        });
        let cells: Vec<String> = cells.collect();
        format!("{:<5} {} | {follows}", ok, cells.join(" | "))
    };
    rows.iter().map(line).collect()
}
