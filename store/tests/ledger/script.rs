//! What the scenarios mail, how it is planned, and what providers answer.

use bellhop_domain::attempt::AttemptState;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use std::collections::BTreeMap;

pub const PUSH: &str = r#"{"channel":"push","wait_minutes":120}"#;
pub const SMS: &str = r#"{"channel":"sms"}"#;
pub const WEB_PUSH: &str = r#"{"channel":"web_push","wait_minutes":120}"#;
pub const WHATSAPP: &str = r#"{"channel":"whatsapp","wait_minutes":120}"#;

/// A mailing of these steps that lives for ten hours.
pub fn spec(steps: &[&str]) -> String {
    let contents = Channel::ALL.map(|channel| {
        let content = match channel {
            Channel::Push => r#"{"title":"t","body":"b"}"#,
            Channel::WebPush => r#"{"title":"t","body":"b","actions":[{"title":"a","link":"https://example.com/a"}]}"#,
            _ => r#"{"text":"x"}"#,
        };
        format!(r#""{channel}":{content}"#)
    });
    format!(
        r#"{{"name":"m","audience":{{"all":[]}},"contents":{{{}}},
            "link":"https://example.com/","waterfall":[{}],"expires_after_minutes":600}}"#,
        contents.join(","),
        steps.join(",")
    )
}

/// Plans like the product: the first step with content, consent and a live endpoint.
pub struct FirstStep {
    pub spec: MailingSpec<serde_json::Value>,
    /// Whether endpoints that nobody has logged in to are reached.
    pub unattached: bool,
}

impl Planner for FirstStep {
    fn choose(&self, guest: &PlanGuest) -> Choice {
        if guest.blacklisted {
            return Choice::Exclude(Exclusion::Blacklisted);
        }
        let steps = self.spec.waterfall.iter().enumerate();
        let purpose = self.spec.purpose();
        let refused = |s: &Channel| guest.may.refuses(purpose, *s);
        let allowed: Vec<_> = steps.filter(|(_, s)| refused(&s.channel).is_none()).collect();
        let first = self.spec.waterfall.iter().find_map(|s| refused(&s.channel));
        if let Some(reason) = first.filter(|_| allowed.is_empty()) {
            return Choice::Exclude(reason);
        }
        for (step, s) in allowed {
            if let Some((kind, endpoint)) = guest.endpoints[s.channel as usize] {
                return Choice::Send {
                    step: step as u16,
                    kind,
                    endpoint,
                };
            }
        }
        Choice::Exclude(Exclusion::NoLiveEndpoint)
    }

    fn unattached(&self, kind: EndpointKind) -> Option<u16> {
        let step = self.spec.waterfall.iter().position(|s| s.channel == kind.channel());
        step.filter(|_| self.unattached).map(|step| step as u16)
    }
}

pub fn recorded(message: &Claimed, outcome: &Outcome, next: waterfall::Next, now: Timestamp) -> Recorded {
    let (state, reason) = match outcome {
        Outcome::Accepted { .. } => (AttemptState::Accepted, None),
        Outcome::Retry { why, .. } | Outcome::OnceMore { why, .. } | Outcome::Throttled { why, .. } => {
            (AttemptState::Deferred, Some(why))
        }
        Outcome::Unknown { why } => (AttemptState::Unknown, Some(why)),
        Outcome::RecipientGone { why, .. }
        | Outcome::Held { why }
        | Outcome::OptedOut { why }
        | Outcome::Failed { why }
        | Outcome::CountryStopped { why }
        | Outcome::Rejected { why }
        | Outcome::Misconfigured { why } => (AttemptState::Refused, Some(why)),
    };
    let (provider_id, cost, parts) = match outcome {
        Outcome::Accepted {
            provider_id,
            cost,
            parts,
        } => (provider_id.clone(), *cost, *parts),
        _ => (None, None, None),
    };
    let gone = matches!(outcome, Outcome::RecipientGone { .. });
    Recorded {
        message: message.id,
        endpoint: message.endpoint,
        state,
        started_at: now,
        ended_at: now,
        provider_id,
        reason: reason.cloned(),
        cost,
        parts,
        next,
        retire: gone.then_some(now),
        opted_out: matches!(outcome, Outcome::OptedOut { .. }),
        stops_country: matches!(outcome, Outcome::CountryStopped { .. }),
    }
}

pub fn accepted() -> Outcome {
    accepted_as(None)
}

pub fn accepted_as(id: Option<&str>) -> Outcome {
    Outcome::Accepted {
        provider_id: id.map(str::to_owned),
        cost: Some(Money(25_000)),
        parts: Some(1),
    }
}

pub fn gone() -> Outcome {
    Outcome::RecipientGone {
        since: None,
        why: "UNREGISTERED".into(),
    }
}

pub fn states_of<const N: usize>(pairs: [(&str, i64); N]) -> BTreeMap<String, i64> {
    pairs.into_iter().map(|(name, n)| (name.to_owned(), n)).collect()
}
