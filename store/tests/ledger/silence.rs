//! A PostgreSQL that stops answering in the middle of a statement: the caller gets an error, the connection is thrown
//! away, and its place in the pool is free again.

use crate::timeouts::{HANG, SHORT, spec};
use bellhop_store::SqlStore;
use bellhop_store::guests::OrganisationsOfTests;
use bellhop_store::postgres::{self, Patience};
use sqlx::{Connection, PgConnection};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The server's own limits come too late to be heard.
const PATIENT: Patience = Patience {
    statement: Duration::from_secs(4),
    lock: HANG,
    ..SHORT
};

/// A network between us and the server, which may swallow what either says; no connection is closed by it.
struct Network {
    url: String,
    swallows: watch::Sender<bool>,
}

impl Network {
    async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (before, rest) = url.split_once("127.0.0.1:").unwrap();
        let (port, behind) = rest.split_once('/').unwrap();
        let here = listener.local_addr().unwrap();
        let server = format!("127.0.0.1:{port}");
        let (swallows, told) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&server).await else {
                    return;
                };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(pump(near_in, far_out, told.clone()));
                tokio::spawn(pump(far_in, near_out, told.clone()));
            }
        });
        Network {
            url: format!("{before}{here}/{behind}"),
            swallows,
        }
    }
}

/// Hands on what comes; once something was swallowed, nothing more is handed on.
async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    swallows: watch::Receiver<bool>,
) {
    let (mut buffer, mut lost) = ([0; 4096], false);
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        lost |= *swallows.borrow();
        if !lost && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
    // The end of a connection is swallowed too.
    if lost {
        std::future::pending().await
    }
}

/// The server's process that waits for the lock on this database.
async fn waiting(looker: &mut PgConnection) -> i32 {
    let text = "SELECT pid FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name = 'bellhop'";
    let began = Instant::now();
    loop {
        if let Some(pid) = sqlx::query_scalar(text).fetch_optional(&mut *looker).await.unwrap() {
            return pid;
        }
        assert!(began.elapsed() < HANG, "nobody waits");
    }
}

/// Lets a statement wait for a lock, makes the server silent, and says what the caller hears. Its only connection is
/// lost, so whatever comes after it needs another.
async fn heard(store: &SqlStore, url: &str, silence: impl FnOnce(i32)) -> String {
    let mut other = PgConnection::connect(url).await.unwrap();
    let mut held = other.begin().await.unwrap();
    let lock = "LOCK TABLE organisations IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(lock).execute(&mut *held).await.unwrap();
    let mut looker = PgConnection::connect(url).await.unwrap();
    let (store, began) = (store.clone(), Instant::now());
    let asked = tokio::spawn(async move { store.put_organisation(&spec()).await });
    silence(waiting(&mut looker).await);
    let error = tokio::time::timeout(HANG, asked).await.expect("it hangs").unwrap();
    assert!(began.elapsed() >= PATIENT.statement, "the server has the first word");
    held.rollback().await.unwrap();
    error.unwrap_err().to_string()
}

async fn works(store: &SqlStore) {
    for _ in 0..2 {
        let works = tokio::time::timeout(HANG, store.put_organisation(&spec())).await;
        works.expect("it hangs").unwrap();
    }
}

#[tokio::test]
async fn a_network_that_swallows_a_statements_answer_costs_one_connection_and_no_caller() {
    let database = bellhop_test_services::fresh_database().await.unwrap();
    let network = Network::to(database.url()).await;
    let store = postgres::open_with(&network.url, 1, PATIENT).await.unwrap();
    store.migrate().await.unwrap();
    let error = heard(&store, database.url(), |_| {
        network.swallows.send_replace(true);
    });
    let error = error.await;
    assert!(error.contains("has not answered for 9 s"), "{error}");
    network.swallows.send_replace(false);
    works(&store).await;
}

/// Lets a stopped process go on, so that its database can be dropped.
struct Stopped(i32);

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", self.0);
    }
}

fn signal(name: &str, pid: i32) {
    let done = Command::new("kill").args([name, &pid.to_string()]).status().unwrap();
    assert!(done.success(), "{name} {pid}");
}

#[tokio::test]
async fn a_stopped_server_process_costs_one_connection_and_no_caller() {
    let database = bellhop_test_services::fresh_database().await.unwrap();
    let store = postgres::open_with(database.url(), 1, PATIENT).await.unwrap();
    store.migrate().await.unwrap();
    let mut stopped = None;
    let error = heard(&store, database.url(), |pid| {
        signal("-STOP", pid);
        stopped = Some(Stopped(pid));
    });
    let error = error.await;
    assert!(error.contains("has not answered"), "{error}");
    works(&store).await;
}
