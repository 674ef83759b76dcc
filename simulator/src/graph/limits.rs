//! What Meta counts: messages a second, messages to one person, and who has written to us lately. Times are ms UTC.

use std::collections::HashMap;
use std::sync::Mutex;

use super::config::GraphConfig;
use super::errors::GraphError;
use crate::ledger::lock;

const DAY_MS: i64 = 24 * 3_600_000;

/// The counts of one number.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// The second that is counted, and its messages.
    second: Mutex<(i64, u32)>,
    /// By person: when the debt of their messages is paid back.
    paid_at: Mutex<HashMap<String, i64>>,
    /// By person: their last message to us.
    last_inbound: Mutex<HashMap<String, i64>>,
    /// By person: the last template outside their window.
    begun_with: Mutex<HashMap<String, i64>>,
}

impl Limits {
    /// Counts a message of a number within its throughput.
    pub(super) fn throughput(&self, config: &GraphConfig, now: i64) -> Result<(), GraphError> {
        let mut second = lock(&self.second);
        if second.0 != now / 1_000 {
            *second = (now / 1_000, 0);
        }
        if second.1 >= config.throughput_per_s {
            return Err(GraphError::new(
                130_429,
                "Message failed to send because there were too many messages sent from this phone number in a short period of time",
            ));
        }
        second.1 += 1;
        Ok(())
    }

    /// Counts a message to a person: each costs `pair_every_ms`, and `pair_burst` of them may be owed.
    pub(super) fn pair(&self, config: &GraphConfig, recipient: &str, now: i64) -> Result<(), GraphError> {
        let every = i64::try_from(config.pair_every_ms).unwrap_or(i64::MAX / 1_000);
        let mut paid_at = lock(&self.paid_at);
        let paid = paid_at.get(recipient).copied().unwrap_or(now).max(now);
        if paid - now > every * i64::from(config.pair_burst) {
            return Err(GraphError::new(
                131_056,
                "Too many messages sent from this phone number to the same recipient",
            ));
        }
        paid_at.insert(recipient.to_owned(), paid + every);
        Ok(())
    }

    /// Counts a template to a person: outside their window they count among the people of any 24 hours.
    pub(super) fn people(&self, config: &GraphConfig, recipient: &str, now: i64) -> Result<(), GraphError> {
        let (Some(most), Err(_)) = (config.unique_people_per_day, self.window(recipient, now)) else {
            return Ok(());
        };
        let mut begun_with = lock(&self.begun_with);
        begun_with.retain(|_, last| now - *last < DAY_MS);
        if !begun_with.contains_key(recipient) && begun_with.len() >= most as usize {
            // Meta documents no separate code for the messaging limit.
            return Err(GraphError::new(
                131_048,
                "Message failed to send because there are restrictions on how many people this business may begin with",
            ));
        }
        begun_with.insert(recipient.to_owned(), now);
        Ok(())
    }

    /// A person wrote: their window opens anew.
    pub(super) fn wrote(&self, person: &str, now: i64) {
        lock(&self.last_inbound).insert(person.to_owned(), now);
    }

    pub(super) fn window(&self, person: &str, now: i64) -> Result<(), GraphError> {
        match lock(&self.last_inbound).get(person) {
            Some(last) if now - last < DAY_MS => Ok(()),
            _ => Err(GraphError::new(
                131_047,
                "Message failed to send because more than 24 hours have passed since the customer last replied to this number",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(counted: Result<(), GraphError>) -> Option<u32> {
        counted.err().map(|error| error.code)
    }

    #[test]
    fn a_burst_to_one_person_is_lent_and_paid_back() {
        let (limits, config) = (Limits::default(), GraphConfig::default());
        let taken = (0..100)
            .take_while(|_| limits.pair(&config, "7999", 1_000).is_ok())
            .count();
        assert_eq!(taken, 46, "one, and 45 borrowed");
        assert_eq!(code(limits.pair(&config, "7999", 6_999)), Some(131_056));
        assert_eq!(code(limits.pair(&config, "7999", 7_000)), None);
        assert_eq!(code(limits.pair(&config, "7998", 1_000)), None);
    }

    #[test]
    fn people_are_counted_once_a_day_and_not_in_their_window() {
        let (limits, mut config) = (Limits::default(), GraphConfig::default());
        assert_eq!(code(limits.people(&config, "7997", 0)), None);
        config.unique_people_per_day = Some(2);
        limits.wrote("7990", 0);
        for person in ["7999", "7998", "7999", "7990"] {
            assert_eq!(code(limits.people(&config, person, 1_000)), None, "{person}");
        }
        assert_eq!(code(limits.people(&config, "7997", 2_000)), Some(131_048));
        assert_eq!(code(limits.people(&config, "7999", DAY_MS)), None);
        // One person no longer counts; the one who was written to again still does.
        assert_eq!(code(limits.people(&config, "7997", DAY_MS + 1_000)), None);
        assert_eq!(code(limits.people(&config, "7996", DAY_MS + 1_000)), Some(131_048));
    }

    #[test]
    fn throughput_is_counted_by_the_second() {
        let (limits, config) = (Limits::default(), GraphConfig::default());
        let taken = (0..100).filter(|_| limits.throughput(&config, 5_500).is_ok()).count();
        assert_eq!(taken, 80);
        assert_eq!(code(limits.throughput(&config, 5_999)), Some(130_429));
        assert_eq!(code(limits.throughput(&config, 6_000)), None);
    }

    #[test]
    fn a_window_lasts_a_day() {
        let limits = Limits::default();
        assert_eq!(code(limits.window("7999", 0)), Some(131_047));
        limits.wrote("7999", 0);
        assert_eq!(code(limits.window("7999", DAY_MS - 1)), None);
        assert_eq!(code(limits.window("7999", DAY_MS)), Some(131_047));
    }
}
