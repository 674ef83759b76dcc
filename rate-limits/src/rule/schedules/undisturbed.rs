//! If nothing disturbs a sender, it uses all that the limits allow, and evenly.

use super::*;

/// What a sender did in undisturbed hours: the instants of its grants, each permit one.
fn undisturbed(spec: &RateSpec, rank: i64, late: i64, hours: i64) -> Vec<i64> {
    let parameters = parameters(spec);
    let epoch = Epoch {
        since: START,
        shared: false,
    };
    let mut memories = [None];
    let _ = restore(&mut memories[0], &parameters, &[], START, epoch);
    let (mut now, mut grants, mut chance) = (START, Vec::new(), 7i64);
    while now < START + hours * HOUR {
        chance = (chance * 48_271) % 2_147_483_647;
        let ask = Ask {
            rank,
            wanted: 100,
            jitter: chance % 1000,
        };
        match take(&[&parameters], &mut memories, ask, now, epoch) {
            TakeAnswer::Granted { permits, wait, .. } => {
                grants.extend((0..permits).map(|_| now));
                now += wait + late;
            }
            TakeAnswer::Lost { .. } => panic!("lost without a loss"),
        }
    }
    grants
}

#[test]
fn what_the_limits_allow_is_used_and_evenly() {
    println!(
        "{:>20} {:>14} {:>7} {:>9} {:>10} {:>10} {:>6}",
        "rates", "who", "late ms", "used", "spacing s", "gap s", "burst"
    );
    for (spec, hours) in [
        ("10/min,100/h", 48),
        ("10/min", 10),
        ("80/s", 1),
        ("1000/day", 96),
        ("20000/min", 1),
    ] {
        for (rank, who) in [(2, "marketing"), (1, "transactional")] {
            for late in [0, 500] {
                let spec: RateSpec = spec.parse().unwrap();
                let shortest = spec.limits().iter().map(|limit| limit.span()).min().unwrap();
                // Relative to the shortest span: 2 ms for a second, at most 20 ms.
                let late = (late * 4 * shortest.as_secs() as i64).min(40 * late);
                let parameters = parameters(&spec);
                let grants = undisturbed(&spec, rank, late, hours);
                // The tightest limit over W + life, less the reserve.
                let rate = spec.limits().iter().map(|limit| {
                    let permits = f64::from(limit.permits());
                    let allowed = if rank == 2 {
                        permits - (permits * 0.1).floor()
                    } else {
                        permits
                    };
                    allowed / (limit.span().as_micros() as f64 + parameters.life as f64)
                });
                let rate = rate.fold(f64::INFINITY, f64::min);
                let elapsed = (grants[grants.len() - 1] - START) as f64;
                let used = grants.len() as f64 / (rate * elapsed);
                let spacing = 1.0 / rate;
                let gap = grants.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
                let burst = most_within(&grants, spacing as i64 - 1);
                println!(
                    "{:>20} {who:>14} {:>7} {:>8.2}% {:>10.3} {:>10.3} {burst:>6}",
                    spec.to_string(),
                    late / 1000,
                    used * 100.0,
                    spacing / 1e6,
                    gap as f64 / 1e6
                );
                // A window that starts with the first message does not count what follows the last whole window.
                assert!(used >= 0.99, "{spec} {who}: only {used} used");
                if rank == 2 && spacing > 1e6 {
                    assert!(gap as f64 <= 2.0 * spacing, "{spec}: a gap of {gap} us");
                    assert!(burst <= 2, "{spec}: {burst} within one spacing");
                }
            }
        }
    }
}

fn most_within(grants: &[i64], span: i64) -> usize {
    (grants.iter().enumerate())
        .map(|(first, start)| grants[first..].iter().take_while(|at| **at <= start + span).count())
        .max()
        .unwrap_or(0)
}
