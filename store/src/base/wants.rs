//! Of what somebody outside wants to be told. A notice that only webhooks read is written where one of the organisation wants
//! it, so that nobody else pays for it.

use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::OrgId;
use bellhop_domain::webhook::WebhookKind;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A webhook is told of what happens this long after it was created, at the latest.
const KNOWN_FOR: Duration = Duration::from_secs(1);

/// Whether anybody wants to be told of this kind, as the transaction sees it.
pub(crate) async fn is_wanted(tx: &mut Session, org: OrgId, kind: WebhookKind) -> Result<bool> {
    let text = "SELECT 1 FROM outbox_wants WHERE org_id = $1 AND kind = $2";
    let statement = sql(text).int(i64::from(org.0)).text(kind.name());
    Ok(tx.first(statement).await?.is_some())
}

/// What an organisation's webhooks want from now on.
pub(crate) async fn put(tx: &mut Session, org: OrgId, kinds: &HashSet<WebhookKind>) -> Result<()> {
    tx.execute(sql("DELETE FROM outbox_wants WHERE org_id = $1").int(i64::from(org.0)))
        .await?;
    for kind in kinds {
        let text = "INSERT INTO outbox_wants (org_id, kind) VALUES ($1, $2)";
        tx.execute(sql(text).int(i64::from(org.0)).text(kind.name())).await?;
    }
    Ok(())
}

/// What is wanted, as it was at most a second ago: for the paths on which each question counts.
#[derive(Default)]
pub(crate) struct KnownWants(Mutex<Option<(Instant, Wants)>>);

type Wants = HashSet<(i64, String)>;

fn key(org: OrgId, kind: WebhookKind) -> (i64, String) {
    (i64::from(org.0), kind.name().to_owned())
}

impl KnownWants {
    /// Whether the organisation wants one of these.
    pub async fn any(&self, session: &mut Session, org: OrgId, kinds: &[WebhookKind]) -> Result<bool> {
        let wants = |known: &Wants| !known.is_empty() && kinds.iter().any(|kind| known.contains(&key(org, *kind)));
        if let Some(known) = self.kept(wants) {
            return Ok(known);
        }
        let mut all = Wants::new();
        for row in session.fetch(sql("SELECT org_id, kind FROM outbox_wants")).await? {
            let c = row.columns();
            all.insert((c.int("org_id")?, c.text("kind")?));
        }
        let known = wants(&all);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), all));
        Ok(known)
    }

    fn kept(&self, ask: impl FnOnce(&Wants) -> bool) -> Option<bool> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = kept.as_ref().filter(|(since, _)| since.elapsed() < KNOWN_FOR);
        fresh.map(|(_, known)| ask(known))
    }
}
