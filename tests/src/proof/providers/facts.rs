//! What Bellhop's ledger says, read with SQL written here from the file of the embedded default.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use bellhop_domain::EndpointKind;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, WaitingFor};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// An attempt as the query gives it.
type AttemptRow = (i64, i16, Option<String>, i64, Option<i64>);

/// A reader of the database file.
pub(super) struct Ledger(SqlitePool);

/// Everything that rows are judged by, at one instant.
pub(super) struct Snapshot {
    /// By organisation and the brand's id of the guest.
    guests: HashMap<(String, String), Guest>,
    /// Why senders are paused, by organisation.
    stopped: HashMap<String, String>,
}

/// What is known about one row.
pub(super) struct Facts<'s> {
    pub guests: Vec<&'s Guest>,
    pub probe: Option<&'s Guest>,
    pub sender_stopped: Option<&'s str>,
}

/// The single message of a guest.
#[derive(Debug, Clone, Default)]
pub(super) struct Guest {
    pub state: i16,
    pub waiting_for: Option<i16>,
    pub due_at: Option<i64>,
    pub reason: Option<String>,
    address_state: i16,
    pub address_reason: Option<String>,
    /// Whether the guest consents to the channel of the message.
    pub consents: bool,
    pub run_state: i16,
    pub paused_reason: Option<String>,
    pub batch_held: bool,
    pub attempts: Vec<Attempt>,
    /// How many reports about it were kept.
    pub reports: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub state: i16,
    pub reason: Option<String>,
    pub started_at: i64,
    pub ended_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    slug: String,
    customer: String,
    id: i64,
    state: i16,
    waiting_for: Option<i16>,
    due_at: Option<i64>,
    reason: Option<String>,
    kind: i16,
    address_state: i16,
    address_reason: Option<String>,
    consent_mask: Option<i64>,
    run_state: i16,
    paused_reason: Option<String>,
    held_until: Option<i64>,
}

const MESSAGES: &str =
    "SELECT o.slug, c.external_id AS customer, m.id, m.state, m.waiting_for, m.due_at, m.reason, e.kind,
        e.state AS address_state, e.reason AS address_reason, f.consent_mask, r.state AS run_state, r.paused_reason,
        b.held_until
    FROM messages m JOIN organisations o ON o.id = m.org_id JOIN customers c ON c.id = m.customer_id
    JOIN endpoints e ON e.id = m.endpoint_id JOIN runs r ON r.id = m.run_id JOIN batches b ON b.id = m.batch_id
    LEFT JOIN customer_facts f ON f.customer_id = m.customer_id";

const REPORTS: &str = "SELECT a.message_id, count(*) FROM receipts r JOIN attempts a
        ON a.org_id = r.org_id AND a.kind = r.kind
        AND (a.message_id = r.message_id OR r.message_id IS NULL AND a.provider_id = r.reference)
    GROUP BY a.message_id";

impl Ledger {
    /// Opens the file when first asked.
    pub fn of(file: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .busy_timeout(std::time::Duration::from_secs(10));
        Self(SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options))
    }

    /// # Errors
    /// When the database does not answer.
    pub async fn look(&self) -> Result<Snapshot> {
        let rows: Vec<MessageRow> = sqlx::query_as(MESSAGES).fetch_all(&self.0).await?;
        let attempts =
            "SELECT message_id, state, reason, started_at, ended_at FROM attempts ORDER BY message_id, lease";
        let attempts: Vec<AttemptRow> = sqlx::query_as(attempts).fetch_all(&self.0).await?;
        let reports: Vec<(i64, i64)> = sqlx::query_as(REPORTS).fetch_all(&self.0).await?;
        let stopped = "SELECT o.slug, p.reason FROM sender_pauses p JOIN organisations o ON o.id = p.org_id";
        let stopped: Vec<(String, String)> = sqlx::query_as(stopped).fetch_all(&self.0).await?;
        let mut by_message: HashMap<i64, Vec<Attempt>> = HashMap::new();
        for (message, state, reason, started_at, ended_at) in attempts {
            by_message.entry(message).or_default().push(Attempt {
                state,
                reason,
                started_at,
                ended_at,
            });
        }
        let reports: HashMap<i64, usize> = reports
            .into_iter()
            .map(|(message, count)| (message, usize::try_from(count).unwrap_or_default()))
            .collect();
        let guest = |row: MessageRow| {
            let (attempts, reports) = (by_message.remove(&row.id), reports.get(&row.id));
            let key = (row.slug.clone(), row.customer.clone());
            (
                key,
                Guest::new(row, attempts.unwrap_or_default(), reports.copied().unwrap_or_default()),
            )
        };
        Ok(Snapshot {
            guests: rows.into_iter().map(guest).collect(),
            stopped: stopped.into_iter().collect(),
        })
    }

    /// Whether the provider's latest word on an organisation's sender names this state, or this state stopped it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn health(&self, organisation: &str, state: &str) -> Result<bool> {
        let text = "SELECT count(*) FROM sender_health h JOIN organisations o ON o.id = h.org_id
            WHERE o.slug = $1 AND instr(h.why, $2) > 0";
        let known: i64 = sqlx::query_scalar(text)
            .bind(organisation)
            .bind(state)
            .fetch_one(&self.0)
            .await?;
        Ok(known > 0)
    }
}

impl Snapshot {
    /// `guests` and `probe` by the brand's ids; nothing is known about guests without a message.
    pub fn of(&self, organisation: &str, guests: &[String], probe: Option<&String>) -> Facts<'_> {
        let find = |id: &String| self.guests.get(&(organisation.to_owned(), id.clone()));
        let found: Vec<&Guest> = guests.iter().filter_map(find).collect();
        Facts {
            guests: if found.len() == guests.len() { found } else { Vec::new() },
            probe: probe.and_then(find),
            sender_stopped: self.stopped.get(organisation).map(String::as_str),
        }
    }

    /// Whether every one of these guests has had an attempt that has ended.
    pub fn were_tried(&self, organisation: &str, guests: &[String]) -> bool {
        let facts = self.of(organisation, guests, None);
        let tried = |guest: &&Guest| guest.attempts.iter().any(|attempt| attempt.ended_at.is_some());
        !facts.guests.is_empty() && facts.guests.iter().all(tried)
    }
}

impl Guest {
    fn new(row: MessageRow, attempts: Vec<Attempt>, reports: usize) -> Self {
        let channel = EndpointKind::from_code(row.kind).map(EndpointKind::channel);
        let mask = row.consent_mask.unwrap_or_default();
        Self {
            state: row.state,
            waiting_for: row.waiting_for,
            due_at: row.due_at,
            reason: row.reason,
            address_state: row.address_state,
            address_reason: row.address_reason,
            consents: channel.is_some_and(|channel| mask & channel.bit() != 0),
            run_state: row.run_state,
            paused_reason: row.paused_reason,
            batch_held: row.held_until.is_some(),
            attempts,
            reports,
        }
    }

    pub fn is(&self, state: MessageState) -> bool {
        self.state == state.code()
    }

    pub fn is_final(&self) -> bool {
        MessageState::from_code(self.state).is_some_and(MessageState::is_final)
    }

    /// State 3 of an endpoint.
    pub fn is_dead(&self) -> bool {
        self.address_state == 3
    }

    pub fn last_attempt_is(&self, state: AttemptState, says: &str) -> bool {
        self.attempts.last().is_some_and(|last| last.is(state, says))
    }

    /// Whether it waits until at least `after` seconds after the end of the last attempt.
    pub fn waits_for(&self, what: WaitingFor, after: i64) -> bool {
        let ended = self.attempts.last().and_then(|last| last.ended_at);
        let since = self.due_at.zip(ended).map(|(due, ended)| due - ended);
        self.is(MessageState::Waiting)
            && self.waiting_for == Some(what.code())
            && since.is_some_and(|since| since >= after * 1_000)
    }

    /// Whether its first attempt began at least `after` seconds after the end of the other guest's.
    pub fn began_after(&self, other: &Guest, after: i64) -> bool {
        let began = self.attempts.first().map(|first| first.started_at);
        let ended = other.attempts.first().and_then(|first| first.ended_at);
        began
            .zip(ended)
            .is_some_and(|(began, ended)| began - ended >= after * 1_000)
    }

    /// Whether the first attempt ended like this, and another one at least `after` seconds later was accepted.
    pub fn went_again(&self, first: AttemptState, says: &str, after: i64) -> bool {
        let [one, .., last] = self.attempts.as_slice() else {
            return false;
        };
        let later = one
            .ended_at
            .is_some_and(|ended| last.started_at - ended >= after * 1_000);
        let taken = AttemptState::from_code(last.state).is_some_and(AttemptState::was_accepted);
        let arrived = self.is(MessageState::Sent) || self.is(MessageState::Delivered);
        one.is(first, says) && taken && later && arrived
    }
}

impl Attempt {
    fn is(&self, state: AttemptState, says: &str) -> bool {
        let reason = self.reason.as_deref().unwrap_or_default();
        self.state == state.code() && reason.contains(says)
    }
}
