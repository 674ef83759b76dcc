//! How far a new number is with its warm-up, as people read it.

use crate::Sender;
use bellhop_domain::Timestamp;
use bellhop_domain::warm_up::Progress;
use bellhop_rate_limits::warm_up::Stage;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warming {
    /// `new` until a worker first uses it, `resting` on its first day, `warming`, or `full`.
    pub stage: &'static str,
    /// Counted from 0; `None` of a new one.
    pub day: Option<u32>,
    /// When that day began.
    pub since: Option<Timestamp>,
    /// Messages of each day of the ramp; the first of them is day 1.
    pub ceilings: Vec<u32>,
}

impl Warming {
    /// `None` for a sender that needs no warm-up.
    pub fn of(sender: &Sender, progress: Option<Progress>) -> Option<Self> {
        let ramp = sender.warm_up.as_ref()?;
        let stage = match progress.map(|it| ramp.stage(it)) {
            None => "new",
            Some(Stage::Rests { .. }) => "resting",
            Some(Stage::Ceiling(_)) => "warming",
            Some(Stage::Full) => "full",
        };
        Some(Self {
            stage,
            day: progress.map(|it| it.day),
            since: progress.map(|it| it.since),
            ceilings: ramp.ceilings().iter().map(|it| it.get()).collect(),
        })
    }
}
