//! The PostgreSQL database of one test, which is dropped with it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context, Result};

use crate::postgres;

/// A database that nobody else uses. Dropping it drops the database, with whatever is still connected to it: tests
/// leave some 10 MB each.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    /// Creates an empty database, or a copy of `template`, to which nobody may be connected.
    pub(crate) async fn create(server: &str, name: String, template: Option<&str>) -> Result<Self> {
        let url = postgres::create_database(server, &name, template).await?;
        Ok(Self {
            server: server.to_owned(),
            name,
            url,
        })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its address. The database lives as long as its server.
    pub fn keep(mut self) -> String {
        self.name.clear();
        std::mem::take(&mut self.url)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            let last = Last {
                server: std::mem::take(&mut self.server),
                name: std::mem::take(&mut self.name),
            };
            // Without the thread, the database ends with its server.
            let _ = endings().lock().unwrap_or_else(PoisonError::into_inner).send(last);
        }
    }
}

/// A database that is to end.
struct Last {
    server: String,
    name: String,
}

/// The runtime of a test ends with it, so databases are dropped by a thread of the process with its own runtime.
fn endings() -> &'static Mutex<Sender<Last>> {
    static ENDINGS: OnceLock<Mutex<Sender<Last>>> = OnceLock::new();
    ENDINGS.get_or_init(|| {
        let (sender, receiver) = channel();
        std::thread::spawn(|| end_all(receiver));
        Mutex::new(sender)
    })
}

fn end_all(receiver: Receiver<Last>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("no runtime to drop databases in")?;
    for last in receiver {
        // The server may have been the process's own, and be gone.
        let _ = runtime.block_on(postgres::drop_database(&last.server, &last.name));
    }
    Ok(())
}
