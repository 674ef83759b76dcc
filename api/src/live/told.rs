//! What a stream says, as server-sent events (HTML Living Standard, 9.2). Pure.

use super::place::Seen;
use axum::body::Bytes;
use bellhop_domain::message::MessageState;
use bellhop_domain::pace::Pace;
use bellhop_domain::{MailingId, RunId, Timestamp};
use bellhop_store::accounts::Present;
use bellhop_store::base::outbox::{Notice, What};
use bellhop_store::guests::{ApiCaller, Scope};
use bellhop_store::statistics::RunProgress;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What of the audit log is told, by the beginning of what was changed, and to whom.
const TOPICS: [(&str, Scope); 4] = [
    ("mailing ", Scope::MailingsRead),
    ("run ", Scope::MailingsRead),
    ("program ", Scope::MailingsRead),
    ("sender ", Scope::Settings),
];

/// One event. Only changes have an id: a state that comes anew after each beginning has nothing to be resumed from.
pub(super) fn event(name: &str, id: Option<Seen>, data: &Value) -> Bytes {
    let id = id.map_or(String::new(), |id| format!("id: {}\n", id.text()));
    // JSON has no line breaks of its own.
    Bytes::from(format!("{id}event: {name}\ndata: {data}\n\n"))
}

/// How long a client waits before it comes back.
pub(super) fn retry() -> Bytes {
    Bytes::from_static(b"retry: 2000\n\n")
}

/// A change as `caller` may hear of it; nothing of what they may not see.
pub(super) fn change(notice: &Notice, caller: &ApiCaller) -> Option<(&'static str, Value)> {
    // Mailings are the whole organisation's.
    let may = |scope: Scope| caller.scopes.contains(&scope) && caller.restaurants.is_none();
    match &notice.what {
        What::Audited { who, action, object } => {
            let (_, scope) = TOPICS.iter().find(|(topic, _)| object.starts_with(topic))?;
            let told = json!({ "thing": object, "action": action, "who": who, "at": notice.at });
            may(*scope).then_some(("change", told))
        }
        What::RunMoved { run, mailing, state } => {
            let told = json!({ "run": run, "mailing": mailing, "state": state, "at": notice.at });
            may(Scope::MailingsRead).then_some(("run", told))
        }
        _ => None,
    }
}

/// How far a run is, when it was counted last.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    pub progress: RunProgress,
    pub pace: Pace,
}

impl Counted {
    /// Messages that are on their way, or wait.
    fn left(&self) -> u64 {
        let states = MessageState::ALL.into_iter().filter(|state| !state.is_final());
        let of = |state: MessageState| self.progress.by_state.get(state.name()).copied().unwrap_or(0);
        states.map(of).sum()
    }

    /// The same after another count.
    #[must_use]
    pub fn then(mut self, progress: RunProgress, at: Timestamp) -> Self {
        self.progress = progress;
        self.pace.note(at, self.progress.planned.saturating_sub(self.left()));
        self
    }

    pub fn told(&self, run: RunId, mailing: MailingId, state: &str, paused: Option<&str>) -> Value {
        let it = &self.progress;
        let (left, per_second) = (self.left(), self.pace.per_second());
        json!({
            "run": run, "mailing": mailing, "state": state, "paused_reason": paused,
            "planned": it.planned, "left": left, "by_state": it.by_state, "excluded": it.excluded,
            "per_second": per_second.map(|pace| (pace * 10.0).round() / 10.0),
            "ends_at": if left > 0 { self.pace.ends(left) } else { None },
        })
    }
}

/// Who is at each thing, by the thing.
pub(super) fn presence(present: &[Present]) -> BTreeMap<String, Value> {
    let mut by_thing: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for it in present {
        let who = json!({ "who": it.who, "person": it.person, "editing": it.editing, "since": it.since });
        by_thing.entry(it.thing.clone()).or_default().push(who);
    }
    let told = by_thing.into_iter().map(|(thing, people)| {
        let told = json!({ "thing": thing, "people": people });
        (thing, told)
    });
    told.collect()
}

/// Nobody is at it any more.
pub(super) fn left(thing: &str) -> Value {
    json!({ "thing": thing, "people": [] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::OrgId;
    use bellhop_store::base::outbox::Place;
    use bellhop_store::guests::KeyKind;

    fn caller(scopes: &[Scope], restaurants: Option<&str>) -> ApiCaller {
        ApiCaller {
            org: OrgId(1),
            name: "site".into(),
            kind: KeyKind::Backend,
            scopes: scopes.to_vec(),
            person: None,
            restaurants: restaurants.map(|it| vec![it.to_owned()]),
            per_minute: None,
        }
    }

    fn audited(object: &str) -> Notice {
        Notice {
            org: OrgId(1),
            at: Timestamp(0),
            what: What::Audited {
                who: "person 7: Anna".into(),
                action: "mailing.change".into(),
                object: object.into(),
            },
        }
    }

    #[test]
    fn everybody_hears_of_what_they_may_see() {
        let reader = caller(&[Scope::MailingsRead], None);
        for told in ["mailing 5", "run 7", "program 3"] {
            assert!(change(&audited(told), &reader).is_some(), "{told}");
        }
        for secret in ["sender smsc", "guest 5", "person 7", "key 0123", "organisation 1"] {
            assert!(change(&audited(secret), &reader).is_none(), "{secret}");
        }
        let settings = caller(&[Scope::MailingsRead, Scope::Settings], None);
        assert!(change(&audited("sender smsc"), &settings).is_some());
        let limited = caller(&[Scope::MailingsRead], Some("Arbat"));
        assert!(change(&audited("mailing 5"), &limited).is_none());
        assert!(change(&audited("mailing 5"), &caller(&[], None)).is_none());
    }

    #[test]
    fn an_event_is_written_as_browsers_read_it() {
        let seen = Seen {
            place: Place(7),
            at: Timestamp(5),
        };
        assert_eq!(
            event("change", Some(seen), &json!({ "thing": "line\nbreak" })),
            "id: 7-5\nevent: change\ndata: {\"thing\":\"line\\nbreak\"}\n\n"
        );
        assert_eq!(event("beat", None, &json!({})), "event: beat\ndata: {}\n\n");
    }

    #[test]
    fn a_run_tells_what_is_left_and_when_that_will_be_done() {
        let progress = |waiting: u64, sent: u64| RunProgress {
            planned: waiting + sent,
            by_state: [("pending", waiting), ("sent", sent)].into(),
            ..RunProgress::default()
        };
        let counted = Counted::default().then(progress(100, 0), Timestamp(0));
        let counted = counted.then(progress(50, 50), Timestamp(10_000));
        let told = counted.told(RunId(7), MailingId(5), "running", None);
        assert_eq!((&told["left"], &told["per_second"]), (&json!(50), &json!(5.0)));
        assert_eq!(told["ends_at"], "1970-01-01T00:00:20Z");
        let counted = counted.then(progress(0, 100), Timestamp(20_000));
        let told = counted.told(RunId(7), MailingId(5), "finished", None);
        assert_eq!((&told["left"], &told["ends_at"]), (&json!(0), &json!(null)));
    }
}
