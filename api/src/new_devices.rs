//! How fast an app's key may register devices that nobody knows yet. The key is public: whoever has read it out of the
//! app could fill the database with addresses that lead nowhere.
//!
//! Only new ones count. An app registers at each start what is known already, and is never refused for that.

use bellhop_domain::{OrgId, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// In how many seconds a used-up allowance is whole again.
const WHOLE_AGAIN_S: i64 = 100;

/// What is left to each key, in this process. Only keys that were right are in it, so it does not grow.
#[derive(Debug)]
pub(crate) struct NewDevices {
    /// In thousandths of a device.
    burst: i64,
    left: Mutex<HashMap<(OrgId, String), Left>>,
}

#[derive(Debug, Clone, Copy)]
struct Left {
    thousandths: i64,
    at: Timestamp,
}

impl NewDevices {
    /// `burst` devices at once, and as many again within [`WHOLE_AGAIN_S`].
    pub(crate) fn new(burst: u32) -> Self {
        Self {
            burst: i64::from(burst) * 1_000,
            left: Mutex::default(),
        }
    }

    /// Whether a new device may be registered with this key.
    pub(crate) fn has_room(&self, org: OrgId, key: &str, now: Timestamp) -> bool {
        let known = self.locked().get(&(org, key.to_owned())).copied();
        known.is_none_or(|left| self.grown(left, now) >= 1_000)
    }

    /// Counts one. Those that were under way at the same time are a debt.
    pub(crate) fn count(&self, org: OrgId, key: &str, now: Timestamp) {
        let mut locked = self.locked();
        let whole = Left {
            thousandths: self.burst,
            at: now,
        };
        let left = locked.entry((org, key.to_owned())).or_insert(whole);
        left.thousandths = self.grown(*left, now) - 1_000;
        left.at = left.at.max(now);
    }

    fn grown(&self, left: Left, now: Timestamp) -> i64 {
        let passed = now.0.saturating_sub(left.at.0).max(0);
        let grown = passed.saturating_mul(self.burst / 1_000) / WHOLE_AGAIN_S;
        left.thousandths.saturating_add(grown).min(self.burst)
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(OrgId, String), Left>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: OrgId = OrgId(1);

    /// As many as are registered until there is no room.
    fn until_full(devices: &NewDevices, key: &str, now: Timestamp) -> u32 {
        let mut count = 0;
        while devices.has_room(ORG, key, now) {
            devices.count(ORG, key, now);
            count += 1;
        }
        count
    }

    #[test]
    fn a_burst_and_then_a_steady_rate_for_each_key() {
        let devices = NewDevices::new(1_000);
        let at = |s: i64| Timestamp(1_800_000_000_000 + s * 1_000);
        assert_eq!(until_full(&devices, "ios", at(0)), 1_000);
        assert_eq!(until_full(&devices, "ios", at(0)), 0);
        assert_eq!(until_full(&devices, "ios", at(1)), 10);
        assert_eq!(until_full(&devices, "android", at(1)), 1_000, "another key has its own");
        assert!(
            devices.has_room(OrgId(2), "ios", at(1)),
            "so has another organisation's"
        );
        assert_eq!(until_full(&devices, "ios", at(51)), 500);
        assert_eq!(
            until_full(&devices, "ios", at(1_000_000)),
            1_000,
            "and never more than a burst"
        );
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing() {
        let devices = NewDevices::new(2);
        let (later, earlier) = (Timestamp(1_000_000), Timestamp(0));
        assert_eq!(until_full(&devices, "ios", later), 2);
        assert_eq!(until_full(&devices, "ios", earlier), 0);
        devices.count(ORG, "ios", earlier);
        assert_eq!(until_full(&devices, "ios", later), 0);
    }
}
