//! Numbers that ask the limiter when it told them to, on a virtual clock.

use anyhow::{Result, bail, ensure};
use bellhop_domain::{OrgId, Timestamp};
use bellhop_rate_limits::forecast::{Number, Task};
use bellhop_rate_limits::{Decision, Limiter, Local, Pacing, Request, Restored, Scope, ScopeKey, Urgency};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::stories::Story;

const HOUR_MS: i64 = 3_600_000;

/// What went out.
pub enum Event {
    Marketing(u64),
    Urgent(u64),
}

struct Line {
    number: Number,
    scope: Scope,
    stopped: bool,
    /// When the limiter may have something for the mailing.
    marketing_at: Timestamp,
    /// When the next urgent message comes up, or may leave.
    urgent_at: Timestamp,
}

pub struct Numbers {
    limiter: Local,
    lines: Vec<Line>,
    closed: Vec<(Timestamp, Timestamp)>,
    urgent_per_hour: u32,
    random: StdRng,
}

impl Numbers {
    pub fn of(story: &Story, launch: Timestamp, random: &mut StdRng) -> Result<Self> {
        let lines = story.numbers.iter().map(|(name, rates, hours)| {
            let number = Number {
                name: (*name).to_owned(),
                rates: rates.parse()?,
                warm_up: None,
                free_from: after(launch, *hours),
            };
            Ok(Line {
                scope: Scope::new(
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
            closed: closed(story, launch),
            urgent_per_hour: story.urgent_per_hour,
            random: StdRng::seed_from_u64(random.random()),
        })
    }

    /// What the forecast is asked.
    pub fn task(&self, messages: u64, story: &Story, launch: Timestamp) -> Task {
        Task {
            messages,
            numbers: self
                .lines
                .iter()
                .filter(|line| !line.stopped)
                .map(|line| line.number.clone())
                .collect(),
            shared: Vec::new(),
            pacing: Pacing::default(),
            closed: closed(story, launch),
            deadline: None,
        }
    }

    pub fn stop_first(&mut self) {
        self.lines[0].stopped = true;
    }

    /// The next that goes out, and when.
    pub async fn next(&mut self, left: u64) -> Result<(Timestamp, Event)> {
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
                false => self.marketing(nth, now, left).await?.map(Event::Marketing),
            };
            if let Some(event) = sent {
                return Ok((now, event));
            }
        }
    }

    fn open_from(&self, at: Timestamp) -> Timestamp {
        let night = self.closed.iter().find(|(from, to)| *from <= at && at < *to);
        night.map_or(at, |(_, to)| *to)
    }

    async fn urgent(&mut self, nth: usize, now: Timestamp) -> Result<Option<u64>> {
        let mean = HOUR_MS / i64::from(self.urgent_per_hour.max(1));
        Ok(match self.take(nth, now, Urgency::Transactional, 1).await? {
            (0, again) => {
                self.lines[nth].urgent_at = again;
                None
            }
            (sent, _) => {
                // As people write: at any moment, on average so many.
                let wait = self.random.random_range(0..=2 * mean);
                self.lines[nth].urgent_at = Timestamp(now.0 + wait.max(1));
                Some(sent)
            }
        })
    }

    async fn marketing(&mut self, nth: usize, now: Timestamp, left: u64) -> Result<Option<u64>> {
        let wanted = u32::try_from(left).unwrap_or(u32::MAX);
        let (sent, again) = self.take(nth, now, Urgency::Marketing, wanted).await?;
        self.lines[nth].marketing_at = again;
        Ok((sent > 0).then_some(sent))
    }

    /// What is granted, and when to ask again.
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

fn closed(story: &Story, launch: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let night = |(from, to): &(i64, i64)| (after(launch, *from), after(launch, *to));
    story.closed.iter().map(night).collect()
}

fn after(launch: Timestamp, hours: i64) -> Timestamp {
    Timestamp(launch.0 + hours * HOUR_MS)
}
