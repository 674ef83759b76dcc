//! What becomes of an accepted message: a pure function of the seed and the message.

use std::collections::BTreeMap;
use std::time::Duration;

use super::config::GraphConfig;
use super::errors::GraphError;
use super::magic::fails_later;
use crate::draw::Draw;

/// One status of a message, and when it is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) status: &'static str,
    pub(super) error: Option<GraphError>,
    pub(super) after: Duration,
    pub(super) twice: bool,
    pub(super) batched: bool,
}

/// The rest of a message's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) told: Vec<Told>,
    /// The first status goes out before the reply.
    pub(super) first_before_reply: bool,
    /// What the guest answers, and when.
    pub(super) answer: Option<(String, Duration)>,
}

/// What is ordered for a message, independently of chance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    /// It fails later.
    Failed(GraphError),
    /// Its last status.
    Last(&'static str),
}

impl Asked {
    /// What the recipient's number asks for.
    pub(super) fn by_number(recipient: &str) -> Self {
        fails_later(recipient).map_or(Self::Nothing, Self::Failed)
    }

    /// What an order asks for: the `code` of a failure, or the last `status`.
    pub(super) fn ordered(told: &BTreeMap<String, String>) -> Self {
        let word = |name: &str| told.get(name).map(String::as_str);
        if let Some(code) = word("code").and_then(|code| code.parse().ok()) {
            return Self::Failed(GraphError::new(code, "made to happen by the simulator"));
        }
        let known = ["sent", "delivered", "read", "played"];
        let last = known.into_iter().find(|known| word("status") == Some(known));
        last.map_or(Self::Nothing, Self::Last)
    }
}

impl Fate {
    pub(super) fn of(config: &GraphConfig, seed: u64, identity: u64, nth: u32, asked: Asked) -> Self {
        let mut draw = Draw::new(seed, "whatsapp fate", identity, nth);
        let failed = draw
            .happens(config.failed)
            .then(|| GraphError::new(131_026, "Message undeliverable."));
        let (read, answers) = (draw.happens(config.read), draw.happens(config.answers));
        let first_before_reply = draw.happens(config.before_reply);
        let (error, last) = match asked {
            Asked::Nothing => (failed, if read { "read" } else { "delivered" }),
            Asked::Failed(error) => (Some(error), "failed"),
            Asked::Last(last) => (None, last),
        };
        let statuses: &[&'static str] = match (&error, last) {
            (Some(_), _) => &["sent", "failed"],
            (None, "sent") => &["sent"],
            (None, "read") => &["sent", "delivered", "read"],
            (None, "played") => &["sent", "delivered", "played"],
            (None, _) => &["sent", "delivered"],
        };
        let mut told: Vec<Told> = Vec::new();
        for &status in statuses {
            let own = Duration::from_millis(draw.between(config.webhooks.delay_ms[0], config.webhooks.delay_ms[1]));
            let before = told.last().map_or(Duration::ZERO, |last| last.after);
            let after = if draw.happens(config.reordered) {
                own
            } else {
                before + own
            };
            told.push(Told {
                status,
                error: error.clone().filter(|_| status == "failed"),
                after,
                twice: draw.happens(config.doubled),
                batched: draw.happens(config.batched),
            });
        }
        let last = told.iter().map(|one| one.after).max().unwrap_or_default();
        let texts = &config.answer_texts;
        let which = draw.between(0, texts.len().saturating_sub(1) as u64) as usize;
        let answer = texts.get(which).filter(|_| answers && error.is_none());
        Self {
            told,
            first_before_reply,
            answer: answer.map(|text| (text.clone(), last + Duration::from_millis(config.webhooks.delay_ms[1]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fate_is_drawn_once_and_by_its_shares() {
        let config = GraphConfig {
            failed: 0.1,
            reordered: 0.5,
            answers: 0.2,
            ..GraphConfig::default()
        };
        let fates: Vec<_> = (0..2_000).map(|n| Fate::of(&config, 1, n, 1, Asked::Nothing)).collect();
        let again: Vec<_> = (0..2_000).map(|n| Fate::of(&config, 1, n, 1, Asked::Nothing)).collect();
        assert_eq!(fates, again);
        let share = |is: &dyn Fn(&Fate) -> bool| fates.iter().filter(|fate| is(fate)).count();
        let last = |fate: &Fate, status| fate.told.last().is_some_and(|told| told.status == status);
        assert!((150..250).contains(&share(&|fate| last(fate, "failed"))));
        assert!((820..980).contains(&share(&|fate| last(fate, "read"))));
        assert!((300..420).contains(&share(&|fate| fate.answer.is_some())));
        let crossed = |fate: &Fate| fate.told.windows(2).any(|pair| pair[0].after > pair[1].after);
        assert!(share(&crossed) > 100);
    }

    #[test]
    fn a_magic_number_fails_by_its_own_code() {
        let fate = Fate::of(&GraphConfig::default(), 1, 1, 1, Asked::by_number("79992131050"));
        let failed = fate.told.last().unwrap();
        assert_eq!(
            (failed.status, failed.error.as_ref().unwrap().code),
            ("failed", 131_050)
        );
    }
}
