//! Guests' messages: kept once, with the conversation they belong to. Whoever writes has a live address.

use super::wishes::{TakeWord, Word};
use super::{ID_BYTES, KEPT_BYTES, Source, storable};
use crate::db::{on_both, writing};
use crate::guests::{Attach, EndpointRows, Settling};
use crate::{Result, SqlStore, StoreError};
use bellhop_domain::incoming::{Inbound, InboundContent};
use bellhop_domain::opt_out::{Reading, Wish};
use bellhop_domain::{CustomerId, EndpointId, EndpointKind, OrgId, Timestamp};
use sqlx::Row;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// An inbound message as it is stored.
struct Kept<'a> {
    provider_id: Cow<'a, str>,
    from: Cow<'a, str>,
    name: Option<Cow<'a, str>>,
    at: Timestamp,
    /// JSON.
    content: String,
    words: Option<Cow<'a, str>>,
    answers: Option<Cow<'a, str>>,
    /// The consent that it gives or takes, and how it says so.
    wish: Option<(bool, String)>,
}

impl<'a> Kept<'a> {
    fn new(source: &Source<'_>, message: &'a Inbound, now: Timestamp) -> Result<Self> {
        let wish = match message.content.reading() {
            Reading::Sure { wish, by } => Some((wish == Wish::Start, format!("{}:{by}", source.kind.channel()))),
            Reading::Doubtful { .. } | Reading::Ordinary => None,
        };
        let content = serde_json::to_string(&bounded(&message.content)).map_err(|e| StoreError::Corrupt {
            what: "inbound message",
            id: message.provider_id.clone(),
            problem: e.to_string(),
        })?;
        Ok(Kept {
            provider_id: storable(&message.provider_id, ID_BYTES),
            from: storable(&message.from, ID_BYTES),
            name: message.name.as_deref().map(|name| storable(name, ID_BYTES)),
            // A clock ahead of ours is not believed.
            at: message.at.min(now),
            content,
            words: message.content.words().map(|words| storable(words, KEPT_BYTES)),
            answers: message.answers.as_deref().map(|id| storable(id, ID_BYTES)),
            wish,
        })
    }
}

/// What we do not understand may be of any length.
fn bounded(content: &InboundContent) -> Cow<'_, InboundContent> {
    match content {
        InboundContent::Other { kind, raw } if raw.len() > KEPT_BYTES => Cow::Owned(InboundContent::Other {
            kind: kind.clone(),
            raw: storable(raw, KEPT_BYTES).into_owned(),
        }),
        _ => Cow::Borrowed(content),
    }
}

/// Keeping a guest's message, inside a transaction.
trait Receive {
    async fn is_known(&mut self, source: &Source<'_>, provider_id: &str) -> Result<bool>;
    /// The endpoint of the address the guest writes from: created, or called back to life. Facts follow.
    async fn live_endpoint(&mut self, source: &Source<'_>, message: &Kept<'_>, now: Timestamp) -> Result<EndpointId>;
    async fn write(
        &mut self,
        source: &Source<'_>,
        endpoint: EndpointId,
        message: &Kept<'_>,
        now: Timestamp,
    ) -> Result<()>;
}

pub(super) async fn receive(store: &SqlStore, source: &Source<'_>, message: &Inbound, now: Timestamp) -> Result<()> {
    let message = Kept::new(source, message, now)?;
    writing!(&store.db, tx => {
        if !tx.is_known(source, &message.provider_id).await? {
            let endpoint = tx.live_endpoint(source, &message, now).await?;
            tx.write(source, endpoint, &message, now).await?;
            if let Some((given, how)) = &message.wish {
                let word = Word { address: &message.from, given: *given, at: message.at, how };
                tx.take_word(source, &word, now).await?;
            }
        }
    });
    Ok(())
}

const REVIVE: &str = "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
    VALUES ($1, $2, $3, 1, $4, $4)
    ON CONFLICT (org_id, kind, address) DO UPDATE SET state = 1, state_since = excluded.state_since, reason = NULL,
        registered_at = excluded.registered_at
    WHERE endpoints.state = 3 AND endpoints.state_since < excluded.state_since
    RETURNING id";

const CONVERSE: &str = "INSERT INTO conversations (org_id, sender, endpoint_id, name, last_inbound_at, started_at)
    VALUES ($1, $2, $3, $4, $5, $5)
    ON CONFLICT (endpoint_id, sender) DO UPDATE SET name = COALESCE(excluded.name, conversations.name),
        last_inbound_at = CASE WHEN conversations.last_inbound_at < excluded.last_inbound_at
            THEN excluded.last_inbound_at ELSE conversations.last_inbound_at END
    RETURNING id";

on_both! {
    /// The customers with this phone, two at most.
    async fn with_phone(conn: &mut Conn, org: OrgId, phone: &str) -> Result<Vec<CustomerId>> {
        let rows = sqlx::query(
            "SELECT DISTINCT l.customer_id FROM endpoints e JOIN customer_endpoints l ON l.endpoint_id = e.id
            WHERE e.org_id = $1 AND e.kind = $2 AND e.address = $3 LIMIT 2",
        )
        .bind(org.0)
        .bind(EndpointKind::Phone.code())
        .bind(phone)
        .fetch_all(&mut *conn)
        .await?;
        rows.iter().map(|row| Ok(CustomerId(row.try_get(0)?))).collect()
    }

    impl Receive for Conn {
        async fn is_known(&mut self, source: &Source<'_>, provider_id: &str) -> Result<bool> {
            let found: Option<i64> = sqlx::query_scalar(
                "SELECT id FROM inbound_messages WHERE org_id = $1 AND kind = $2 AND provider_id = $3",
            )
            .bind(source.org.0)
            .bind(source.kind.code())
            .bind(provider_id)
            .fetch_optional(&mut *self)
            .await?;
            Ok(found.is_some())
        }

        async fn live_endpoint(&mut self, source: &Source<'_>, message: &Kept<'_>, now: Timestamp) -> Result<EndpointId> {
            let changed: Option<i64> = sqlx::query_scalar(REVIVE)
                .bind(source.org.0)
                .bind(source.kind.code())
                .bind(message.from.as_ref())
                .bind(message.at.0)
                .fetch_optional(&mut *self)
                .await?;
            let id: i64 = match changed {
                Some(id) => id,
                None => {
                    sqlx::query_scalar("SELECT id FROM endpoints WHERE org_id = $1 AND kind = $2 AND address = $3")
                        .bind(source.org.0)
                        .bind(source.kind.code())
                        .bind(message.from.as_ref())
                        .fetch_one(&mut *self)
                        .await?
                }
            };
            let endpoint = EndpointId(id);
            let owners = self.customers_of(endpoint).await?;
            let mut touched: BTreeSet<CustomerId> = BTreeSet::new();
            if changed.is_some() {
                touched.extend(&owners);
            }
            if owners.is_empty() && source.kind == EndpointKind::WhatsApp
                && let [customer] = with_phone(self, source.org, &message.from).await?[..]
            {
                let attach = Attach { customer, kind: source.kind, address: message.from.clone().into_owned() };
                touched.extend(self.attach(source.org, &[attach], now).await?);
                touched.insert(customer);
            }
            if !touched.is_empty() {
                let touched: Vec<_> = touched.into_iter().collect();
                let stale = self.mark_sharing(source.org, &touched).await?;
                self.compute(source.org, &stale).await?;
            }
            Ok(endpoint)
        }

        async fn write(
            &mut self,
            source: &Source<'_>,
            endpoint: EndpointId,
            message: &Kept<'_>,
            now: Timestamp,
        ) -> Result<()> {
            let conversation: i64 = sqlx::query_scalar(CONVERSE)
                .bind(source.org.0)
                .bind(source.sender)
                .bind(endpoint.0)
                .bind(message.name.as_deref())
                .bind(message.at.0)
                .fetch_one(&mut *self)
                .await?;
            // Told twice at once, the second fails here and finds it known when it is made again.
            sqlx::query(
                "INSERT INTO inbound_messages (org_id, kind, provider_id, conversation_id, at, came_at, content, words, answers)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(source.org.0)
            .bind(source.kind.code())
            .bind(message.provider_id.as_ref())
            .bind(conversation)
            .bind(message.at.0)
            .bind(now.0)
            .bind(&message.content)
            .bind(message.words.as_deref())
            .bind(message.answers.as_deref())
            .execute(&mut *self)
            .await?;
            Ok(())
        }
    }
}
