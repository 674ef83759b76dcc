//! The outbox on both databases.

mod log;
mod order;
mod readers;

use super::{Handed, Kind, More, Notice, Outbox, Reader, What, append};
use crate::sql::{Connection, Session};
use crate::{SqlStore, postgres, sqlite};
use bellhop_domain::{OrgId, Timestamp};
use bellhop_test_services::{FILE, Home, prepared_database, prepared_folder};
use std::time::{Duration, Instant};

const NOW: Timestamp = Timestamp(1_790_000_000_000);
const TURN: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(120);
const DAY: Duration = Duration::from_secs(86_400);

async fn roll_back(session: Session) {
    match session.connection {
        Connection::Sqlite(tx) => tx.rollback().await.unwrap(),
        Connection::Postgres(tx, _) => tx.rollback().await.unwrap(),
        Connection::Autocommit(..) => panic!("no transaction"),
    }
}

struct Fixture {
    store: SqlStore,
    _home: Home,
}

async fn on_sqlite() -> Fixture {
    let folder = prepared_folder().await.unwrap();
    let store = sqlite::open(&folder.path().join(FILE)).await.unwrap();
    Fixture {
        store,
        _home: Home::Folder(folder),
    }
}

async fn on_postgres() -> Fixture {
    let database = prepared_database().await.unwrap();
    let store = postgres::open(database.url(), 8).await.unwrap();
    Fixture {
        store,
        _home: Home::Database(database),
    }
}

/// Each function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::super::on_sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::super::on_postgres().await).await;
            })+
        }
    };
}
use on_both_databases;

fn reader(name: &'static str) -> Reader {
    Reader {
        name,
        holder: "one".to_owned(),
        kinds: &[Kind::Audited],
        turn: TURN,
    }
}

fn notice(object: &str, at: Timestamp) -> Notice {
    let what = What::Audited {
        who: "tester".to_owned(),
        action: "test".to_owned(),
        object: object.to_owned(),
    };
    Notice {
        org: OrgId(1),
        at,
        what,
    }
}

fn objects(handed: &Handed) -> Vec<String> {
    let object = |notice: &Notice| match &notice.what {
        What::Audited { object, .. } => object.clone(),
        other => panic!("{other:?}"),
    };
    handed.notices.iter().map(object).collect()
}

impl Fixture {
    async fn begin(&self) -> Session {
        Session::begin(&self.store.db).await.unwrap()
    }

    /// A commit of its own.
    async fn commit(&self, objects: &[&str]) {
        self.commit_at(objects, NOW).await;
    }

    async fn commit_at(&self, objects: &[&str], at: Timestamp) {
        let mut tx = self.begin().await;
        let notices: Vec<_> = objects.iter().map(|object| notice(object, at)).collect();
        append(&mut tx, &notices).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What there is now, if anything.
    async fn look(&self, reader: &Reader, limit: u32, now: Timestamp) -> Handed {
        self.store.hand_over(reader, limit, now).await.unwrap()
    }

    /// What there is as soon as there is something: PostgreSQL's horizon waits for the transactions of all databases, those
    /// of other tests among them.
    async fn handed(&self, reader: &Reader, limit: u32, now: Timestamp) -> Handed {
        let begun = Instant::now();
        loop {
            let handed = self.look(reader, limit, now).await;
            if handed.upto.is_some() {
                return handed;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing is handed over");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Reads and acknowledges.
    async fn read(&self, reader: &Reader, limit: u32) -> Vec<String> {
        let handed = self.handed(reader, limit, NOW).await;
        self.store.acknowledge(reader, handed.upto.unwrap()).await.unwrap();
        objects(&handed)
    }

    async fn has_nothing_for(&self, reader: &Reader) -> bool {
        self.look(reader, 10, NOW).await.upto.is_none()
    }
}
