//! What a worker knows about a run while it has batches of it: its contents, compiled once.

use bellhop_campaigns::RunContents;
use bellhop_domain::mailing::{MailingSpec, Step};
use bellhop_domain::{MailingId, MessageId, OrgId, Origin, RunId, Timestamp};
use bellhop_store::StoreError;
use bellhop_store::ledger::{Claimed, Reading, Run};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A run under way.
pub(crate) struct RunInHand {
    pub id: RunId,
    pub org: OrgId,
    pub mailing: MailingId,
    pub waterfall: Vec<Step>,
    expires: Timestamp,
    /// The instant for which its audience was resolved.
    pub as_of: Option<Timestamp>,
    /// Whether its purpose is subject to caps and it is not a test.
    pub obeys_caps: bool,
    /// A test shows a sample in the place of a promo code, and takes none.
    pub is_test: bool,
    pub contents: RunContents,
    pub origin: Origin,
}

impl RunInHand {
    fn of(run: Run) -> Result<Self, StoreError> {
        let corrupt = |problem: String| StoreError::Corrupt {
            what: "run",
            id: run.id.to_string(),
            problem,
        };
        let spec: MailingSpec<serde_json::Value> =
            serde_json::from_str(&run.spec).map_err(|e| corrupt(format!("its mailing cannot be read: {e}")))?;
        let contents = RunContents::compile(&spec).map_err(|e| corrupt(e.to_string()))?;
        Ok(Self {
            id: run.id,
            org: run.org,
            mailing: run.mailing,
            as_of: run.as_of,
            expires: run.expires_at.unwrap_or(Timestamp(i64::MAX)),
            obeys_caps: run.purpose.obeys_caps() && !run.test,
            is_test: run.test,
            waterfall: spec.waterfall,
            contents,
            origin: run.origin,
        })
    }
}

impl RunInHand {
    /// The key that all tries of something that a phone shows once have in common: a mailing, or one message on
    /// demand. A repeat replaces what is shown.
    pub fn collapse_key(&self, message: MessageId) -> String {
        match self.origin.is_once_per_address() {
            true => format!("run-{}", self.id),
            false => format!("message-{message}"),
        }
    }

    /// The end of a message's life.
    pub fn expires(&self, of: &Claimed) -> Timestamp {
        of.expires.unwrap_or(self.expires)
    }
}

/// The runs in hand, each read and compiled once.
pub(crate) struct Runs {
    ledger: Arc<dyn Reading>,
    known: Mutex<HashMap<RunId, Arc<RunInHand>>>,
}

/// More runs than are ever under way at once; beyond this number the cache starts anew.
const KNOWN_AT_MOST: usize = 1_000;

impl Runs {
    pub fn new(ledger: Arc<dyn Reading>) -> Self {
        Self {
            ledger,
            known: Mutex::default(),
        }
    }

    /// Makes the run be read again.
    pub fn forget(&self, id: RunId) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    pub async fn get(&self, id: RunId) -> Result<Arc<RunInHand>, StoreError> {
        if let Some(run) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(run.clone());
        }
        let run = Arc::new(RunInHand::of(self.ledger.run(id).await?)?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_AT_MOST {
            known.clear();
        }
        known.insert(id, run.clone());
        Ok(run)
    }
}
