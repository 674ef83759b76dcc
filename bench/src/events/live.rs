//! Events at a steady pace through the API: how soon a program's message of theirs is on its way, and how soon a rule's tag is set.

use super::reached;
use super::traffic_of_guests::{DELIVERED, FIRES, OF_ALL, booked, event, regulars};
use crate::crew::{self, Crew, MIB, Spent};
use crate::figures::{Late, median, p99, rounded};
use crate::print::table;
use crate::progress;
use crate::stage::Stage;
use crate::statements::{self, Statement};
use crate::traffic::{self, Pace, Told};
use anyhow::Result;
use bellhop_domain::EndpointKind;
use bellhop_test_services::Options;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const KIND: EndpointKind = EndpointKind::Fcm;
/// At the least: those whose order is delivered are as many as such events, so that each is tagged once.
const GUESTS: u32 = 20_000;
const OF_A_REQUEST: u32 = 50;
/// What 99 of 100 messages, and tags, are asked to keep, ms.
const FIRST_ATTEMPT_TARGET: f64 = 1_000.0;
const TAG_TARGET: f64 = 5_000.0;

/// What came of it.
pub struct Live {
    told: Told,
    asked_per_second: u32,
    /// Events that fired, and deliveries that had a guest tagged.
    fired: usize,
    tagged: usize,
    /// From the event to the request to the provider.
    first_attempt: Late,
    /// From the event until the tag was there for everybody to see.
    tag: Late,
    spent: BTreeMap<&'static str, Spent>,
    statements: Vec<Statement>,
}

pub async fn run(per_second: u32, seconds: u64) -> Result<Live> {
    progress(&format!("{per_second} events a second for {seconds} s"));
    let pace = Pace {
        events_a_second: per_second,
        of_a_request: OF_A_REQUEST.min(per_second),
        span: Duration::from_secs(seconds),
    };
    let deliveries = u64::from(per_second) * seconds / OF_ALL + 1;
    let guests = GUESTS.max(u32::try_from(deliveries)?);
    // By it the server says when a tag was committed.
    let options = Options::bench().postgres("track_commit_timestamp", "on");
    let stage = Stage::with(options, &[KIND], guests).await?;
    let crew = Crew::start(&stage).await?;
    let program = crew::switch_on(&stage, &booked()).await?;
    crew::add_rule(&stage, &regulars()).await?;
    stage.tidy().await?;
    let spent = crew.spent()?;
    let told = traffic::tell(&crew.api, &crew.key, pace, |number, at| event(number, guests, at)).await?;
    let attempts = reached::attempts(&stage, program, reached::of(told.events, OF_ALL, FIRES)).await?;
    let tags = reached::tags(&stage, reached::of(told.events, OF_ALL, DELIVERED)).await?;
    let spent = crew::between(&spent, &crew.spent()?);
    let statements = statements::over([statements::counted(&stage.database_url).await?.as_slice()]);
    crew.stop().await?;
    stage.strike().await?;
    Ok(Live {
        told,
        asked_per_second: per_second,
        fired: attempts.len(),
        tagged: tags.len(),
        first_attempt: Late::of(&attempts),
        tag: Late::of(&tags),
        spent,
        statements,
    })
}

impl Live {
    fn per_second(&self) -> f64 {
        self.told.events as f64 / self.told.took.as_secs_f64()
    }
}

/// As JSON.
pub fn object(live: &Live) -> Value {
    json!({
        "events": live.told.events,
        "asked_per_second": live.asked_per_second,
        "per_second": live.per_second().round(),
        "answer_ms": { "p50": rounded(median(&live.told.answers)), "p99": rounded(p99(&live.told.answers)) },
        "behind_ms": live.told.behind.as_millis() as u64,
        "fired": live.fired,
        "event_to_first_attempt_ms": live.first_attempt,
        "first_attempt_target_p99_ms": FIRST_ATTEMPT_TARGET,
        "tagged": live.tagged,
        "event_to_tag_ms": live.tag,
        "tag_target_p99_ms": TAG_TARGET,
        "spent": crew::object(&live.spent),
        "statements": statements::object(&live.statements, "event", live.told.events as f64),
    })
}

/// In words and tables.
pub fn print(live: &Live) {
    println!(
        "\n{:.0} events a second for {:.0} s (asked: {}), answered within {:.0} ms (p99); {} fired, {} tagged\n",
        live.per_second(),
        live.told.took.as_secs_f64(),
        live.asked_per_second,
        p99(&live.told.answers),
        live.fired,
        live.tagged
    );
    let late = |name: &str, it: Late, target: f64| {
        let figures = [it.p50, it.p99, it.max, target].map(|ms| format!("{ms:.0}"));
        [vec![name.to_owned()], figures.to_vec()].concat()
    };
    let rows = [
        late("first attempt", live.first_attempt, FIRST_ATTEMPT_TARGET),
        late("tag", live.tag, TAG_TARGET),
    ];
    println!(
        "{}",
        table(&["from the event, ms", "p50", "p99", "max", "asked (p99)"], &rows)
    );
    let spent = live.spent.iter().map(|(name, spent)| {
        let memory = format!("{:.0}", spent.memory as f64 / MIB);
        vec![(*name).to_owned(), format!("{:.1}", spent.cpu.as_secs_f64()), memory]
    });
    println!("{}", table(&["", "CPU s", "peak MiB"], &spent.collect::<Vec<_>>()));
}
