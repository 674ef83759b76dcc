//! What the gateways that hold a phone's WhatsApp session have in common: numbers, chats, what becomes of a message, what guests answer.

use std::time::Duration;

use serde::Deserialize;

use crate::draw::{Draw, fingerprint};
use crate::faults::{ChannelFaults, Fault};
use crate::ledger::Channel;
use crate::world::Magic;

/// The last two digits after 90 (always) or 91 (only at the first try of a message).
const MAGIC: [(&str, Fault); 15] = [
    ("01", Fault::InvalidRecipient),
    ("02", Fault::DeadRecipient),
    ("04", Fault::Undeliverable),
    ("05", Fault::Internal),
    ("06", Fault::ResetAfter),
    ("07", Fault::LostReply),
    ("08", Fault::ReportFirst),
    ("09", Fault::ResetBefore),
    ("11", Fault::TooManyRequests),
    ("12", Fault::Unavailable),
    ("13", Fault::UnavailableRetryAfter),
    ("14", Fault::RejectedContent),
    ("15", Fault::Unauthorized),
    ("17", Fault::BadGateway),
    ("18", Fault::Slow),
];

/// How guests react to what they are sent. Probabilities are fractions, drawn per message.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkedPhoneConfig {
    /// A message that has arrived is read.
    pub read: f64,
    /// A message that has been read is answered.
    pub answer: f64,
    /// What guests answer, one of these.
    pub answers: Vec<String>,
}

impl Default for LinkedPhoneConfig {
    fn default() -> Self {
        Self {
            read: 0.7,
            answer: 0.0,
            answers: ["Спасибо!", "А до скольки вы работаете?", "СТОП"]
                .map(str::to_owned)
                .into(),
        }
    }
}

/// The fault that the chat of a number such as 79990009001 asks for.
pub(crate) fn magic(chat_id: &str) -> Option<Magic> {
    magic_digits(number(chat_id)?)
}

/// The fault that a number or an id asks for by its last four digits.
pub(crate) fn magic_digits(digits: &str) -> Option<Magic> {
    let (rest, last) = digits.split_at_checked(digits.len().checked_sub(2)?)?;
    let once = match rest.get(rest.len().checked_sub(2)?..)? {
        "90" => false,
        "91" => true,
        _ => return None,
    };
    let (_, fault) = MAGIC.into_iter().find(|(digits, _)| *digits == last)?;
    Some(Magic { fault, once })
}

/// The digits of a chat with a number; `None` for hidden ids, groups and everything else.
pub(crate) fn number(chat_id: &str) -> Option<&str> {
    let digits = chat_id.strip_suffix("@c.us")?;
    let right = (5..=16).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    right.then_some(digits)
}

/// Whether messages can be written to the chat at all.
pub(crate) fn is_chat(chat_id: &str) -> bool {
    let hidden = chat_id.strip_suffix("@lid");
    number(chat_id).is_some()
        || hidden.is_some_and(|id| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Whether the number has no WhatsApp: by its digits, or by `dead_recipients`.
pub(crate) fn is_without_whatsapp(channel: Channel, faults: &ChannelFaults, seed: u64, chat_id: &str) -> bool {
    let asked = magic(chat_id).filter(|_| faults.magic_recipients);
    match asked {
        Some(magic) => magic.fault == Fault::DeadRecipient && !magic.once,
        None => faults.drawn(channel, seed, chat_id, 0, 1) == Some(Fault::DeadRecipient),
    }
}

/// What becomes of an accepted message, and when: each time counts from the event before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) sent: Duration,
    pub(crate) ending: Ending,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// WhatsApp does not accept it.
    Failed,
    Arrives {
        delivered: Duration,
        read: Option<Duration>,
        /// What the guest writes back.
        answer: Option<(Duration, String)>,
    },
}

/// A pure function of the seed and the message's identity.
pub(crate) fn fate(
    config: &LinkedPhoneConfig,
    delay_ms: [u64; 2],
    seed: u64,
    identity: u64,
    fault: Option<Fault>,
) -> Fate {
    let mut draw = Draw::new(seed, "fate", identity, 0);
    let mut at = Duration::ZERO;
    let mut next = |draw: &mut Draw| {
        let [low, high] = delay_ms;
        at += Duration::from_millis(draw.between(low, high));
        at
    };
    let sent = match fault {
        Some(Fault::ReportFirst) => Duration::ZERO,
        _ => next(&mut draw),
    };
    if fault == Some(Fault::Undeliverable) {
        return Fate {
            sent,
            ending: Ending::Failed,
        };
    }
    let delivered = next(&mut draw);
    let read = draw.happens(config.read).then(|| next(&mut draw));
    let answers = read.is_some() && !config.answers.is_empty() && draw.happens(config.answer);
    let answer = answers.then(|| {
        let which = draw.between(0, config.answers.len() as u64 - 1);
        (next(&mut draw), config.answers[which as usize].clone())
    });
    Fate {
        sent,
        ending: Ending::Arrives {
            delivered,
            read,
            answer,
        },
    }
}

/// A message id as WhatsApp's own web client makes them: `3EB0` and hexadecimal digits.
pub(crate) fn message_id(seed: u64, lane: &str, count: u64) -> String {
    format!("3EB0{:016X}", fingerprint(&format!("{lane} {seed} {count}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_numbers_name_their_fault() {
        for (digits, fault) in MAGIC {
            let chat = |middle: u8| format!("7999000{middle}{digits}@c.us");
            assert_eq!(magic(&chat(90)), Some(Magic { fault, once: false }));
            assert_eq!(magic(&chat(91)), Some(Magic { fault, once: true }));
        }
        for plain in [
            "",
            "1@c.us",
            "79990001234@c.us",
            "79990009001",
            "79990009001@lid",
            "79990009003@c.us",
        ] {
            assert_eq!(magic(plain), None, "{plain}");
        }
    }

    #[test]
    fn chats_are_numbers_and_hidden_ids() {
        for (chat, is) in [
            ("79990001234@c.us", true),
            ("123456789012345@lid", true),
            ("+79990001234@c.us", false),
            ("79990001234", false),
            ("1203@g.us", false),
            ("@lid", false),
            ("", false),
        ] {
            assert_eq!(is_chat(chat), is, "{chat}");
        }
    }

    #[test]
    fn a_fate_is_the_same_again_and_its_times_only_grow() {
        let config = LinkedPhoneConfig {
            read: 0.8,
            answer: 0.5,
            ..LinkedPhoneConfig::default()
        };
        let of = |identity, fault| fate(&config, [10, 100], 1, identity, fault);
        let (mut read_ones, mut answered) = (0, 0);
        for identity in 0..1_000 {
            let fate = of(identity, None);
            assert_eq!(fate, of(identity, None));
            let Ending::Arrives {
                delivered,
                read,
                answer,
            } = fate.ending
            else {
                panic!("nothing went wrong")
            };
            assert!(fate.sent >= Duration::from_millis(10) && delivered > fate.sent);
            assert!(read.is_none_or(|read| read > delivered));
            assert!(
                answer
                    .as_ref()
                    .is_none_or(|(at, _)| read.is_some_and(|read| *at > read))
            );
            read_ones += u32::from(read.is_some());
            answered += u32::from(answer.is_some());
        }
        assert!(
            (750..850).contains(&read_ones) && (340..460).contains(&answered),
            "{read_ones} {answered}"
        );
        assert_eq!(of(1, Some(Fault::Undeliverable)).ending, Ending::Failed);
        assert_eq!(of(1, Some(Fault::ReportFirst)).sent, Duration::ZERO);
    }
}
