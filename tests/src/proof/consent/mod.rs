//! A guest says no, in every wording, on every kind of address, at every moment: no marketing attempt to that address begins
//! after the no was acknowledged.

mod desks;
mod erased;
mod guest;
mod lists;
mod stage;
mod voices;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use bellhop_domain::Timestamp;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use super::{Report, Scale};
use crate::fleet::Fleet;
use crate::patience::eventually;
use desks::Desks;
use guest::{Guest, Moment, Voice};
use stage::Addresses;
use voices::Voices;

const ROLES: [&str; 4] = ["api-1", "dispatcher-1", "worker-1", "worker-2"];
const PATIENCE: Duration = Duration::from_secs(300);
/// Guests who speak at the same time.
const AT_ONCE: usize = 6;

/// When each guest's no was acknowledged.
type Said = BTreeMap<u32, Timestamp>;

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("waiting for PostgreSQL, RabbitMQ and Redis");
    let (_cluster, servers) = scale.servers().await?;
    let addresses = Addresses::free()?;
    let secrets = tempfile::Builder::new().prefix("bellhop-proof-").tempdir()?;
    stage::write_secrets(secrets.path())?;
    let edit = |config: &mut serde_json::Value| {
        addresses.add_senders(config, secrets.path(), scale.pick("10/s", "4/s"));
    };
    let fleet = Fleet::prepare_with(&servers, &stage::settings(scale), &ROLES, edit).await?;
    fleet.supervised(story(scale, report, &fleet)).await
}

async fn story(scale: Scale, report: &mut Report, fleet: &Fleet) -> Result<()> {
    let guests = Guest::all(scale.pick(1_320, 264));
    fleet.start_roles().await?;
    fleet.serves().await?;
    let voices = Voices {
        client: reqwest::Client::builder().timeout(Duration::from_secs(60)).build()?,
        api: fleet.api.clone(),
        smsc: fleet.simulator.root().to_owned(),
    };
    let mut said = speak(&voices, &guests, Moment::BeforeTheCard).await?;
    report.tell(format!(
        "{} have said no before anybody has a card of theirs",
        said.len()
    ));
    said.extend(import_while_they_speak(scale, report, fleet, &voices, &guests).await?);
    lists::register_chats(fleet, &voices, &guests, "guest").await?;
    said.extend(speak(&voices, &guests, Moment::BeforeTheSecondCard).await?);
    let second: Vec<_> = of(&guests, Moment::BeforeTheSecondCard).collect();
    lists::import(fleet, "second.csv", &second, "second", "yes", 0).await?;
    lists::register_chats(fleet, &voices, second.iter().copied(), "second").await?;
    report.tell(format!("{} have a second card that says yes", second.len()));

    let desks = Desks::open(fleet, &voices).await?;
    let program = switch_on_program(fleet).await?;
    let first = fleet.create(&stage::advertisement("first")).await?;
    fleet.mailing("launch", first).await?;
    let begun = async || Ok((fleet.ledger.sent(first).await? >= 12).then_some(()));
    eventually("the mailing is under way", PATIENCE, begun).await?;
    report.tell("the mailing is under way; the rest say what they say");
    // The program is fired for everybody; whose firing is let go after their no gets nothing of it either.
    desks.fire(&guests).await?;
    let known = fleet.ledger.endpoints().await?;
    let (file, ledger, desk, told) = tokio::join!(
        lists::killed_import(scale, fleet, &guests),
        desks::import_ledger(fleet, &guests),
        desks.speak(&guests),
        speak_in_mid_mailing(&voices, &guests)
    );
    for some in [file, ledger, desk, told] {
        said.extend(some?);
    }
    fleet.finished(first, scale.patience()).await?;
    let second = fleet.create(&stage::advertisement("second")).await?;
    fleet.mailing("launch", second).await?;
    fleet.finished(second, scale.patience()).await?;
    let decided = async || Ok((fleet.ledger.undecided().await? == 0).then_some(()));
    eventually("every firing is decided", scale.patience(), decided).await?;
    let over = async || Ok((fleet.ledger.erasing().await? == 0).then_some(()));
    eventually("the ledger is gone through", scale.patience(), over).await?;
    report.tell("both mailings have finished, and the program has let go");
    verdict(report, fleet, &guests, &said, [first, second], &known).await?;
    let late = after_the_no(fleet, &guests, &said, program, &known).await?;
    report.claim(
        "no message of a program begins after the no was acknowledged",
        late.violations == 0 && late.begun > 0,
        format!("{} of {} attempts after a no", late.violations, late.begun),
    );
    erased::search(report, fleet, &guests).await
}

/// A marketing program that sends whoever has played the quiz an advertisement some seconds later.
async fn switch_on_program(fleet: &Fleet) -> Result<i64> {
    let file = fleet.folder().join("program.json");
    std::fs::write(&file, stage::program().to_string())?;
    let created = fleet
        .bellhop
        .json(&["program", "create", &file.to_string_lossy()])
        .await?;
    let id = created["id"].as_i64().with_context(|| format!("no id: {created}"))?;
    fleet.bellhop.run(&["program", "on", &id.to_string()]).await?;
    fleet.ledger.mailing_of_program(id).await
}

/// What began of a mailing.
struct Begun {
    begun: usize,
    violations: usize,
}

async fn after_the_no(
    fleet: &Fleet,
    guests: &[Guest],
    said: &Said,
    mailing: i64,
    known: &BTreeMap<i64, String>,
) -> Result<Begun> {
    let by_address: BTreeMap<String, &Guest> = guests.iter().map(|guest| (guest.address(), guest)).collect();
    let starts = fleet.ledger.starts(mailing).await?;
    let mut violations = 0;
    for (address, started_at) in &starts {
        let guest = by_address
            .get(as_it_was(address, known))
            .context("an attempt to nobody's address")?;
        violations += usize::from(said.get(&guest.number).is_some_and(|at| *started_at > at.0));
    }
    Ok(Begun {
        begun: starts.len(),
        violations,
    })
}

/// An erasure leaves the number of an address alone.
fn as_it_was<'a>(address: &'a str, known: &'a BTreeMap<i64, String>) -> &'a str {
    let number = address.strip_prefix("erased:").and_then(|number| number.parse().ok());
    number
        .and_then(|number: i64| known.get(&number))
        .map_or(address, String::as_str)
}

fn of(guests: &[Guest], moment: Moment) -> impl Iterator<Item = &Guest> {
    guests.iter().filter(move |guest| guest.moment == moment)
}

/// All guests of a moment say it, several at the same time.
async fn speak(voices: &Voices, guests: &[Guest], moment: Moment) -> Result<Said> {
    let edits = moment == Moment::ByAnEdit;
    // Those whose messages come last speak first, so that there is something to stop.
    let speakers: Vec<_> = of(guests, moment).collect();
    stream::iter(speakers.into_iter().rev())
        .map(|guest| async move {
            if edits {
                voices.tell(guest, "Спасибо, очень вкусно", false).await?;
            }
            Ok((guest.number, voices.tell(guest, guest.says(), edits).await?))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn speak_in_mid_mailing(voices: &Voices, guests: &[Guest]) -> Result<Said> {
    let (mut said, edited, other) = tokio::try_join!(
        speak(voices, guests, Moment::InMidMailing),
        speak(voices, guests, Moment::ByAnEdit),
        speak(voices, guests, Moment::Ordinary),
    )?;
    said.extend(edited);
    drop(other);
    Ok(said)
}

async fn import_while_they_speak(
    scale: Scale,
    report: &Report,
    fleet: &Fleet,
    voices: &Voices,
    guests: &[Guest],
) -> Result<Said> {
    let all: Vec<_> = guests.iter().collect();
    let import = async {
        lists::import(fleet, "guests.csv", &all, "guest", "yes", scale.pick(60_000, 6_000)).await?;
        Ok(Timestamp::now())
    };
    let (ended, said) = tokio::try_join!(import, speak(voices, guests, Moment::WhileImporting))?;
    let meanwhile = said.values().filter(|at| **at < ended).count();
    report.tell(format!(
        "{} guests imported, all with a yes; {meanwhile} of {} have said no meanwhile",
        guests.len(),
        said.len()
    ));
    Ok(said)
}

async fn verdict(
    report: &mut Report,
    fleet: &Fleet,
    guests: &[Guest],
    said: &Said,
    mailings: [i64; 2],
    known: &BTreeMap<i64, String>,
) -> Result<()> {
    let by_address: BTreeMap<String, &Guest> = guests.iter().map(|guest| (guest.address(), guest)).collect();
    let mut late: BTreeMap<(Moment, Voice), usize> = BTreeMap::new();
    let mut reached = [0, 0];
    let mut ordinary = [0, 0];
    let mut begun = BTreeMap::<u32, usize>::new();
    for (place, mailing) in mailings.into_iter().enumerate() {
        for (address, started_at) in fleet.ledger.starts(mailing).await? {
            let guest = by_address
                .get(as_it_was(&address, known))
                .context("an attempt to nobody's address")?;
            reached[place] += 1;
            ordinary[place] += usize::from(!guest.says_no());
            *begun.entry(guest.number).or_default() += 1;
            if guest.says_no() && said.get(&guest.number).is_none_or(|at| started_at > at.0) {
                *late.entry((guest.moment, guest.voice)).or_default() += 1;
            }
        }
    }
    for ((moment, voice), times) in &late {
        report.line(format!("{moment:?} by {voice:?}: {times} attempts after the no"));
    }
    let violations: usize = late.values().sum();
    let no = guests.iter().filter(|guest| guest.says_no()).count();
    let others = guests.len() - no;
    report.claim(
        "no marketing attempt begins after the no was acknowledged",
        violations == 0 && said.len() == no,
        format!("{violations} attempts after {} noes of {no}", said.len()),
    );
    report.claim(
        "who said something else gets both mailings",
        ordinary == [others, others],
        format!("{ordinary:?} attempts, {others} guests"),
    );
    report.claim(
        "the second mailing reaches nobody who said no",
        reached[1] == ordinary[1],
        format!(
            "{} attempts, {} of them to who said no",
            reached[1],
            reached[1] - ordinary[1]
        ),
    );
    let stopped = guests
        .iter()
        .filter(|guest| in_mid_mailing(guest) && !begun.contains_key(&guest.number))
        .count();
    report.claim(
        "a no in mid-mailing stops what was planned",
        stopped > 0,
        format!("{stopped} guests who were planned and said no in time got nothing"),
    );
    let mut by_voice: BTreeMap<String, usize> = BTreeMap::new();
    for guest in guests.iter().filter(|guest| said.contains_key(&guest.number)) {
        *by_voice.entry(format!("{:?}", guest.voice)).or_default() += 1;
    }
    report.figure("noes", said.len());
    report.figure("by_voice", json!(by_voice));
    report.figure("violations", violations);
    report.figure("stopped_in_time", stopped);
    Ok(())
}

fn in_mid_mailing(guest: &Guest) -> bool {
    matches!(
        guest.moment,
        Moment::InMidMailing
            | Moment::ByAnEdit
            | Moment::ByAKilledImport
            | Moment::ByThePage
            | Moment::ByTheApi
            | Moment::ByALedger
            | Moment::ByErasure
    )
}
