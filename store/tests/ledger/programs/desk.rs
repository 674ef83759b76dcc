//! A program of a small base, and a rule that a test chooses.

use crate::world::*;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use bellhop_store::programs::*;

pub const SWITCHED_OFF: ReasonCode = ReasonCode(6);
pub const BY_EVENT: ReasonCode = ReasonCode(9);
const GUARD: ReasonCode = ReasonCode(1);
const NO_CONSENT: ReasonCode = ReasonCode(2);
const OTHER: ReasonCode = ReasonCode(5);
const ERASED: ReasonCode = ReasonCode(11);

/// The mailing of a version: marketing, by push, that lives for an hour and tells of a cart.
pub fn texts(words: &str) -> String {
    format!(
        r#"{{"name":"cart","on_demand":{{"values":["cart"]}},"purpose":"marketing","expires_after_minutes":60,
            "contents":{{"push":{{"title":"{words}","body":"{{{{ cart }}}}"}}}},"waterfall":[{{"channel":"push"}}]}}"#
    )
}

/// Keeps the guests of a guard, with their consent and address, by the first step.
pub struct ByGuard {
    pub guard: Segment,
    pub needs: Needs,
    /// Messages to one guest are at least this far apart.
    pub rest: Option<i64>,
    /// JSON: what its messages grant.
    pub granted: Option<&'static str>,
}

impl Default for ByGuard {
    fn default() -> Self {
        Self {
            guard: Segment::All(Vec::new()),
            needs: Needs::default(),
            rest: None,
            granted: None,
        }
    }
}

impl ByGuard {
    pub fn of(json: &str) -> Self {
        let guard = Segment::parse(&serde_json::from_str(json).unwrap()).unwrap();
        Self {
            guard,
            ..Self::default()
        }
    }

    pub fn resting(ms: i64) -> Self {
        Self {
            rest: Some(ms),
            needs: Needs {
                sent_before: true,
                ..Needs::default()
            },
            ..Self::default()
        }
    }
}

impl Rule for ByGuard {
    fn guard(&self) -> &Segment {
        &self.guard
    }

    fn needs(&self) -> Needs {
        self.needs
    }

    fn decide(&self, firing: &DueFiring, standing: Option<&Standing>, now: Timestamp) -> Verdict {
        if !firing.lets_go {
            return Verdict::Skip(SWITCHED_OFF);
        }
        let Some(standing) = standing else {
            return Verdict::Skip(ERASED);
        };
        if !standing.holds {
            return Verdict::Skip(GUARD);
        }
        if let (Some(rest), Some(before)) = (self.rest, firing.sent_before)
            && now.0 - before.0 < rest
        {
            return Verdict::Skip(ReasonCode(7));
        }
        let planner = FirstStep {
            spec: serde_json::from_str(&texts("t")).unwrap(),
            unattached: false,
        };
        match planner.choose(&standing.guest) {
            Choice::Send { step, kind, endpoint } => Verdict::Send {
                step,
                kind,
                endpoint,
                given: firing.given.clone(),
                granted: self.granted.map(str::to_owned),
            },
            Choice::Exclude(Exclusion::NoConsent) => Verdict::Skip(NO_CONSENT),
            Choice::Exclude(_) => Verdict::Skip(OTHER),
        }
    }
}

/// What an event asks for.
pub fn fire(of: &Program, customer: i64, event: i64, due_at: Timestamp) -> Change {
    let effect = Effect::Fire {
        occasion: format!("event:{event}"),
        due_at,
        given: Some(format!(r#"{{"cart":"of {event}"}}"#)),
    };
    change(of, customer, event, effect)
}

pub fn restart(of: &Program, customer: i64, event: i64, due_at: Timestamp) -> Change {
    let effect = Effect::Restart {
        occasion: format!("event:{event}"),
        due_at,
        given: Some(format!(r#"{{"cart":"of {event}"}}"#)),
    };
    change(of, customer, event, effect)
}

pub fn cancel(of: &Program, customer: i64, event: i64, occasion: Option<&str>) -> Change {
    let effect = Effect::Cancel {
        occasion: occasion.map(str::to_owned),
        reason: BY_EVENT,
    };
    change(of, customer, event, effect)
}

pub fn change(of: &Program, customer: i64, event: i64, effect: Effect) -> Change {
    Change {
        program: of.id,
        version: of.version,
        customer: CustomerId(customer),
        event,
        effect,
    }
}

impl World {
    /// A program that is off.
    pub async fn draft(&self) -> Program {
        let mailing = texts("first");
        let new = NewVersion {
            name: "cart",
            definition: r#"{"first":1}"#,
            mailing: &mailing,
        };
        let id = self
            .store
            .create_program(ORG, &new, None, "tester", self.now)
            .await
            .unwrap();
        self.store.program(ORG, id).await.unwrap()
    }

    /// A program that is on.
    pub async fn program(&self) -> Program {
        let it = self.draft().await;
        self.switch_on(&it).await;
        self.store.program(ORG, it.id).await.unwrap()
    }

    pub async fn switch_on(&self, it: &Program) {
        self.store
            .switch_on(ORG, it.id, SWITCHED_OFF, "tester", self.now)
            .await
            .unwrap();
    }

    pub async fn change(&self, changes: &[Change]) -> Fired {
        self.store.change_firings(ORG, changes, self.now).await.unwrap()
    }

    /// Lets go all that is due.
    pub async fn let_all_go(&self, rule: &ByGuard) -> LetGo {
        let mut all = LetGo::default();
        loop {
            let due = self.store.due_programs(self.now).await.unwrap();
            if due.is_empty() {
                return all;
            }
            for of in due {
                let done = self.store.let_go(&of, rule, 7, self.now).await.unwrap();
                all.sent += done.sent;
                all.skipped += done.skipped;
                all.waiting += done.waiting;
            }
        }
    }

    /// Each firing of a program as `customer occasion state reason`, in their order.
    pub async fn journal(&self, it: &Program) -> Vec<String> {
        let mut entries = self.store.journal(ORG, it.id, None, None, 1_000).await.unwrap();
        entries.reverse();
        let told = entries.into_iter().map(|it| {
            let reason = it.reason.map_or(String::new(), |ReasonCode(code)| format!(" {code}"));
            assert_eq!(it.message.is_some(), it.state == FiringState::Sent, "{it:?}");
            format!(
                "{} {} {}{reason}",
                it.customer.unwrap_or_default(),
                it.occasion,
                it.state.name()
            )
        });
        told.collect()
    }

    /// How many messages there are.
    pub async fn messages(&self) -> i64 {
        self.number("SELECT COUNT(*) AS x FROM messages").await
    }
}
