//! Chance without state: every random decision is a pure function of the seed and of what it is about.
//!
//! Two runs with one seed therefore fail, delay and open the same messages, in whatever order the requests come.

/// A 64-bit digest of a text: FNV-1a, then the finaliser of splitmix64 so that every bit of the text moves every bit of the digest.
///
/// Two of a million different texts share a digest with a chance of about 3 in 100 million.
pub(crate) fn fingerprint(text: &str) -> u64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(fnv)
}

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection that scatters neighbouring values.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A stream of random numbers that belongs to one decision.
#[derive(Debug, Clone)]
pub(crate) struct Draw(u64);

impl Draw {
    /// The stream for a `purpose` about a `subject` (a fingerprint), on its `nth` occasion.
    pub(crate) fn new(seed: u64, purpose: &str, subject: u64, nth: u32) -> Self {
        Self(mix(
            seed ^ mix(fingerprint(purpose) ^ mix(subject ^ mix(u64::from(nth))))
        ))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A fraction in [0, 1).
    pub(crate) fn fraction(&mut self) -> f64 {
        const FRACTIONS: f64 = (1_u64 << 53) as f64;
        (self.next() >> 11) as f64 / FRACTIONS
    }

    /// True with the given probability; 0 is never, 1 is always.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// A whole number in [`low`, `high`], `low` when the range is empty.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        match high.checked_sub(low) {
            None | Some(0) => low,
            Some(width) => low + (self.fraction() * (width as f64 + 1.0)) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_seed_draws_the_same_again(seed: u64, subject: u64, nth: u32) {
            let draw = || Draw::new(seed, "fault", subject, nth).fraction().to_bits();
            prop_assert_eq!(draw(), draw());
        }

        #[test]
        fn a_whole_number_stays_in_its_range(seed: u64, low in 0_u64..1_000_000, width in 0_u64..1_000_000) {
            let drawn = Draw::new(seed, "latency", 1, 1).between(low, low + width);
            prop_assert!((low..=low + width).contains(&drawn));
        }
    }

    #[test]
    fn a_probability_is_met_over_many_subjects_and_over_many_tries() {
        let share = |draw: &dyn Fn(u32) -> Draw| (0..100_000).filter(|&n| draw(n).happens(0.05)).count();
        let over_subjects = share(&|n| Draw::new(7, "fault", fingerprint(&format!("message-{n}")), 1));
        let over_tries = share(&|n| Draw::new(7, "fault", fingerprint("message"), n));
        assert!((4_700..5_300).contains(&over_subjects), "{over_subjects}");
        assert!((4_700..5_300).contains(&over_tries), "{over_tries}");
    }

    #[test]
    fn purposes_are_independent() {
        let both = (0..100_000)
            .filter(|&n| Draw::new(1, "dead", n, 1).happens(0.5) && Draw::new(1, "fault", n, 1).happens(0.5))
            .count();
        assert!((24_000..26_000).contains(&both), "{both}");
    }
}
