//! Notices of the outbox become deliveries.

use super::bodies::{Told, kind_of, named, told};
use super::facts;
use super::types::{DeliveryState, kinds};
use crate::base::outbox::Notice;
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::*;
use std::collections::{BTreeSet, HashMap};

/// The reader of the outbox.
#[async_trait]
pub trait TellingWebhooks: Send + Sync {
    /// Writes a delivery of each notice for each webhook that wants its kind and was there when it happened, and returns how
    /// many are new. `numbers` are the notices'; an id is one drawn at random for each delivery.
    async fn tell_webhooks(
        &self,
        notices: &[Notice],
        numbers: &[i64],
        draw_id: &(dyn Fn() -> String + Send + Sync),
        now: Timestamp,
    ) -> Result<u64>;
}

/// A webhook as the reader knows it.
struct Listening {
    id: i64,
    kinds: BTreeSet<WebhookKind>,
    since: Timestamp,
}

#[async_trait]
impl TellingWebhooks for SqlStore {
    async fn tell_webhooks(
        &self,
        notices: &[Notice],
        numbers: &[i64],
        draw_id: &(dyn Fn() -> String + Send + Sync),
        now: Timestamp,
    ) -> Result<u64> {
        if notices.iter().all(|it| kind_of(&it.what).is_none()) {
            return Ok(0);
        }
        let mut session = Session::read(&self.db).await?;
        let listening = listening(&mut session).await?;
        let wanted = |notice: &Notice| {
            let kind = kind_of(&notice.what);
            let all = listening.get(&notice.org).into_iter().flatten();
            let all = all.filter(|it| it.since <= notice.at && kind.is_some_and(|kind| it.kinds.contains(&kind)));
            all.map(|it| it.id).collect::<Vec<_>>()
        };
        let wanted: Vec<_> = notices
            .iter()
            .zip(numbers)
            .map(|(notice, number)| (notice, *number, wanted(notice)))
            .filter(|(.., of)| !of.is_empty())
            .collect();
        let (mut messages, mut guests) = (BTreeSet::new(), BTreeSet::new());
        for (notice, ..) in &wanted {
            let (message, guest) = named(&notice.what);
            messages.extend(message);
            guests.extend(guest);
        }
        let facts = facts::ask(&mut session, &messages, &guests).await?;
        drop(session);
        let mut rows = Vec::new();
        for (notice, number, webhooks) in wanted {
            let Some(told) = told(notice, &facts) else { continue };
            let told = std::sync::Arc::new(told);
            rows.extend(webhooks.into_iter().map(|webhook| NewDelivery {
                webhook,
                org: notice.org,
                notice: number,
                public_id: draw_id(),
                told: told.clone(),
            }));
        }
        write(self, &rows, now).await
    }
}

struct NewDelivery {
    webhook: i64,
    org: OrgId,
    notice: i64,
    public_id: String,
    told: std::sync::Arc<Told>,
}

async fn listening(session: &mut Session) -> Result<HashMap<OrgId, Vec<Listening>>> {
    let text = "SELECT id, org_id, kinds, created_at FROM webhooks WHERE enabled ORDER BY id";
    let mut all: HashMap<OrgId, Vec<Listening>> = HashMap::new();
    for row in session.fetch(sql(text)).await? {
        let c = row.columns();
        let id = c.int("id")?;
        let it = Listening {
            id,
            kinds: kinds(WebhookId(id), &c.text("kinds")?)?,
            since: Timestamp(c.int("created_at")?),
        };
        all.entry(OrgId(c.int("org_id")? as i32)).or_default().push(it);
    }
    Ok(all)
}

/// One of a subject that has to wait waits with those before it. A webhook that was deleted meanwhile gets none.
async fn write(store: &SqlStore, all: &[NewDelivery], now: Timestamp) -> Result<u64> {
    if all.is_empty() {
        return Ok(0);
    }
    let table = Table::default()
        .ints("place", (0i64..).take(all.len()))
        .ints("webhook", all.iter().map(|it| it.webhook))
        .ints("org", all.iter().map(|it| i64::from(it.org.0)))
        .ints("number", all.iter().map(|it| it.notice))
        .texts("public", all.iter().map(|it| it.public_id.as_str()))
        .texts("about", all.iter().map(|it| it.told.subject.as_str()))
        .texts("sort", all.iter().map(|it| it.told.kind.name()))
        .texts("said", all.iter().map(|it| it.told.body.as_str()))
        .ints("guest", all.iter().map(|it| it.told.customer.map(|guest| guest.0)));
    let text = format!(
        "INSERT INTO webhook_deliveries (webhook_id, org_id, notice, public_id, subject, kind, body, customer_id, state,
             created_at, began_at, next_at)
         SELECT r.webhook, r.org, r.number, r.public, r.about, r.sort, r.said, r.guest, {WAITING}, $1, $1,
             COALESCE((SELECT MAX(d.next_at) FROM webhook_deliveries d
                 WHERE d.webhook_id = r.webhook AND d.subject = r.about AND d.state = {WAITING}), $1)
         FROM {{rows}} JOIN webhooks w ON w.id = r.webhook ORDER BY r.place
         ON CONFLICT (webhook_id, notice) DO NOTHING"
    );
    let mut tx = Session::begin(&store.db).await?;
    let written = tx.execute(sql(text).int(now.0).rows(table)).await?;
    tx.commit().await?;
    Ok(written)
}

const WAITING: i16 = DeliveryState::Waiting.code();
