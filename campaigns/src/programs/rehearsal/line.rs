//! One guest's line through one program: what comes is met in its order on a virtual clock, by the rules that dispatchers ask.
//!
//! What a dispatcher leaves to the store is here in memory: firings are made, restarted and cancelled as
//! [`change`](bellhop_programs::engine::change) says, which is what the store's statements do.

use super::as_of::AsOf;
use super::heard::Heard;
use crate::programs::{AHEAD, ByDates, ByDefinition, LiveProgram, ROUND, asked};
use bellhop_domain::retention::Thresholds;
use bellhop_domain::{CustomerId, EndpointId, EndpointKind, FiringId, Timestamp, Zone};
use bellhop_programs::definition::Trigger;
use bellhop_programs::engine::{self, Change, Firing, FiringState, Occasion, Reason, Step};
use bellhop_store::programs::{Calendar, DueFiring, KnownFiring, ProgramState, Rule, Verdict};
use std::time::Duration;

/// Where nothing is planned, a date may come near by itself: it is looked again after so many rounds.
const LOOK_AGAIN: i64 = 6;

/// The time that is played, and from when on the program is on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Rounds of the calendar and events are played from then on, so that what waits at `from` is known.
    pub begin: Timestamp,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// What became of a firing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    Waits,
    Sent {
        step: u16,
        kind: EndpointKind,
        endpoint: EndpointId,
        given: Option<String>,
    },
    Skipped(Reason),
    Cancelled(Reason),
}

/// A firing of the guest, as it is played.
#[derive(Debug, Clone)]
pub(super) struct Played {
    pub firing: Firing,
    pub fired_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub given: Option<String>,
    pub end: End,
}

pub(super) struct Line<'a> {
    pub live: &'a LiveProgram,
    pub rule: &'a ByDefinition<'a>,
    pub guest: &'a AsOf<'a>,
    pub zone: &'a Zone,
    /// Of guests who have none.
    pub default_zone: &'a Zone,
    pub thresholds: Thresholds,
    pub window: Window,
    pub firings: Vec<Played>,
}

/// What comes next; of one instant, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Event(usize),
    Round,
    Due,
}

impl Line<'_> {
    /// Plays the guest to the end of the time.
    pub fn play(mut self, heard: &[Heard]) -> Vec<Played> {
        let (mut event, mut round) = (0, self.arms().then_some(self.window.begin));
        let mut now = self.window.begin;
        while let Some((at, next)) = self.next(heard, event, round) {
            now = now.max(at);
            let at = now;
            match next {
                Next::Event(number) => {
                    self.hear(&heard[number], at);
                    event = number + 1;
                }
                Next::Round => round = self.arm(at),
                Next::Due => {
                    self.let_go(at);
                    // What the calendar has next is planned by a later round.
                    if self.arms() {
                        let after = self.round_from(Timestamp(at.0 + 1));
                        round = Some(round.map_or(after, |round| round.min(after)));
                    }
                }
            }
        }
        self.firings
    }

    fn arms(&self) -> bool {
        self.live.known.is_by_date() && self.live.program.state == ProgramState::On
    }

    fn next(&self, heard: &[Heard], event: usize, round: Option<Timestamp>) -> Option<(Timestamp, Next)> {
        let event = heard.get(event).map(|it| (it.came_at, Next::Event(event)));
        let due = self
            .waiting()
            .map(|it| (it.firing.due_at.max(it.fired_at), Next::Due))
            .min();
        let all = [event, round.map(|at| (at, Next::Round)), due];
        all.into_iter()
            .flatten()
            .min()
            .filter(|(at, _)| *at < self.window.until)
    }

    fn waiting(&self) -> impl Iterator<Item = &Played> {
        self.firings.iter().filter(|it| it.firing.state == FiringState::Waiting)
    }

    fn hear(&mut self, it: &Heard, at: Timestamp) {
        for asked in asked(&it.event, it.came_at, self.zone, std::iter::once(self.live)) {
            let audience = self.live.known.definition.audience.as_ref();
            if !asked.cancels() && audience.is_some_and(|audience| !self.guest.holds(audience, at)) {
                continue;
            }
            let given = asked.given(self.zone);
            self.change(&asked.step, it.event.number, given, at);
        }
    }

    fn change(&mut self, step: &Step, event: i64, given: Option<String>, at: Timestamp) {
        let firings: Vec<Firing> = self.firings.iter().map(|it| it.firing.clone()).collect();
        match engine::change(step, event, &firings) {
            Change::Keep => {}
            Change::Add { occasion, due_at } => self.add(occasion, due_at, event, given, at),
            Change::Move { occasion, due_at } => {
                for it in self.firings.iter_mut().filter(|it| it.firing.occasion == occasion) {
                    (it.firing.due_at, it.firing.last_event) = (due_at, event);
                    it.given.clone_from(&given);
                }
            }
            Change::Cancel { occasions } => self.cancel(&occasions, Reason::CancelledByEvent, at),
        }
    }

    fn add(&mut self, occasion: Occasion, due_at: Timestamp, last_event: i64, given: Option<String>, at: Timestamp) {
        self.firings.push(Played {
            firing: Firing {
                occasion,
                state: FiringState::Waiting,
                due_at,
                last_event,
            },
            fired_at: at,
            decided_at: None,
            given,
            end: End::Waits,
        });
    }

    fn cancel(&mut self, occasions: &[Occasion], reason: Reason, at: Timestamp) {
        let waits = |it: &&mut Played| it.firing.state == FiringState::Waiting;
        for it in self.firings.iter_mut().filter(waits) {
            if occasions.contains(&it.firing.occasion) {
                it.decide(FiringState::Cancelled, End::Cancelled(reason), at);
            }
        }
    }

    /// A round of the calendar; when the next one is that may find something.
    fn arm(&mut self, at: Timestamp) -> Option<Timestamp> {
        let until = at.plus(AHEAD).plus(ROUND);
        let rule = ByDates::at(
            &self.live.known,
            self.default_zone.clone(),
            self.thresholds,
            self.live.program.switched_at,
            at,
            Timestamp(i64::MAX),
        );
        let known = self.firings.iter().map(known_firing).collect();
        let plan = rule.plan(&self.guest.dated(at, &self.thresholds, known));
        let cancel: Vec<Occasion> = plan.cancel.into_iter().map(Occasion).collect();
        self.cancel(&cancel, Reason::Replanned, at);
        if let Some((occasion, due_at)) = plan.retime {
            let moved = |it: &&mut Played| it.firing.occasion.as_str() == occasion;
            self.firings
                .iter_mut()
                .filter(moved)
                .for_each(|it| it.firing.due_at = due_at);
        }
        let news = self.guest.news_of_dates().filter(|it| *it > at).min();
        let mut look = news.map(|it| self.round_from(it));
        let mut sooner = |round: Timestamp| look = Some(look.map_or(round, |it| it.min(round)));
        match plan.add {
            Some((occasion, due_at)) if due_at < until => self.add(Occasion(occasion), due_at, 0, None, at),
            // It is armed by the first round that it falls into.
            Some((_, due_at)) => sooner(self.round_from(Timestamp(due_at.minus(AHEAD + ROUND).0 + 1))),
            None if self.waiting().next().is_none() && self.comes_near_by_itself() => {
                sooner(self.round_from(Timestamp(at.0 + (LOOK_AGAIN - 1) * each_round() + 1)));
            }
            None => {}
        }
        look
    }

    fn comes_near_by_itself(&self) -> bool {
        matches!(self.live.known.definition.trigger, Trigger::Retention(_))
    }

    /// The first round at or after an instant.
    fn round_from(&self, at: Timestamp) -> Timestamp {
        let begin = self.window.begin.0;
        let rounds = (at.0 - begin).max(0).saturating_add(each_round() - 1) / each_round();
        Timestamp(begin + rounds * each_round())
    }

    fn let_go(&mut self, at: Timestamp) {
        let last_sent = self.last_sent();
        let due = |it: &Played| it.firing.state == FiringState::Waiting && it.firing.due_at.max(it.fired_at) <= at;
        let mut due: Vec<usize> = (0..self.firings.len()).filter(|i| due(&self.firings[*i])).collect();
        due.sort_by_key(|i| self.firings[*i].firing.due_at);
        let Some(first) = due.first().copied() else { return };
        let it = &self.firings[first];
        let firing = due_firing(it, self.guest.customer(), last_sent);
        let standing = self.guest.standing(self.rule.guard(), at);
        let verdict = self.rule.decide(&firing, Some(&standing), at);
        let it = &mut self.firings[first];
        match verdict {
            Verdict::Send {
                step,
                kind,
                endpoint,
                given,
                ..
            } => {
                let end = End::Sent {
                    step,
                    kind,
                    endpoint,
                    given,
                };
                it.decide(FiringState::Sent, end, at);
            }
            Verdict::Skip(code) => {
                let reason = Reason::from_code(code.0).unwrap_or(Reason::Guard);
                it.decide(FiringState::Skipped, End::Skipped(reason), at);
            }
            Verdict::Wait(until) => it.firing.due_at = until,
        }
    }

    fn last_sent(&self) -> Option<Timestamp> {
        let sent = self.firings.iter().filter(|it| it.firing.state == FiringState::Sent);
        sent.filter_map(|it| it.decided_at).max()
    }
}

impl Played {
    fn decide(&mut self, state: FiringState, end: End, at: Timestamp) {
        self.firing.state = state;
        self.decided_at = Some(at);
        self.end = end;
    }
}

/// From the beginning of one round to that of the next: more than what a round arms has gone.
fn each_round() -> i64 {
    millis(ROUND) + 1
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

fn known_firing(it: &Played) -> KnownFiring {
    KnownFiring {
        occasion: it.firing.occasion.to_string(),
        state: bellhop_store::programs::FiringState::from_code(it.firing.state.code())
            .unwrap_or(bellhop_store::programs::FiringState::Waiting),
        due_at: it.firing.due_at,
        last_event: it.firing.last_event,
    }
}

fn due_firing(it: &Played, customer: CustomerId, sent_before: Option<Timestamp>) -> DueFiring {
    DueFiring {
        id: FiringId(0),
        customer,
        occasion: it.firing.occasion.to_string(),
        fired_at: it.fired_at,
        due_at: it.firing.due_at,
        sent_before,
        lets_go: true,
        given: it.given.clone(),
    }
}
