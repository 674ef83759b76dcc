//! A small guest base, a clock that the test moves, and a worker whose every answer the test chooses.

pub use crate::guests::Who;
pub use crate::script::*;
use bellhop_domain::backoff::Backoff;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::waterfall::{Rules, TriedMessage, after};
use bellhop_domain::*;
use bellhop_store::incoming::Source;
use bellhop_store::ledger::*;
use bellhop_store::{SqlStore, postgres, sqlite};
use bellhop_test_services::{FILE, Home, prepared_database, prepared_folder};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

pub const ORG: OrgId = OrgId(1);
/// Settings without quiet hours and caps.
const FREE: &str = r#"{"quiet_hours":null,"frequency_cap":{"per_day":null,"per_week":null}}"#;
pub const SENDER: &str = "sender";
pub const LEASE: Duration = Duration::from_secs(60);
pub const MINUTE: i64 = 60_000;
pub const RULES: Rules = Rules {
    backoff: Backoff {
        base: Duration::from_secs(10),
        cap: Duration::from_secs(600),
        max_tries: 5,
    },
    settlement: Duration::from_secs(86_400),
    throttle: Duration::from_secs(60),
};

/// Another connection to the same database, for what the ledger does not offer.
enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

pub struct World {
    pub store: SqlStore,
    raw: Raw,
    pub now: Timestamp,
    /// What workers obey.
    pub cap: Option<FrequencyCap>,
    /// Other numbers of the sender's pool.
    pub others: Vec<String>,
    /// What the tasks of claimed batches say of them.
    tasks: Mutex<BTreeMap<BatchId, TaskOf>>,
    _home: Option<Home>,
}

/// The sender's provider, as it speaks.
pub fn source(kind: EndpointKind) -> Source<'static> {
    Source {
        org: ORG,
        sender: SENDER,
        kind,
        peers: &[],
    }
}

/// What a worker asks for that obeys no cap.
pub fn wish<'a>((of, as_of): (TaskOf, Option<Timestamp>), needs: &'a RenderNeeds) -> ClaimRequest<'a> {
    ClaimRequest {
        of,
        as_of,
        sender: SENDER,
        worker: "worker",
        max: of.kind.batch_size(),
        lease: LEASE,
        needs,
        cap: None,
    }
}

/// A batch under a lease.
pub struct Held {
    pub batch: BatchId,
    pub kind: EndpointKind,
    pub lease: i64,
    pub messages: Vec<Claimed>,
}

impl World {
    pub async fn on_sqlite() -> Self {
        let folder = prepared_folder().await.unwrap();
        let file = folder.path().join(FILE);
        let store = sqlite::open(&file).await.unwrap();
        let raw = Raw::Sqlite(
            SqlitePool::connect(&format!("sqlite:{}", file.display()))
                .await
                .unwrap(),
        );
        Self::new(store, raw, Some(Home::Folder(folder))).await
    }

    pub async fn on_postgres() -> Self {
        let database = prepared_database().await.unwrap();
        let mut world = Self::in_database(database.url()).await;
        world._home = Some(Home::Database(database));
        world
    }

    /// In a prepared database that the caller holds.
    pub async fn in_database(url: &str) -> Self {
        let store = postgres::open(url, 4).await.unwrap();
        let raw = Raw::Postgres(PgPool::connect(url).await.unwrap());
        Self::new(store, raw, None).await
    }

    /// In a copy of a database that a world has left; the store has settings of its own in its address.
    pub async fn again(url: &str, url_of_store: &str, now: Timestamp) -> Self {
        World {
            store: postgres::open(url_of_store, 4).await.unwrap(),
            raw: Raw::Postgres(PgPool::connect(url).await.unwrap()),
            now,
            cap: None,
            others: Vec::new(),
            tasks: Mutex::default(),
            _home: None,
        }
    }

    pub async fn close(self) {
        self.store.close().await;
        match &self.raw {
            Raw::Sqlite(pool) => pool.close().await,
            Raw::Postgres(pool) => pool.close().await,
        }
    }

    async fn new(store: SqlStore, raw: Raw, home: Option<Home>) -> Self {
        let world = World {
            store,
            raw,
            now: Timestamp(1_000_000_000),
            cap: None,
            others: Vec::new(),
            tasks: Mutex::default(),
            _home: home,
        };
        world.store.make_room(world.now).await.unwrap();
        world
            .exec(&format!("INSERT INTO organisations (id, slug, name, currency, timezone, settings) VALUES (1, 'o', 'O', 'RUB', 'Europe/Moscow', '{FREE}')"))
            .await;
        world
    }

    /// The organisation's settings, as JSON.
    pub async fn settings(&self, json: &str) {
        self.exec(&format!("UPDATE organisations SET settings = '{json}'"))
            .await;
    }

    pub async fn exec(&self, text: &str) {
        let text = AssertSqlSafe(text.to_owned());
        match &self.raw {
            Raw::Sqlite(pool) => drop(sqlx::raw_sql(text).execute(pool).await.unwrap()),
            Raw::Postgres(pool) => drop(sqlx::raw_sql(text).execute(pool).await.unwrap()),
        }
    }

    /// Somebody who writes; SQLite has room for one.
    pub async fn begin_writing(&self) -> Box<dyn std::any::Any> {
        match &self.raw {
            Raw::Sqlite(pool) => Box::new(pool.begin_with("BEGIN IMMEDIATE").await.unwrap()),
            Raw::Postgres(pool) => Box::new(pool.begin().await.unwrap()),
        }
    }

    /// Somebody who has every free promo code in hand; SQLite has no hands.
    pub async fn hold_codes(&self) -> Option<sqlx::Transaction<'static, sqlx::Postgres>> {
        let Raw::Postgres(pool) = &self.raw else { return None };
        let mut tx = pool.begin().await.unwrap();
        let text = "SELECT id FROM promo_codes WHERE message_id IS NULL FOR UPDATE";
        sqlx::query(text).fetch_all(&mut *tx).await.unwrap();
        Some(tx)
    }

    /// The column `x` of every row, as text.
    pub async fn column(&self, text: &str) -> Vec<String> {
        let text = AssertSqlSafe(format!("SELECT CAST(x AS TEXT) FROM ({text}) AS t"));
        match &self.raw {
            Raw::Sqlite(pool) => sqlx::query_scalar(text).fetch_all(pool).await.unwrap(),
            Raw::Postgres(pool) => sqlx::query_scalar(text).fetch_all(pool).await.unwrap(),
        }
    }

    /// The number `x`.
    pub async fn number(&self, text: &str) -> i64 {
        self.column(text).await[0].parse().unwrap()
    }

    pub fn later(&mut self, ms: i64) {
        self.now.0 += ms;
    }

    /// Creates a mailing and launches it; the run is running.
    pub async fn launch(&self, spec: &str) -> RunId {
        let mailing = self
            .store
            .create_mailing(ORG, "m", spec, "tester", self.now)
            .await
            .unwrap();
        let run = self.launch_of(mailing, spec, false).await.unwrap();
        self.store.begin_due(self.now).await.unwrap();
        run
    }

    pub async fn launch_of(&self, mailing: MailingId, spec: &str, test: bool) -> bellhop_store::Result<RunId> {
        let read: MailingSpec<serde_json::Value> = serde_json::from_str(spec).unwrap();
        let launch = Launch {
            mailing,
            start_at: self.now,
            purpose: read.purpose(),
            origin: read.origin(),
            test,
            spec: spec.to_owned(),
        };
        self.store.launch(ORG, launch, "tester", self.now).await
    }

    pub async fn planner(&self, run: RunId) -> FirstStep {
        let spec = self.store.run(run).await.unwrap().spec;
        FirstStep {
            spec: serde_json::from_str(&spec).unwrap(),
            unattached: false,
        }
    }

    pub async fn page(&self, run: RunId, limit: u32) -> Page {
        let planner = self.planner(run).await;
        self.store.plan_page(run, limit, &planner, self.now).await.unwrap()
    }

    pub async fn plan(&self, run: RunId) {
        while self.page(run, 7).await != Page::Complete {}
    }

    /// A planned run of this mailing.
    pub async fn planned(&self, steps: &[&str]) -> RunId {
        let run = self.launch(&spec(steps)).await;
        self.plan(run).await;
        run
    }

    pub async fn take(&self, kind: EndpointKind) -> Vec<ReadyBatch> {
        self.take_of(Lane::Marketing, kind).await
    }

    pub async fn take_of(&self, lane: Lane, kind: EndpointKind) -> Vec<ReadyBatch> {
        self.store.take_ready(kind, lane, 100, self.now).await.unwrap()
    }

    /// What the batch's own task says, and when its run began.
    pub async fn task(&self, batch: BatchId) -> (TaskOf, Option<Timestamp>) {
        let mut values = Vec::new();
        for column in ["b.org_id", "b.run_id", "b.kind", "b.lane", "COALESCE(r.as_of, -1)"] {
            let text =
                format!("SELECT {column} AS x FROM batches b JOIN runs r ON r.id = b.run_id WHERE b.id = {batch}");
            values.push(self.number(&text).await);
        }
        let of = TaskOf {
            batch,
            installation: self.store.installation().await.unwrap(),
            org: OrgId(values[0] as i32),
            run: RunId(values[1]),
            kind: EndpointKind::from_code(values[2] as i16).unwrap(),
            lane: Lane::from_code(values[3] as i16).unwrap(),
        };
        self.tasks.lock().unwrap().insert(batch, of);
        (of, (values[4] >= 0).then_some(Timestamp(values[4])))
    }

    pub async fn claim(&self, batch: BatchId) -> Claim {
        let task = self.task(batch).await;
        let needs = RenderNeeds {
            profile: true,
            ..RenderNeeds::default()
        };
        self.store
            .claim(
                &ClaimRequest {
                    cap: self.cap.as_ref(),
                    ..wish(task, &needs)
                },
                self.now,
            )
            .await
            .unwrap()
    }

    /// Takes and claims the first ready batch of a kind.
    pub async fn hold(&self, kind: EndpointKind) -> Held {
        let batch = self.take(kind).await.first().expect("a batch is ready").id;
        self.lease(batch, kind).await
    }

    pub async fn lease(&self, batch: BatchId, kind: EndpointKind) -> Held {
        match self.claim(batch).await {
            Claim::Leased { lease, messages, .. } => Held {
                batch,
                kind,
                lease,
                messages,
            },
            other => panic!("batch {batch} was not leased: {other:?}"),
        }
    }

    pub fn starting(&self, held: &Held) -> Starting<'_> {
        Starting {
            of: self.tasks.lock().unwrap()[&held.batch],
            lease: held.lease,
            sender: SENDER,
            others: &self.others,
        }
    }

    pub async fn start(&self, held: &Held) -> Vec<MessageId> {
        let ids: Vec<_> = held.messages.iter().map(|m| m.id).collect();
        self.store
            .start(&self.starting(held), &ids, self.cap.as_ref(), self.now)
            .await
            .unwrap()
    }

    /// Records one outcome for all messages of a lease, as a worker would.
    pub async fn record_all(&self, run: RunId, held: &Held, outcome: &Outcome) {
        self.record(run, held, &held.messages, outcome).await;
    }

    pub async fn record(&self, run: RunId, held: &Held, messages: &[Claimed], outcome: &Outcome) {
        let recorded = self.recorded(run, held.kind, messages, outcome).await;
        self.store
            .record(held.batch, held.lease, SENDER, &recorded, self.now)
            .await
            .unwrap();
    }

    pub async fn recorded(
        &self,
        run: RunId,
        kind: EndpointKind,
        messages: &[Claimed],
        outcome: &Outcome,
    ) -> Vec<Recorded> {
        let run = self.store.run(run).await.unwrap();
        let spec: MailingSpec<serde_json::Value> = serde_json::from_str(&run.spec).unwrap();
        let record = |message: &Claimed| {
            let tried = TriedMessage {
                waterfall: &spec.waterfall,
                step: usize::from(message.step),
                kind,
                tries: message.tries + 1,
                expires: message.expires.or(run.expires_at).unwrap(),
                sent_before: message.sent_before,
            };
            let next = after(outcome, &tried, &RULES, self.now, 0.5);
            recorded(message, outcome, next, self.now)
        };
        messages.iter().map(record).collect()
    }

    /// Messages of a run by state.
    pub async fn states(&self, run: RunId) -> BTreeMap<String, i64> {
        let rows = self
            .column(&format!("SELECT state AS x FROM messages WHERE run_id = {run}"))
            .await;
        let mut states = BTreeMap::new();
        for code in rows {
            let state = message::MessageState::from_code(code.parse().unwrap()).unwrap();
            *states.entry(state.name().to_owned()).or_default() += 1;
        }
        states
    }

    pub async fn excluded(&self, run: RunId, reason: Exclusion) -> i64 {
        self.number(&format!(
            "SELECT COALESCE(SUM(guests), 0) AS x FROM run_exclusions WHERE run_id = {run} AND reason = {}",
            reason.code()
        ))
        .await
    }

    /// The id of the message with this key.
    pub async fn id(&self, key: i64) -> MessageId {
        self.store.message_ids().await.unwrap().id(MessageKey(key))
    }

    pub async fn story(&self, message: MessageId) -> Story {
        self.store.story(ORG, message).await.unwrap()
    }
}
