//! Numbers that ask the limiter at the instants that it named, on a virtual clock.

use anyhow::{Result, bail, ensure};
use bellhop_domain::{OrgId, Timestamp};
use bellhop_rate_limits::forecast::{Number, Part, Task};
use bellhop_rate_limits::{Decision, LimitScope, Limiter, Local, Pacing, Request, Restored, ScopeKey, Urgency};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::stories::Story;

const HOUR_MS: i64 = 3_600_000;

/// What went out.
pub enum Event {
    Marketing,
    Urgent(u64),
}

struct Line {
    number: Number,
    scope: LimitScope,
    stopped: bool,
    /// When the limiter may grant something for the mailing.
    marketing_at: Timestamp,
    /// When the next urgent message is requested, or may leave.
    urgent_at: Timestamp,
}

pub struct Numbers {
    limiter: Local,
    lines: Vec<Line>,
    /// What is left to send, by the time zone of the guests.
    zones: Vec<Part>,
    urgent_per_hour: u32,
    random: StdRng,
}

impl Numbers {
    pub fn of(story: &Story, messages: u64, launch: Timestamp, random: &mut StdRng) -> Result<Self> {
        let lines = story.numbers.iter().map(|(name, rates, hours)| {
            let number = Number {
                name: (*name).to_owned(),
                rates: rates.parse()?,
                warm_up: None,
                free_from: after(launch, *hours),
            };
            Ok(Line {
                scope: LimitScope::new(
                    ScopeKey::sender(OrgId(1), name),
                    number.rates.clone(),
                    Pacing::default(),
                ),
                stopped: false,
                marketing_at: number.free_from,
                urgent_at: number.free_from,
                number,
            })
        });
        Ok(Self {
            limiter: Local::new(),
            lines: lines.collect::<Result<_>>()?,
            zones: zones(story, messages, launch),
            urgent_per_hour: story.urgent_per_hour,
            random: StdRng::seed_from_u64(random.random()),
        })
    }

    /// The task that is forecast.
    pub fn task(&self) -> Task {
        Task {
            parts: self.zones.clone(),
            numbers: self
                .lines
                .iter()
                .filter(|line| !line.stopped)
                .map(|line| line.number.clone())
                .collect(),
            shared: Vec::new(),
            ceiling: None,
            pacing: Pacing::default(),
            deadline: None,
        }
    }

    pub fn stop_first(&mut self) {
        self.lines[0].stopped = true;
    }

    /// The next message that goes out, and when.
    pub async fn next(&mut self) -> Result<(Timestamp, Event)> {
        loop {
            let candidates = self.lines.iter().enumerate().filter(|(_, line)| !line.stopped);
            let next = candidates
                .flat_map(|(nth, line)| {
                    [
                        (line.urgent_at, nth, true),
                        (self.open_from(line.marketing_at), nth, false),
                    ]
                })
                .min();
            let Some((now, nth, urgent)) = next else {
                bail!("no number is left");
            };
            let sent = match urgent {
                true => self.urgent(nth, now).await?.map(Event::Urgent),
                false => self.marketing(nth, now).await?.then_some(Event::Marketing),
            };
            if let Some(event) = sent {
                return Ok((now, event));
            }
        }
    }

    pub fn left(&self) -> u64 {
        self.zones.iter().map(|zone| zone.messages).sum()
    }

    /// When the first of those who still wait may be written to.
    fn open_from(&self, at: Timestamp) -> Timestamp {
        let waiting = self.zones.iter().filter(|zone| zone.messages > 0);
        waiting.map(|zone| open_from(zone, at)).min().unwrap_or(at)
    }

    async fn urgent(&mut self, nth: usize, now: Timestamp) -> Result<Option<u64>> {
        let mean = HOUR_MS / i64::from(self.urgent_per_hour.max(1));
        Ok(match self.take(nth, now, Urgency::Transactional, 1).await? {
            (0, again) => {
                self.lines[nth].urgent_at = again;
                None
            }
            (sent, _) => {
                // As people write: at random moments, with this average.
                let wait = self.random.random_range(0..=2 * mean);
                self.lines[nth].urgent_at = Timestamp(now.0 + wait.max(1));
                Some(sent)
            }
        })
    }

    async fn marketing(&mut self, nth: usize, now: Timestamp) -> Result<bool> {
        let awake = self.zones.iter().filter(|zone| open_from(zone, now) <= now);
        let wanted: u64 = awake.map(|zone| zone.messages).sum();
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        let (sent, again) = self.take(nth, now, Urgency::Marketing, wanted).await?;
        self.lines[nth].marketing_at = again;
        for _ in 0..sent {
            self.one_leaves(now);
        }
        Ok(sent > 0)
    }

    /// Any guest who may be written to can be the next, because batches are made in the order of guests, not of
    /// zones.
    fn one_leaves(&mut self, now: Timestamp) {
        let awake = || self.zones.iter().filter(|zone| open_from(zone, now) <= now);
        let all: u64 = awake().map(|zone| zone.messages).sum();
        let mut place = self.random.random_range(0..all.max(1));
        for zone in self.zones.iter_mut().filter(|zone| open_from(zone, now) <= now) {
            if place < zone.messages {
                zone.messages -= 1;
                return;
            }
            place -= zone.messages;
        }
    }

    /// Returns what is granted, and when to ask again.
    async fn take(&mut self, nth: usize, now: Timestamp, urgency: Urgency, wanted: u32) -> Result<(u64, Timestamp)> {
        let jitter = self.random.random_range(0..1_000);
        let scope = self.lines[nth].scope.clone();
        let request = Request {
            scopes: std::slice::from_ref(&scope),
            urgency,
            wanted,
            jitter,
        };
        Ok(match self.limiter.take(&request, now).await? {
            Decision::Granted { permits, ask_again, .. } => (u64::from(permits), ask_again.unwrap_or(now)),
            Decision::NotBefore(again) => {
                ensure!(again > now, "asked again at once");
                (0, again)
            }
            Decision::Lost(_) => {
                // The numbers have no past.
                match self.limiter.restore(&scope, &[], now).await? {
                    Restored::Open => (0, now),
                    Restored::TooEarly(at) => (0, at),
                }
            }
        })
    }
}

fn zones(story: &Story, messages: u64, launch: Timestamp) -> Vec<Part> {
    let zones = story.zones.iter().map(|(of_a_hundred, closed)| Part {
        messages: messages * of_a_hundred / 100,
        closed: (closed.iter())
            .map(|(from, to)| (after(launch, *from), after(launch, *to)))
            .collect(),
    });
    zones.collect()
}

fn open_from(zone: &Part, at: Timestamp) -> Timestamp {
    let night = zone.closed.iter().find(|(from, to)| *from <= at && at < *to);
    night.map_or(at, |(_, to)| *to)
}

fn after(launch: Timestamp, hours: i64) -> Timestamp {
    Timestamp(launch.0 + hours * HOUR_MS)
}
