//! A database to which a story is told, and, if its programs are on, a dispatcher that lives through it.

use crate::brand::{ORG, in_force, rendering, senders, settings, zone};
use crate::programs;
use crate::story::Story;
use bellhop_broker::InProcess;
use bellhop_campaigns::programs::rehearsal::{Rehearsed, Stretch, rehearse};
use bellhop_campaigns::{Brand, Live};
use bellhop_dispatcher::{Dispatcher, Options};
use bellhop_domain::{ProgramId, Timestamp};
use bellhop_store::guests::{Organisation, OrganisationSpec, OrganisationsOfTests};
use bellhop_store::programs::{FiringState, ProgramsBook, ReasonCode};
use bellhop_store::{SqlStore, postgres, sqlite};
use bellhop_test_services::{FILE, Home, prepared_database, prepared_folder};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// More than a round of the calendar arms has gone.
const ROUND_MS: i64 = 3_600_001;

/// What became of a firing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// The state, and the reason if there is one.
    pub what: String,
    pub due_at: Timestamp,
    pub decided_at: Option<Timestamp>,
}

pub struct World {
    store: Arc<SqlStore>,
    organisation: Organisation,
    now: Arc<AtomicI64>,
    dispatcher: Arc<Dispatcher>,
    _home: Home,
}

impl World {
    pub async fn open(on_postgres: bool) -> Self {
        let (store, home) = match on_postgres {
            true => {
                let database = prepared_database().await.unwrap();
                let store = postgres::open(database.url(), 4).await.unwrap();
                (store, Home::Database(database))
            }
            false => {
                let folder = prepared_folder().await.unwrap();
                let store = sqlite::open(&folder.path().join(FILE)).await.unwrap();
                (store, Home::Folder(folder))
            }
        };
        let spec = OrganisationSpec {
            slug: "o".to_owned(),
            name: "O".to_owned(),
            currency: "RUB".to_owned(),
            timezone: zone(),
            settings: settings(),
        };
        let organisation = store.put_organisation(&spec).await.unwrap();
        let store = Arc::new(store);
        let now = Arc::new(AtomicI64::new(0));
        let clock = now.clone();
        let dispatcher = Dispatcher::new(
            store.clone(),
            Arc::new(InProcess::new()),
            Live::new(in_force()),
            options(),
            Arc::new(move || Timestamp(clock.load(Ordering::SeqCst))),
        );
        Self {
            store,
            organisation,
            now,
            dispatcher,
            _home: home,
        }
    }

    pub fn set(&self, at: Timestamp) {
        self.now.store(at.0, Ordering::SeqCst);
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    /// Tells the story. With an instant, programs are switched on then, and the dispatcher works from then on.
    pub async fn live_through(&self, story: &Story, on_from: Option<Timestamp>) {
        self.set(story.imported_at);
        for card in &story.cards {
            self.import(card).await;
        }
        for (_, definition) in programs::definitions() {
            self.create(&definition).await;
        }
        let (before, month): (Vec<_>, Vec<_>) = story.happenings.iter().partition(|(at, _)| *at < story.from);
        for (at, happening) in before {
            self.set(*at);
            self.tell(happening).await;
        }
        self.set(story.from);
        if on_from.is_some() {
            // What happened before has been heard by a dispatcher that had nothing to do.
            self.dispatcher.catch_up_programs().await.unwrap();
            for number in 1..=programs::names().len() {
                self.switch_on(number as i64).await;
            }
            self.dispatcher.catch_up_programs().await.unwrap();
        }
        let mut round = story.from.0 + ROUND_MS;
        for (at, happening) in month {
            if on_from.is_some() {
                self.pass(&mut round, *at).await;
            }
            self.set(*at);
            self.tell(happening).await;
            if on_from.is_some() {
                self.dispatcher.catch_up_programs().await.unwrap();
            }
        }
        if on_from.is_some() {
            self.pass(&mut round, story.until).await;
        }
        self.set(story.until);
    }

    /// Time goes by, and nobody does anything.
    pub async fn let_pass(&self, from: Timestamp, until: Timestamp) {
        let mut round = from.0;
        self.pass(&mut round, until).await;
    }

    pub async fn switch_on(&self, program: i64) {
        let ended = ReasonCode(6);
        let id = ProgramId(program);
        self.store
            .switch_on(ORG, id, ended, "tester", self.now())
            .await
            .unwrap();
    }

    /// Years go by, and a dispatcher looks once a day, and when something is due.
    pub async fn pass_days(&self, from: Timestamp, until: Timestamp, programs: usize) {
        let mut day = from.0;
        while day < until.0 {
            self.set(Timestamp(day));
            self.dispatcher.catch_up_programs().await.unwrap();
            day += 24 * 3_600_000;
            while let Some(due) = self.next_due_of(programs).await.filter(|due| due.0 < day) {
                self.set(due.max(self.now()));
                self.dispatcher.catch_up_programs().await.unwrap();
            }
        }
    }

    /// To an instant, over all at which something is due.
    async fn pass(&self, round: &mut i64, until: Timestamp) {
        loop {
            let due = self.next_due().await.map_or(i64::MAX, |at| at.0.max(self.now().0));
            let next = due.min(*round);
            if next >= until.0 {
                return;
            }
            if next == *round {
                *round += ROUND_MS;
            }
            self.set(Timestamp(next));
            self.dispatcher.catch_up_programs().await.unwrap();
        }
    }

    async fn next_due(&self) -> Option<Timestamp> {
        self.next_due_of(programs::names().len()).await
    }

    async fn next_due_of(&self, programs: usize) -> Option<Timestamp> {
        let mut next = None;
        for number in 1..=programs {
            let id = ProgramId(number as i64);
            let waiting = self
                .store
                .journal(ORG, id, Some(FiringState::Waiting), None, 10_000)
                .await
                .unwrap();
            let soonest = waiting.iter().map(|it| it.due_at).min();
            next = [next, soonest].into_iter().flatten().min();
        }
        next
    }

    pub fn store(&self) -> &SqlStore {
        &self.store
    }

    pub async fn catch_up(&self) {
        self.dispatcher.catch_up_programs().await.unwrap();
    }

    /// What became of the messages of a program, by guest and occasion.
    pub async fn messages(&self, id: ProgramId) -> BTreeMap<String, String> {
        let entries = self.store.journal(ORG, id, None, None, 100_000).await.unwrap();
        let told = entries.into_iter().map(|it| {
            let state = it.message_state.map_or("none", |state| state.name());
            (
                format!("{} {}", it.customer.unwrap_or_default(), it.occasion),
                state.to_owned(),
            )
        });
        told.collect()
    }

    /// The same as a rehearsal tells it.
    pub async fn rehearsed_messages(
        &self,
        id: ProgramId,
        from: Timestamp,
        until: Timestamp,
    ) -> BTreeMap<String, String> {
        let told = self.told(id, from, until, until).await;
        let rows = told.rows.into_iter().map(|it| {
            let state = match it.message.map(|message| message.not_sent) {
                None => "none",
                Some(None) => "sent",
                Some(Some(reason)) if reason == "frequency_cap" => "suppressed",
                Some(Some(reason)) => panic!("{reason}"),
            };
            (format!("{} {}", it.customer, it.occasion), state.to_owned())
        });
        rows.collect()
    }

    /// What the journal says was decided in a time, by guest and occasion.
    pub async fn journal(&self, id: ProgramId, from: Timestamp, until: Timestamp) -> BTreeMap<String, Fate> {
        let entries = self.store.journal(ORG, id, None, None, 100_000).await.unwrap();
        let within = |at: Timestamp| at >= from && at < until;
        let decided = entries.into_iter().filter(|it| it.decided_at.is_some_and(within));
        decided
            .map(|it| {
                let reason = it
                    .reason
                    .and_then(|code| bellhop_programs::engine::Reason::from_code(code.0));
                let fate = Fate {
                    what: what(it.state.name(), reason.map(bellhop_programs::engine::Reason::name)),
                    due_at: it.due_at,
                    decided_at: it.decided_at,
                };
                (format!("{} {}", it.customer.unwrap_or_default(), it.occasion), fate)
            })
            .collect()
    }

    /// The same as a rehearsal tells it at `now`.
    pub async fn rehearsed(
        &self,
        id: ProgramId,
        from: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> BTreeMap<String, Fate> {
        let told = self.told(id, from, until, now).await;
        let rows = told.rows.into_iter().map(|it| {
            let fate = Fate {
                what: what(it.state, it.reason),
                due_at: it.due_at,
                decided_at: it.decided_at,
            };
            (format!("{} {}", it.customer, it.occasion), fate)
        });
        rows.collect()
    }

    async fn told(&self, id: ProgramId, from: Timestamp, until: Timestamp, now: Timestamp) -> Rehearsed {
        let senders = senders();
        let brand = Brand {
            store: &*self.store,
            organisation: &self.organisation,
            senders: &senders,
        };
        let stretch = Stretch {
            from,
            until,
            rows: usize::MAX,
        };
        let told = rehearse(&brand, &*self.store, &rendering(), id, stretch, now)
            .await
            .unwrap();
        assert_eq!(told.rows_left_off, 0);
        told
    }
}

fn what(state: &str, reason: Option<&str>) -> String {
    reason.map_or_else(|| state.to_owned(), |reason| format!("{state} {reason}"))
}

fn options() -> Options {
    Options {
        tick: Duration::from_millis(200),
        first_page: 100,
        page: 1_000,
        outstanding: 100,
        vanished: Duration::from_secs(60),
        settlement: Duration::from_secs(60),
        look_up: Duration::from_secs(60),
        webhooks: None,
    }
}
