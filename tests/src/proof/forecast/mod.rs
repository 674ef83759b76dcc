//! Compares the forecast with what then happens: numbers send on a virtual clock through the product's own limiter,
//! mailings go beside codes and operators' replies, and there are the nights of time zones, holds, and a number that
//! fails.

mod numbers;
mod stories;

use anyhow::Result;
use bellhop_domain::Timestamp;
use bellhop_rate_limits::forecast::forecast;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{Report, Scale};
use numbers::{Event, Numbers};
use stories::{STORIES, Story};

/// How far a forecast may be wrong, as a share of the mailing's whole duration.
const TOLERATED: f64 = 0.02;
/// After which shares of the mailing a forecast is made, in tenths.
const ASKED_AT: [u64; 5] = [0, 1, 3, 6, 9];
/// 2026-03-02T10:00:00Z, a Monday.
const LAUNCH: Timestamp = Timestamp(1_772_445_600_000);

/// One forecast: how far the mailing was, and what was forecast.
struct Foreseen {
    tenths: u64,
    finish: Option<Timestamp>,
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    let mut worst: f64 = 0.0;
    for (nth, story) in STORIES.iter().enumerate() {
        let mut random = StdRng::seed_from_u64(scale.seed.wrapping_add(nth as u64));
        let messages = scale.pick(story.messages, story.messages / 4);
        report.tell(format!(
            "{}: {messages} messages, and {} urgent ones an hour from each number",
            story.name, story.urgent_per_hour
        ));
        let (foreseen, finish, urgent) = told(story, messages, &mut random).await?;
        let lasted = (finish.0 - LAUNCH.0) as f64;
        let mut wrong: f64 = 0.0;
        for it in foreseen {
            let error = it
                .finish
                .map_or(f64::INFINITY, |at| (at.0 - finish.0).abs() as f64 / lasted);
            report.line(format!(
                "asked after {} tenths: {}, {:.2} % off",
                it.tenths,
                it.finish.map_or_else(|| "never".to_owned(), Timestamp::to_rfc3339),
                error * 100.0
            ));
            wrong = wrong.max(error);
        }
        report.claim(
            &format!("{}: every forecast within 2 % of the duration", story.name),
            wrong <= TOLERATED,
            format!(
                "ended {}, after {:.1} h with {urgent} urgent messages between; at most {:.2} % off",
                finish.to_rfc3339(),
                lasted / 3_600_000.0,
                wrong * 100.0
            ),
        );
        worst = worst.max(wrong);
    }
    report.figure("stories", STORIES.len());
    report.figure("worst_error", (worst * 10_000.0).round() / 10_000.0);
    Ok(())
}

/// Plays a story to its end; returns the forecasts made on the way, the end, and how many urgent messages went out.
async fn told(story: &Story, messages: u64, random: &mut StdRng) -> Result<(Vec<Foreseen>, Timestamp, u64)> {
    let mut numbers = Numbers::of(story, messages, LAUNCH, random)?;
    let (mut now, mut urgent) = (LAUNCH, 0);
    let mut foreseen = Vec::new();
    let mut asked = ASKED_AT.iter().peekable();
    let mut falls_out = story.falls_out_at_tenth;
    loop {
        let sent = messages - numbers.left();
        if falls_out.is_some_and(|tenth| sent * 10 >= tenth * messages) {
            falls_out = None;
            numbers.stop_first();
            // Earlier forecasts could not know of it.
            foreseen.clear();
        }
        while let Some(tenths) = asked.next_if(|tenths| sent * 10 >= **tenths * messages) {
            let finish = forecast(&numbers.task(), now).finish;
            foreseen.push(Foreseen {
                tenths: *tenths,
                finish,
            });
        }
        let (at, event) = numbers.next().await?;
        now = at;
        if let Event::Urgent(count) = event {
            urgent += count;
        }
        if numbers.left() == 0 {
            return Ok((foreseen, now, urgent));
        }
    }
}
