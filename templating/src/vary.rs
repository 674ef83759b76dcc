//! Variation: which of several alternatives a recipient reads.

/// The alternative for the recipient `seed` at the `position`-th variation of a text, out of `count` (at least 1).
///
/// A pure function, so that a retry sends the same words; different positions choose independently.
pub(crate) fn choose(seed: u64, position: u64, count: usize) -> usize {
    let hash = mix(mix(seed) ^ mix(position.wrapping_add(0x9e37_79b9_7f4a_7c15)));
    // The high bits of hash × count are spread evenly over `count`, without the bias of a remainder.
    ((u128::from(hash) * count as u128) >> 64) as usize
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): every input bit changes half of the output bits.
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn spreads_evenly_over_recipients_and_positions() {
        for count in [2_usize, 3, 5, 7] {
            for position in 0..4 {
                let mut hits = vec![0_u32; count];
                (0..70_000).for_each(|seed| hits[choose(seed, position, count)] += 1);
                let fair = 70_000 / count as u32;
                assert!(
                    hits.iter().all(|hit| hit.abs_diff(fair) < fair / 20),
                    "{count} at {position}: {hits:?}"
                );
            }
        }
    }

    #[test]
    fn positions_choose_independently() {
        let same = (0..10_000)
            .filter(|seed| choose(*seed, 0, 2) == choose(*seed, 1, 2))
            .count();
        assert!((4_700..5_300).contains(&same), "{same} of 10000 agree");
    }
}
