//! All presets at once on a virtual clock: who should get something gets it once and in its minute, whatever is told twice and
//! whoever is killed; and whoever gets nothing, the journal says why.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_channels::VapidKey;
use bellhop_domain::{Timestamp, Zone};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::cast::{Cast, Fates, PRESETS};
use super::times::Times;
use super::verdict::Played;
use super::{DEAD, KILLED, ROLES, send};
use crate::fleet::{Fleet, Settings, VirtualClock};
use crate::patience::eventually;
use crate::proof::{Report, Scale};

/// Of them, those by dates.
const BY_DATE: i64 = 4;
const ZONE: &str = "Europe/Moscow";
const PATIENCE: Duration = Duration::from_secs(180);
const AT_ONCE: usize = 50;

/// The story as it is played.
pub(super) struct Story<'a> {
    fleet: &'a Fleet,
    clock: &'a VirtualClock,
    report: &'a Report,
    key: String,
    pub cast: Cast,
    pub fates: Fates,
    programs: BTreeMap<&'static str, String>,
    /// The minute of the story.
    pub now: Timestamp,
    /// Events of this minute that are to be told, and all that were.
    pending: Vec<Value>,
    told: Vec<Value>,
    random: StdRng,
    kills: u32,
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    let (_own, servers) = scale.servers().await?;
    let clock = VirtualClock::new()?;
    let times = Times::after(Timestamp::now(), Zone::named(ZONE)?)?;
    clock.jump_to(times.at(0, 11, 50)?)?;
    let settings = Settings {
        seed: scale.seed,
        page: 50,
        push_rate: "1000/s".to_owned(),
        sms_rate: "1000/s".to_owned(),
        push_faults: json!({}),
        sms_faults: json!({}),
        settlement_seconds: 30.0,
        own_calls: false,
    };
    let mut environment = clock.environment();
    environment.push(("BELLHOP__MARKETING__QUIET_HOURS".to_owned(), "22:00-09:00".to_owned()));
    let pem = VapidKey::generate().map_err(anyhow::Error::msg)?.to_pem();
    let edit = |config: &mut Value, folder: &Path| {
        // What has waited for the morning leaves in its first minute.
        config["marketing"] = json!({ "release_minutes": 0 });
        let file = folder.join("vapid.pem");
        // A file that could not be written is missed by whoever reads it.
        std::fs::write(&file, pem.expose_secret()).ok();
        let site = json!({ "organisation": "default", "name": "site", "provider": "web_push", "rate": "100/s",
            "settings": { "vapid_key": { "file": file }, "subject": "mailto:push@pizza.example" } });
        if let Some(senders) = config["sender"].as_array_mut() {
            senders.push(site);
        }
    };
    let fleet = Fleet::prepare_in(&servers, &settings, &ROLES, environment, edit).await?;
    let played = fleet.supervised(played(scale, report, &fleet, &clock, &times)).await?;
    played.verdict(report);
    Ok(())
}

async fn played(scale: Scale, report: &Report, fleet: &Fleet, clock: &VirtualClock, times: &Times) -> Result<Played> {
    let copies = scale.pick(25, 2);
    let cast = Cast::new(copies);
    import(fleet, &cast, times).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    let mut programs = BTreeMap::new();
    for preset in PRESETS {
        let created = fleet.bellhop.json(&["program", "create", "--preset", preset]).await?;
        let id = created["id"].as_i64().context("no id")?.to_string();
        fleet.bellhop.json(&["program", "on", &id]).await?;
        programs.insert(preset, id);
    }
    report.tell(format!(
        "{} guests and {} programs; it is {} on their clock",
        cast.all().count(),
        programs.len(),
        clock.now()
    ));
    let words = ["api-key", "create", "site", "--scope", "events,consents"];
    let key = fleet.bellhop.json(&words).await?;
    let mut story = Story {
        fleet,
        clock,
        report,
        key: key["key"].as_str().context("a key")?.to_owned(),
        cast,
        fates: Fates::default(),
        programs,
        now: clock.now(),
        pending: Vec::new(),
        told: Vec::new(),
        random: StdRng::seed_from_u64(scale.seed),
        kills: 0,
    };
    story.play(times).await?;
    let before = story.journals().await?;
    report.tell("every event is told once more");
    story.pending = story.told.clone();
    story.minute().await?;
    Ok(Played {
        journals: story.journals().await?,
        before,
        addresses: story.cast.addresses(),
        copies,
        pushes: fleet.simulator.book("push").await?.0,
        kills: story.kills,
        events: story.told.len() / 2,
        fates: story.fates,
    })
}

/// Guests and their orders, as a brand's CRM has them: of that nothing fires at once.
async fn import(fleet: &Fleet, cast: &Cast, times: &Times) -> Result<()> {
    let mut guests = "customer_id,name,fcm_token,birthday,marketing_consent\n".to_owned();
    let mut orders = "order_id,customer_id,placed_at,total,status\n".to_owned();
    let addresses = cast.addresses();
    for (number, id, it) in cast.all() {
        let birthday = it.birthday.map(|days| times.day(days)).transpose()?;
        // A leap year, in case it is 29 February.
        let birthday = birthday.map_or_else(String::new, |day| day.strftime("1988-%m-%d").to_string());
        let consent = if it.consents { "yes" } else { "no" };
        let token = addresses.get(&id).map_or("", String::as_str);
        writeln!(guests, "{id},Guest {number},{token},{birthday},{consent}")?;
        if let Some(days) = it.ordered {
            let placed_at = times.at(-days, 18, 0)?;
            writeln!(orders, "old-{number},{id},{placed_at},700,delivered")?;
        }
    }
    for (what, text) in [("customers", guests), ("orders", orders)] {
        let file = fleet.folder().join(format!("{what}.csv"));
        std::fs::write(&file, text)?;
        let done = fleet.bellhop.json(&["import", what, &file.to_string_lossy()]).await?;
        ensure!(done["rejected"] == 0 || done["rejected"].is_null(), "{what}: {done}");
    }
    Ok(())
}

impl Story<'_> {
    /// It is this time from now on.
    pub(super) fn begin(&mut self, at: Timestamp) -> Result<()> {
        self.clock.jump_to(at)?;
        self.now = at;
        self.report.tell(format!("it is {at}"));
        Ok(())
    }

    /// Something happens now to each guest of a name.
    pub(super) fn happens(&mut self, name: &'static str, kind: &str, data: impl Fn(&str) -> Value) {
        self.happened(name, kind, self.now, data);
    }

    pub(super) fn happened(&mut self, name: &'static str, kind: &str, at: Timestamp, data: impl Fn(&str) -> Value) {
        let guests: Vec<String> = self.cast.named(name).collect();
        for id in guests {
            let number = self.told.len() + self.pending.len();
            let mut event = json!({ "id": format!("{kind} {number}"), "type": kind, "customer_id": id, "at": at });
            if let (Some(event), Value::Object(data)) = (event.as_object_mut(), data(&id)) {
                event.extend(data);
            }
            self.pending.push(event);
        }
    }

    /// The guests of a name allow or refuse something on all channels.
    pub(super) async fn says(&self, name: &'static str, purpose: &str, given: bool) -> Result<()> {
        for id in self.cast.named(name) {
            let word = json!({ "customer_id": id, "purpose": purpose, "given": given, "by": "guest", "how": "page" });
            send(self.fleet, &self.key, "/v1/consents", &word).await?;
        }
        Ok(())
    }

    pub(super) async fn blacklist(&self, name: &'static str) -> Result<()> {
        for id in self.cast.named(name) {
            let done = self
                .fleet
                .bellhop
                .run(&["guest", "blacklist", &id, "--reason", "asked"])
                .await?;
            ensure!(done.status.success(), "{id} is not blacklisted: {}", done.stderr);
        }
        Ok(())
    }

    /// How many firings that ended.
    pub(super) async fn switch_off(&self, preset: &'static str) -> Result<u64> {
        let waited = self.waiting(preset).await?;
        self.fleet
            .bellhop
            .json(&["program", "off", &self.programs[preset]])
            .await?;
        Ok(waited - self.waiting(preset).await?)
    }

    async fn waiting(&self, preset: &'static str) -> Result<u64> {
        let stats = self
            .fleet
            .bellhop
            .json(&["program", "stats", &self.programs[preset]])
            .await?;
        stats["waiting"].as_u64().with_context(|| format!("{stats}"))
    }

    /// Tells everything twice while processes are killed, and waits until what is due has gone.
    pub(super) async fn minute(&mut self) -> Result<()> {
        let events = std::mem::take(&mut self.pending);
        let victims: Vec<usize> = (0..2).map(|_| self.random.random_range(0..KILLED)).collect();
        let (told, killed) = tokio::join!(self.tell(&events), kill(self.fleet, &victims));
        told?;
        self.kills += killed?;
        self.told.extend(events);
        eventually("what is due has gone", PATIENCE, async || {
            let left = self.fleet.ledger.left_of_programs(BY_DATE, self.clock.now().0).await?;
            ensure!(left == 0, "{left} things are left to do");
            Ok(Some(()))
        })
        .await
    }

    async fn tell(&self, events: &[Value]) -> Result<()> {
        for some in events.chunks(AT_ONCE) {
            let body = json!({ "events": some });
            for _ in 0..2 {
                send(self.fleet, &self.key, "/v1/events", &body).await?;
            }
        }
        Ok(())
    }

    async fn journals(&self) -> Result<BTreeMap<&'static str, Vec<Value>>> {
        let mut journals = BTreeMap::new();
        for (preset, id) in &self.programs {
            let answer = self
                .fleet
                .bellhop
                .run(&["program", "journal", id, "--limit", "100000", "--json"])
                .await?;
            ensure!(answer.status.success(), "{}", answer.stderr);
            let lines = answer.stdout.lines().map(serde_json::from_str);
            let mut entries: Vec<Value> = lines.collect::<Result<_, _>>()?;
            entries.reverse();
            journals.insert(*preset, entries);
        }
        Ok(journals)
    }
}

/// Kills these, one after the other, each of which is started again.
async fn kill(fleet: &Fleet, victims: &[usize]) -> Result<u32> {
    let mut killed = 0;
    for victim in victims {
        let mut role = fleet.roles[*victim].lock().await;
        killed += u32::from(role.kill().await?);
        tokio::time::sleep(DEAD).await;
        role.start()?;
    }
    Ok(killed)
}
