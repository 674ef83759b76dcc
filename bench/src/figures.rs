//! Medians and percentiles.

use serde::Serialize;

/// How late things were, milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Late {
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
}

impl Late {
    pub fn of(all: &[f64]) -> Self {
        Self {
            p50: rounded(percentile(all, 50)),
            p99: rounded(p99(all)),
            max: rounded(percentile(all, 100)),
        }
    }
}

/// The middle value, or the mean of the two in the middle; 0 if there are none.
pub fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// The smallest value that at least 95 of 100 values do not exceed; 0 if there are none.
pub fn p95(values: &[f64]) -> f64 {
    percentile(values, 95)
}

/// The same for 99 of 100.
pub fn p99(values: &[f64]) -> f64 {
    percentile(values, 99)
}

fn percentile(values: &[f64], of_a_hundred: usize) -> f64 {
    let sorted = sorted(values);
    let rank = (sorted.len() * of_a_hundred).div_ceil(100);
    rank.checked_sub(1).map_or(0.0, |index| sorted[index])
}

/// Rounds to two decimals, for JSON that people read.
pub fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middles_and_tails() {
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        for (values, middle, tail) in [
            (&[][..], 0.0, 0.0),
            (&[7.0][..], 7.0, 7.0),
            (&[3.0, 1.0, 2.0][..], 2.0, 3.0),
            (&hundred[..], 50.5, 95.0),
        ] {
            assert_eq!((median(values), p95(values)), (middle, tail));
        }
        assert_eq!(p99(&hundred), 99.0);
        let late = Late {
            p50: 50.0,
            p99: 99.0,
            max: 100.0,
        };
        assert_eq!((Late::of(&hundred), Late::of(&[])), (late, Late::default()));
        assert_eq!(rounded(0.5249), 0.52);
    }
}
