//! A small fleet in one process: the real ledger, broker and limiter, providers of the test, a clock it can move.

use crate::options::{dispatcher_options, worker_options};
use crate::provider::Scripted;
use bellhop_broker::{Broker, InProcess};
use bellhop_campaigns::{InForce, Live, OrgDefaults, OrgInForce, Sender, Senders};
use bellhop_dispatcher::Dispatcher;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::{EndpointKind, MailingId, MessageId, OrgId, Purpose, RunId, Timestamp, Zone};
use bellhop_rate_limits::warm_up::Ramp;
use bellhop_rate_limits::{Local, Pacing, RateSpec};
use bellhop_store::ledger::{
    Commanding, Launch, MessageRequest, OpenClass, Planning, Reading, Recording, Requested, Requesting, To,
};
use bellhop_store::{SqlStore, postgres, sqlite};
use bellhop_templating::{Currency, Locale};
use bellhop_test_services::{FILE, Home, prepared_database, prepared_folder};
use bellhop_worker::Worker;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const ORG: OrgId = OrgId(1);
/// Settings without quiet hours and caps.
pub const FREE: &str = r#"{"quiet_hours":null,"frequency_cap":{"per_day":null,"per_week":null}}"#;
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3600);
/// Far more than anything here takes: a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(180);

enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A sender beside those that every stage has.
pub struct Another {
    pub org: OrgId,
    pub name: &'static str,
    pub provider: Arc<Scripted>,
}

pub struct Stage {
    pub store: Arc<SqlStore>,
    raw: Raw,
    pub broker: Arc<dyn Broker>,
    pub push: Arc<Scripted>,
    pub sms: Arc<Scripted>,
    /// How far the clock is ahead of the system's, in ms.
    ahead: Arc<AtomicI64>,
    pub worker: bellhop_worker::Options,
    pub dispatcher: bellhop_dispatcher::Options,
    pub rate: RateSpec,
    /// The limiter of all workers; if absent, each has its own, which remembers nothing.
    pub limiter: Option<Arc<Local>>,
    /// Senders beside `app` and `sms`.
    pub others: Vec<Another>,
    /// The pool that all senders name.
    pub pool: Option<String>,
    pub warm_up: Option<Ramp>,
    /// What the organisation's marketing obeys.
    pub cap: FrequencyCap,
    /// Roles to stop at the end.
    pub stop: CancellationToken,
    _home: Home,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Stage {
    pub async fn on_sqlite() -> Self {
        let folder = prepared_folder().await.unwrap();
        let file = folder.path().join(FILE);
        let store = sqlite::open(&file).await.unwrap();
        let raw = SqlitePool::connect(&format!("sqlite:{}", file.display()))
            .await
            .unwrap();
        Self::new(store, Raw::Sqlite(raw), Home::Folder(folder)).await
    }

    pub async fn on_postgres() -> Self {
        let database = prepared_database().await.unwrap();
        let store = postgres::open(database.url(), 8).await.unwrap();
        let raw = PgPool::connect(database.url()).await.unwrap();
        Self::new(store, Raw::Postgres(raw), Home::Database(database)).await
    }

    async fn new(store: SqlStore, raw: Raw, home: Home) -> Self {
        let stage = Stage {
            store: Arc::new(store),
            raw,
            broker: Arc::new(InProcess::new()),
            push: Scripted::new(EndpointKind::Fcm),
            sms: Scripted::new(EndpointKind::Phone),
            ahead: Arc::default(),
            worker: worker_options(),
            dispatcher: dispatcher_options(),
            rate: RateSpec::default(),
            limiter: None,
            others: Vec::new(),
            pool: None,
            warm_up: None,
            cap: FrequencyCap::NONE,
            stop: CancellationToken::new(),
            _home: home,
        };
        stage
            .exec(&format!("INSERT INTO organisations (id, slug, name, currency, timezone, settings) VALUES (1, 'o', 'O', 'RUB', 'Europe/Moscow', '{FREE}')"))
            .await;
        stage
    }

    pub async fn exec(&self, text: &str) {
        let text = AssertSqlSafe(text.to_owned());
        match &self.raw {
            Raw::Sqlite(pool) => drop(sqlx::raw_sql(text).execute(pool).await.unwrap()),
            Raw::Postgres(pool) => drop(sqlx::raw_sql(text).execute(pool).await.unwrap()),
        }
    }

    /// The number `x`.
    pub async fn number(&self, text: &str) -> i64 {
        let text = AssertSqlSafe(format!("SELECT CAST(x AS BIGINT) FROM ({text}) AS t"));
        match &self.raw {
            Raw::Sqlite(pool) => sqlx::query_scalar(text).fetch_one(pool).await.unwrap(),
            Raw::Postgres(pool) => sqlx::query_scalar(text).fetch_one(pool).await.unwrap(),
        }
    }

    /// The numbers `x`.
    pub async fn numbers(&self, text: &str) -> Vec<i64> {
        let text = AssertSqlSafe(format!("SELECT CAST(x AS BIGINT) FROM ({text}) AS t"));
        match &self.raw {
            Raw::Sqlite(pool) => sqlx::query_scalar(text).fetch_all(pool).await.unwrap(),
            Raw::Postgres(pool) => sqlx::query_scalar(text).fetch_all(pool).await.unwrap(),
        }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(Timestamp::now().0 + self.ahead.load(Ordering::Relaxed))
    }

    pub fn later(&self, span: Duration) {
        self.ahead.fetch_add(span.as_millis() as i64, Ordering::Relaxed);
    }

    fn clock(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let ahead = self.ahead.clone();
        Arc::new(move || Timestamp(Timestamp::now().0 + ahead.load(Ordering::Relaxed)))
    }

    /// Guests 1…n, who consent to everything: those up to `apps` have an app `t<id>`, all a phone `+7<id>`.
    pub async fn guests(&self, n: i64, apps: i64) {
        let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})");
        for text in [
            format!("INSERT INTO customers (id, org_id, external_id, name) {numbers} SELECT i, 1, 'c' || i, 'Guest ' || i FROM n"),
            format!("INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
                     {numbers} SELECT i * 2, 1, 1, 't' || i, 1, 1, 1 FROM n WHERE i <= {apps}"),
            format!("INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
                     {numbers} SELECT i * 2 + 1, 1, 4, '+7' || i, 1, 1, 1 FROM n"),
            "INSERT INTO consents (org_id, customer_id, channel, purpose, given, source, at, how)
             SELECT 1, customers.id, channel, 1, TRUE, 1, 1, 'test'
             FROM customers CROSS JOIN (SELECT 0 AS channel UNION ALL SELECT 3) AS channels"
                .to_owned(),
            "INSERT INTO customer_endpoints (customer_id, endpoint_id) SELECT id / 2, id FROM endpoints".to_owned(),
            format!("INSERT INTO customer_facts (customer_id, org_id, consent_mask, blacklisted, live_endpoints)
                     {numbers} SELECT i, 1, 9, FALSE,
                         '[' || CASE WHEN i <= {apps} THEN '[1,' || (i * 2) || '],' ELSE '' END || '[4,' || (i * 2 + 1) || ']]' FROM n"),
        ] {
            self.exec(&text).await;
        }
    }

    /// Another number of one pool with `sms`.
    pub fn second_number(&mut self) -> Arc<Scripted> {
        let provider = Scripted::new(EndpointKind::Phone);
        self.pool = Some("numbers".to_owned());
        self.others.push(Another {
            org: ORG,
            name: "sms-2",
            provider: provider.clone(),
        });
        provider
    }

    /// What is in force with the stage as it is now.
    pub fn in_force(&self) -> InForce {
        let sender = |org: OrgId, name: &str, provider: &Arc<Scripted>| Sender {
            org,
            name: name.to_owned(),
            provider: provider.clone().into(),
            account: None,
            rate: self.rate.clone(),
            pool: self.pool.clone(),
            warm_up: self.warm_up.clone(),
            pacing: Pacing::default(),
        };
        let defaults = OrgDefaults {
            locale: Locale::parse("ru").unwrap(),
            zone: Zone::utc(),
            frequency_cap: self.cap,
            currency: Currency::from_code("RUB").unwrap(),
        };
        let others = self.others.iter();
        let mut senders = vec![sender(ORG, "app", &self.push), sender(ORG, "sms", &self.sms)];
        senders.extend(others.map(|other| sender(other.org, other.name, &other.provider)));
        let organisations = senders.iter().map(|sender| {
            let organisation = OrgInForce {
                slug: format!("o{}", sender.org),
                defaults: defaults.clone(),
                holding: None,
                question: "Stop? Answer STOP or START".to_owned(),
            };
            (sender.org, organisation)
        });
        InForce {
            version: 1,
            organisations: organisations.collect(),
            senders: Senders::new(senders),
        }
    }

    /// A worker of its own; it runs until the token it comes with, or the stage, is stopped.
    pub fn start_worker(&self) -> (JoinHandle<()>, CancellationToken) {
        self.start_worker_by(Live::new(self.in_force()))
    }

    /// The same, with settings that the test changes.
    pub fn start_worker_by(&self, live: Live<InForce>) -> (JoinHandle<()>, CancellationToken) {
        let worker = Worker::new(
            self.store.clone(),
            self.broker.clone(),
            self.limiter.clone().unwrap_or_default(),
            live,
            self.worker.clone(),
            self.clock(),
        );
        let stop = self.stop.child_token();
        (tokio::spawn(worker.run(stop.clone())), stop)
    }

    pub fn start_dispatcher(&self) -> JoinHandle<()> {
        self.start_dispatcher_by(Live::new(self.in_force()))
    }

    /// The same, with settings that the test changes.
    pub fn start_dispatcher_by(&self, live: Live<InForce>) -> JoinHandle<()> {
        let (ledger, options) = (self.store.clone(), self.dispatcher.clone());
        let dispatcher = Dispatcher::new(ledger, self.broker.clone(), live, options, self.clock());
        tokio::spawn(dispatcher.run(self.stop.child_token()))
    }

    pub fn start(&self) {
        self.start_dispatcher();
        self.start_worker();
    }

    pub async fn launch(&self, spec: &str) -> RunId {
        self.launch_of(ORG, spec).await
    }

    pub async fn launch_of(&self, org: OrgId, spec: &str) -> RunId {
        let now = self.now();
        let read: MailingSpec<serde_json::Value> = serde_json::from_str(spec).unwrap();
        let mailing = self.store.create_mailing(org, "m", spec, "tester", now).await.unwrap();
        let launch = Launch {
            mailing,
            start_at: now,
            purpose: read.purpose(),
            origin: read.origin(),
            test: false,
            spec: spec.to_owned(),
        };
        self.store.launch(org, launch, "tester", now).await.unwrap()
    }

    /// A running mailing on demand with these steps, whose text is the `code` that each request gives.
    pub async fn on_demand(&self, steps: &[&str]) -> (MailingId, RunId) {
        self.on_demand_for(Purpose::Notification, steps).await
    }

    pub async fn on_demand_for(&self, purpose: Purpose, steps: &[&str]) -> (MailingId, RunId) {
        let audience = r#""audience":{"all":[]}"#;
        let demand = format!(r#""purpose":"{}","on_demand":{{"values":["code"]}}"#, purpose.name());
        let file = spec_with("{{ code }}", steps).replace(audience, &demand);
        let run = self.launch_of(ORG, &file).await;
        self.store.begin_due(self.now()).await.unwrap();
        (self.store.run(run).await.unwrap().mailing, run)
    }

    /// Requests a message with this code to guest `customer`.
    pub async fn ask(&self, mailing: MailingId, customer: i64, code: &str) -> MessageId {
        let request = MessageRequest {
            mailing,
            id: &format!("{customer}-{code}"),
            to: To::Customer(&format!("c{customer}")),
            values: &[("code".to_owned(), code.to_owned())].into(),
            kinds: &[EndpointKind::Fcm, EndpointKind::Phone],
        };
        match self.store.request(ORG, &request, self.now()).await.unwrap() {
            Requested::Taken(message) => message,
            other => panic!("{other:?}"),
        }
    }

    pub async fn open(&self, message: MessageId) {
        let opened = self.store.open(Some(ORG), message, OpenClass::Tap, None, self.now());
        opened.await.unwrap().unwrap();
    }

    /// Messages of a run by state.
    pub async fn states(&self, run: RunId) -> BTreeMap<&'static str, i64> {
        let mut states = BTreeMap::new();
        for state in MessageState::ALL {
            let of = format!(
                "SELECT COUNT(*) AS x FROM messages WHERE run_id = {run} AND state = {}",
                state.code()
            );
            let count = self.number(&of).await;
            if count > 0 {
                states.insert(state.name(), count);
            }
        }
        states
    }

    pub async fn run_is(&self, run: RunId, state: RunState) {
        until(&format!("run {run} is {}", state.name()), async || {
            self.store.run(run).await.unwrap().state == state
        })
        .await;
    }

    /// Waits until nobody holds a batch.
    pub async fn nothing_leased(&self) {
        until("no batch is leased", async || {
            self.number("SELECT COUNT(*) AS x FROM batches WHERE lease_until IS NOT NULL")
                .await
                == 0
        })
        .await;
    }
}

/// Waits for a condition.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub const PUSH: &str = r#"{"channel":"push","wait_minutes":120}"#;
pub const SMS: &str = r#"{"channel":"sms"}"#;

/// A mailing of these steps that lives for ten hours.
pub fn spec(steps: &[&str]) -> String {
    spec_with("hello", steps)
}

pub fn spec_with(text: &str, steps: &[&str]) -> String {
    format!(
        r#"{{"name":"m","audience":{{"all":[]}},"contents":{{"push":{{"title":"t","body":"{text}"}},"sms":{{"text":"{text}"}}}},
            "link":"https://example.com/","waterfall":[{}],"expires_after_minutes":600}}"#,
        steps.join(",")
    )
}
