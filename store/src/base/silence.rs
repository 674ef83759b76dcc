//! A PostgreSQL that says nothing. What takes too long it ends itself ([`Patience`](super::postgres::Patience)), but a
//! server that is stopped does not, nor one behind a network that swallows packets: there the caller has to give up.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What is waited beyond the server's own limit, so that mostly the server speaks first and says why.
const GRACE: Duration = Duration::from_secs(5);

/// How long a caller waits for the answer to one statement, and whether somebody has lately waited in vain.
#[derive(Debug, Clone)]
pub struct Silence {
    /// `None` for ever, as by a server without a limit.
    limit: Option<Duration>,
    met: Arc<AtomicBool>,
}

impl Silence {
    /// For a server that ends statements after so long; zero means never.
    pub fn beyond(statement: Duration) -> Self {
        Self {
            limit: (!statement.is_zero()).then_some(statement.saturating_add(GRACE)),
            met: Arc::default(),
        }
    }

    /// Whether some caller has given up since the server was last heard: then no connection is trusted that comes back,
    /// and asking each costs no one who waits. Otherwise asking would cost a round trip a statement.
    pub fn was_met(&self) -> bool {
        self.met.load(Ordering::Relaxed)
    }

    /// The server has answered again.
    pub fn is_over(&self) {
        self.met.store(false, Ordering::Relaxed);
    }

    /// Does what is asked of the server, or gives up. The connection is then in the middle of a statement; the pool asks
    /// it before anybody else gets it, and closes it if there is still no answer.
    pub async fn bounds<T, E: From<sqlx::Error>>(&self, asked: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let Some(limit) = self.limit else {
            return asked.await;
        };
        match tokio::time::timeout(limit, asked).await {
            Ok(answered) => answered,
            Err(_) => {
                self.met.store(true, Ordering::Relaxed);
                Err(silent(limit).into())
            }
        }
    }
}

/// The error of a server that does not answer.
pub fn silent(limit: Duration) -> sqlx::Error {
    let seconds = limit.as_secs_f32();
    let why = format!(
        "PostgreSQL has not answered for {seconds} s, longer than its own limit of a statement; see whether the server hangs, \
         and the network to it"
    );
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, why))
}
