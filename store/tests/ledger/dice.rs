//! What is drawn by a seed: numbers, choices, outcomes, guests.

use crate::world::*;
use bellhop_domain::{Channel, Outcome};

/// SplitMix64.
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    pub fn pick<T>(&mut self, of: &mut Vec<T>) -> Option<T> {
        (!of.is_empty()).then(|| of.swap_remove(self.below(of.len() as u64) as usize))
    }

    pub fn outcome(&mut self) -> Outcome {
        let why = || "dice".to_owned();
        match self.below(10) {
            0 => Outcome::Retry {
                after: None,
                why: why(),
            },
            1 => gone(),
            2 => Outcome::Unknown { why: why() },
            3 => Outcome::Failed { why: why() },
            _ => accepted_as(Some(&format!("g-{}", self.below(1 << 40)))),
        }
    }
}

/// Guests with an app, a phone or both; some say no, a few are blacklisted.
pub async fn people(world: &World, dice: &mut Dice, guests: i64) {
    for id in 1..=guests {
        let token = format!("t{id}");
        // Some share a phone.
        let phone = format!("+{}", dice.below(guests as u64 * 2));
        let who = Who {
            token: (dice.below(3) > 0).then_some(&token),
            phone: (dice.below(4) > 0).then_some(&phone),
            refuses: if dice.below(8) == 0 { Channel::Sms.bit() } else { 0 },
            blacklisted: dice.below(16) == 0,
            ..Who::default()
        };
        world.guest(id, who).await;
    }
}
