//! A fresh store with one organisation, and its rows.

use bellhop_domain::event::{Event, EventKind};
use bellhop_domain::phone::Region;
use bellhop_domain::{CustomerId, OrgId, Timestamp, Zone};
use bellhop_store::base::outbox::What;
use bellhop_store::events::{End, Outcome, Reported, tell};
use bellhop_store::guests::{GuestBase, Organisation, OrganisationSpec, Organisations, OrganisationsOfTests, Settings};
use bellhop_store::{LiveEvents, SqlStore, postgres, sqlite};
use bellhop_test_services::{FILE, Home, prepared_database, prepared_folder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

pub const NOW: Timestamp = Timestamp(1_790_000_000_000);

#[derive(Clone)]
enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

pub struct Database {
    pub store: SqlStore,
    pub org: OrgId,
    raw: Raw,
    /// The first of those that share it has it.
    _home: Option<Home>,
}

async fn with(store: SqlStore, raw: Raw, home: Home) -> Database {
    let org = organisation(&store, "nord").await;
    Database {
        store,
        org,
        raw,
        _home: Some(home),
    }
}

pub async fn organisation(store: &SqlStore, slug: &str) -> OrgId {
    let spec = OrganisationSpec {
        slug: slug.to_owned(),
        name: "Pizza Nord".to_owned(),
        currency: "RUB".to_owned(),
        timezone: Zone::named("Europe/Moscow").unwrap(),
        settings: Settings::default(),
    };
    store.put_organisation(&spec).await.unwrap().id
}

pub async fn on_sqlite() -> Database {
    let folder = prepared_folder().await.unwrap();
    let file = folder.path().join(FILE);
    let store = sqlite::open(&file).await.unwrap();
    let raw = SqlitePool::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    with(store, Raw::Sqlite(raw), Home::Folder(folder)).await
}

pub async fn on_postgres() -> Database {
    let database = prepared_database().await.unwrap();
    let store = postgres::open(database.url(), 8).await.unwrap();
    let raw = PgPool::connect(database.url()).await.unwrap();
    with(store, Raw::Postgres(raw), Home::Database(database)).await
}

impl Database {
    pub async fn tell(&self, events: Value) -> Vec<Outcome> {
        self.tell_at(events, NOW).await
    }

    pub async fn tell_at(&self, events: Value, now: Timestamp) -> Vec<Outcome> {
        let Value::Array(events) = events else { panic!("a list") };
        tell(&self.store, self.org, Region::RU, events, now).await.unwrap()
    }

    /// Tells of events of which none is refused.
    pub async fn happens(&self, events: Value) {
        for outcome in self.tell(events).await {
            assert!(!matches!(outcome.end, End::Refused(_)), "{outcome:?}");
        }
    }

    pub async fn id(&self, external_id: &str) -> CustomerId {
        let found = self.store.customer_id(self.org, external_id).await.unwrap();
        found.unwrap_or_else(|| panic!("no customer {external_id}"))
    }

    pub async fn reported(&self, external_id: &str) -> Reported {
        let id = self.id(external_id).await;
        self.store.reported(self.org, id).await.unwrap()
    }

    /// The same database, for another organisation; it is gone with this one.
    pub fn of(&self, org: OrgId) -> Database {
        Database {
            store: self.store.clone(),
            org,
            raw: self.raw.clone(),
            _home: None,
        }
    }

    pub async fn organisation(&self) -> Organisation {
        self.store.organisation("nord").await.unwrap().unwrap()
    }

    /// What the outbox tells of this organisation's events, in its order.
    pub async fn told(&self) -> Vec<Event> {
        let text = format!(
            "SELECT body FROM outbox WHERE kind = 2 AND org_id = {} ORDER BY seq",
            self.org.0
        );
        let bodies: Vec<String> = match &self.raw {
            Raw::Sqlite(pool) => sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(pool).await.unwrap(),
            Raw::Postgres(pool) => sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(pool).await.unwrap(),
        };
        let event = |body: String| match serde_json::from_str(&body).unwrap() {
            What::Happened(event) => event,
            other => panic!("another kind: {other:?}"),
        };
        bodies.into_iter().map(event).collect()
    }

    /// The kinds of what the outbox tells.
    pub async fn kinds(&self) -> Vec<EventKind> {
        self.told().await.into_iter().map(|it| it.kind).collect()
    }

    /// In how many transactions events were kept; SQLite does not say.
    pub async fn transactions_of_events(&self) -> Option<i64> {
        match &self.raw {
            Raw::Sqlite(_) => None,
            Raw::Postgres(_) => Some(self.number("SELECT COUNT(DISTINCT xmin::TEXT) FROM events").await),
        }
    }

    pub async fn number(&self, text: &str) -> i64 {
        let text = AssertSqlSafe(text.to_owned());
        match &self.raw {
            Raw::Sqlite(pool) => sqlx::query_scalar(text).fetch_one(pool).await.unwrap(),
            Raw::Postgres(pool) => sqlx::query_scalar(text).fetch_one(pool).await.unwrap(),
        }
    }
}

/// An event of the guest `c1`, with more keys.
pub fn event(id: &str, kind: &str, more: Value) -> Value {
    let mut event = json!({"id": id, "type": kind, "customer_id": "c1"});
    merge(&mut event, more);
    event
}

pub fn merge(into: &mut Value, more: Value) {
    let (Value::Object(keys), Value::Object(more)) = (into, more) else {
        panic!("objects")
    };
    keys.extend(more);
}

pub fn cart(id: &str, at: Timestamp, total: i64) -> Value {
    event(
        id,
        "cart.changed",
        json!({"at": at, "cart": {"total": total, "items": [{"dish": "Борщ"}]}}),
    )
}

pub fn order(id: &str, kind: &str, number: &str, more: Value) -> Value {
    let mut order = json!({"number": number, "placed_at": NOW, "total": 700});
    merge(&mut order, more);
    event(id, kind, json!({ "order": order }))
}

pub fn ends(outcomes: &[Outcome]) -> Vec<&'static str> {
    let end = |it: &Outcome| match &it.end {
        End::Taken => "taken",
        End::Known => "known",
        End::Refused(_) => "refused",
    };
    outcomes.iter().map(end).collect()
}

/// Makes each function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::database::on_sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::database::on_postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both_databases;
