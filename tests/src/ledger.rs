//! Reads Bellhop's ledger with SQL written here, because the proofs do not take the product's word for what it
//! stored.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use bellhop_domain::message::MessageState;
use bellhop_domain::message_key::MessageSecret;
use bellhop_domain::{EndpointKind, MessageId, MessageIds, MessageKey};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// A reader of Bellhop's PostgreSQL database.
#[derive(Debug, Clone)]
pub struct LedgerReader {
    pool: PgPool,
}

/// How far a mailing's run is. Instants are ms UTC.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RunRow {
    pub pages: i32,
    pub as_of: Option<i64>,
    pub planned_at: Option<i64>,
    pub finished_at: Option<i64>,
}

/// One recipient's message and the address it went to last.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MessageRow {
    /// The brand's id of the guest.
    pub customer: String,
    pub address: String,
    #[sqlx(rename = "state")]
    code: i16,
}

/// Where a message's time went.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StepRow {
    pub address: String,
    pub published_at: i64,
    pub started_at: i64,
}

/// One attempt of a mailing.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    pub message: MessageId,
    pub lease: i64,
    /// The number of the endpoint's kind.
    pub kind: i16,
    pub state: i16,
    pub provider_id: Option<String>,
    pub address: String,
}

impl AttemptRow {
    pub fn is_whatsapp(&self) -> bool {
        self.kind == EndpointKind::WhatsApp.code()
    }
}

/// An address that was retired.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeadRow {
    pub customer: String,
    pub address: String,
    pub reason: Option<String>,
    /// Since when, ms UTC.
    pub state_since: i64,
}

impl MessageRow {
    /// # Errors
    /// When the number in the table is not a state.
    pub fn state(&self) -> Result<MessageState> {
        MessageState::from_code(self.code).with_context(|| format!("{} is no message state", self.code))
    }
}

impl LedgerReader {
    /// Connects when first asked, and again after every restart of the server.
    ///
    /// # Errors
    /// When the address is not one of PostgreSQL.
    pub fn of(database_url: &str) -> Result<Self> {
        let options = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(Duration::from_secs(120));
        Ok(Self {
            pool: options.connect_lazy(database_url)?,
        })
    }

    /// Fills the guest base with apps that nobody has logged in to, each with its own token.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn install_apps(&self, count: u32) -> Result<()> {
        let text = "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
                    SELECT 1, 1, 'app-' || lpad(i::TEXT, 8, '0'), 1, 0, 0 FROM generate_series(1, $1) i";
        sqlx::query(text).bind(i64::from(count)).execute(&self.pool).await?;
        sqlx::query("VACUUM ANALYZE endpoints").execute(&self.pool).await?;
        Ok(())
    }

    /// How many messages of a mailing a provider accepted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sent(&self, mailing: i64) -> Result<u64> {
        let text = "SELECT count(*) FROM messages m JOIN runs r ON r.id = m.run_id
                    WHERE r.mailing_id = $1 AND m.sent_at IS NOT NULL";
        let sent: i64 = sqlx::query_scalar(text).bind(mailing).fetch_one(&self.pool).await?;
        Ok(u64::try_from(sent)?)
    }

    /// When the tasks of a mailing's messages were published and their requests made, by address; ms UTC.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn steps(&self, mailing: i64) -> Result<Vec<StepRow>> {
        let text = "SELECT e.address, b.published_at, a.started_at
                    FROM messages m JOIN runs r ON r.id = m.run_id JOIN batches b ON b.id = m.batch_id
                    JOIN attempts a ON a.message_id = m.id JOIN endpoints e ON e.id = m.endpoint_id
                    WHERE r.mailing_id = $1";
        Ok(sqlx::query_as(text).bind(mailing).fetch_all(&self.pool).await?)
    }

    /// The mailing's run.
    ///
    /// # Errors
    /// When the database does not answer, or the mailing was not launched.
    pub async fn run(&self, mailing: i64) -> Result<RunRow> {
        let text = "SELECT pages, as_of, planned_at, finished_at FROM runs WHERE mailing_id = $1";
        Ok(sqlx::query_as(text).bind(mailing).fetch_one(&self.pool).await?)
    }

    /// How many messages of a mailing are in each state.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn states(&self, mailing: i64) -> Result<BTreeMap<&'static str, u64>> {
        let text = "SELECT m.state, count(*) FROM messages m JOIN runs r ON r.id = m.run_id
                    WHERE r.mailing_id = $1 GROUP BY m.state";
        let rows: Vec<(i16, i64)> = sqlx::query_as(text).bind(mailing).fetch_all(&self.pool).await?;
        let named = rows.into_iter().map(|(code, n)| {
            let state = MessageState::from_code(code).with_context(|| format!("{code} is no message state"))?;
            Ok((state.name(), u64::try_from(n)?))
        });
        named.collect()
    }

    /// What programs have still to do by a time: events that nobody has read, firings that are due, messages that are not on
    /// their way and do not wait for a morning, and rounds over dates of which so many programs have one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn left_of_programs(&self, by_date: i64, now: i64) -> Result<i64> {
        let text = "SELECT (SELECT count(*) FROM outbox WHERE seq > COALESCE((SELECT place FROM outbox_readers WHERE name = 'programs'), 0))
                      + (SELECT count(*) FROM firings WHERE state = 1 AND COALESCE(wanted_at, due_at) <= $2)
                      + (SELECT count(*) FROM messages m JOIN batches b ON b.id = m.batch_id
                         WHERE m.state IN (1, 2) AND COALESCE(b.waits_until, 0) <= $2)
                      + $1 - (SELECT count(*) FROM programs WHERE armed_until >= $2 + 86400000)";
        let left = sqlx::query_scalar(text).bind(by_date).bind(now);
        Ok(left.fetch_one(&self.pool).await?)
    }

    /// Every message of a mailing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn messages(&self, mailing: i64) -> Result<Vec<MessageRow>> {
        let text = "SELECT c.external_id AS customer, e.address, m.state
                    FROM messages m JOIN runs r ON r.id = m.run_id JOIN endpoints e ON e.id = m.endpoint_id
                    JOIN customers c ON c.id = m.customer_id WHERE r.mailing_id = $1";
        Ok(sqlx::query_as(text).bind(mailing).fetch_all(&self.pool).await?)
    }

    /// Every attempt of a mailing, in the order of their addresses: the same for every run of a proof.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attempts(&self, mailing: i64) -> Result<Vec<AttemptRow>> {
        let text = "SELECT a.message_id, a.lease, a.kind, a.state, a.provider_id, e.address
                    FROM attempts a JOIN runs r ON r.id = a.run_id JOIN endpoints e ON e.id = a.endpoint_id
                    WHERE r.mailing_id = $1 ORDER BY e.address, a.lease";
        type Row = (i64, i64, i16, i16, Option<String>, String);
        let rows: Vec<Row> = sqlx::query_as(text).bind(mailing).fetch_all(&self.pool).await?;
        let ids = self.message_ids().await?;
        let attempts = rows
            .into_iter()
            .map(|(key, lease, kind, state, provider_id, address)| AttemptRow {
                message: ids.id(MessageKey(key)),
                lease,
                kind,
                state,
                provider_id,
                address,
            });
        Ok(attempts.collect())
    }

    /// How the ids of messages are made of the keys in the tables.
    async fn message_ids(&self) -> Result<MessageIds> {
        let text = "SELECT from_key, secret FROM message_secrets";
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(text).fetch_all(&self.pool).await?;
        let secrets = rows.into_iter().map(|(from, secret)| {
            let secret = secret.try_into().map_err(|_| anyhow!("a secret has not 32 bytes"))?;
            let from = MessageKey(from);
            Ok(MessageSecret { from, secret })
        });
        MessageIds::new(&secrets.collect::<Result<Vec<_>>>()?).context("there is no secret of messages")
    }

    /// When each attempt of a mailing was begun, ms UTC, by its address.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn starts(&self, mailing: i64) -> Result<Vec<(String, i64)>> {
        let text = "SELECT e.address, a.started_at FROM attempts a JOIN runs r ON r.id = a.run_id
                    JOIN endpoints e ON e.id = a.endpoint_id WHERE r.mailing_id = $1";
        Ok(sqlx::query_as(text).bind(mailing).fetch_all(&self.pool).await?)
    }

    /// The addresses of all endpoints by their numbers.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn endpoints(&self) -> Result<BTreeMap<i64, String>> {
        let rows: Vec<(i64, String)> = sqlx::query_as("SELECT id, address FROM endpoints")
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// The mailing of a program's first version.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mailing_of_program(&self, program: i64) -> Result<i64> {
        let text = "SELECT mailing_id FROM program_versions WHERE program_id = $1 AND version = 1";
        Ok(sqlx::query_scalar(text).bind(program).fetch_one(&self.pool).await?)
    }

    /// How many firings have not been decided.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn undecided(&self) -> Result<i64> {
        Ok(
            sqlx::query_scalar("SELECT count(*) FROM firings WHERE decided_at IS NULL")
                .fetch_one(&self.pool)
                .await?,
        )
    }

    /// Erasures whose first pass is not over.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn erasing(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM erasures WHERE passes = 0")
            .fetch_one(&self.pool)
            .await?)
    }

    /// Every row of every table that has one of these words, with its table.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holding(&self, words: &[String]) -> Result<Vec<(String, String)>> {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT c.relname::text FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
             AND c.relnamespace = current_schema()::regnamespace ORDER BY 1",
        )
        .fetch_all(&self.pool)
        .await?;
        let any = format!("\\y({})\\y", words.join("|"));
        let mut found = Vec::new();
        for table in tables {
            let text = format!("SELECT t::text FROM {table} t WHERE t::text ~ $1 LIMIT 100");
            let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
                .bind(&any)
                .fetch_all(&self.pool)
                .await?;
            found.extend(rows.into_iter().map(|row| (table.clone(), row)));
        }
        Ok(found)
    }

    /// How many of these cards said no to marketing last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn refusing(&self, cards: &[String]) -> Result<usize> {
        let text = "SELECT count(DISTINCT c.id) FROM consents s JOIN customers c ON c.id = s.customer_id
                    WHERE c.external_id = ANY($1) AND NOT s.given";
        let count: i64 = sqlx::query_scalar(text).bind(cards).fetch_one(&self.pool).await?;
        Ok(usize::try_from(count)?)
    }

    /// The provider's ids of all messages that guests wrote, sorted; one that is stored twice is there twice.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn inbound(&self) -> Result<Vec<String>> {
        let text = "SELECT provider_id FROM inbound_messages ORDER BY provider_id COLLATE \"C\"";
        Ok(sqlx::query_scalar(text).fetch_all(&self.pool).await?)
    }

    /// How many attempts were begun without an outcome ever being recorded.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unfinished_attempts(&self, mailing: i64) -> Result<i64> {
        let text = "SELECT count(*) FROM attempts a JOIN runs r ON r.id = a.run_id
                    WHERE r.mailing_id = $1 AND a.state = 1";
        Ok(sqlx::query_scalar(text).bind(mailing).fetch_one(&self.pool).await?)
    }

    /// How many opens are kept of a message, and the longest user agent among them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn opens(&self, message: MessageId) -> Result<(i64, i64)> {
        let key = self.message_ids().await?.key(message).map(|key| key.0);
        let text = "SELECT count(*), COALESCE(max(length(user_agent)), 0)::BIGINT FROM opens WHERE message_id = $1";
        Ok(sqlx::query_as(text).bind(key).fetch_one(&self.pool).await?)
    }

    /// How many orders there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn orders(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM orders")
            .fetch_one(&self.pool)
            .await?)
    }

    /// How many addresses with this beginning belong to a guest.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attached(&self, beginning: &str) -> Result<i64> {
        let text = "SELECT count(*) FROM endpoints e JOIN customer_endpoints ce ON ce.endpoint_id = e.id
                    WHERE starts_with(e.address, $1)";
        Ok(sqlx::query_scalar(text).bind(beginning).fetch_one(&self.pool).await?)
    }

    /// Push addresses that were retired.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn dead_push_addresses(&self) -> Result<Vec<DeadRow>> {
        let text = "SELECT c.external_id AS customer, e.address, e.reason, e.state_since
                    FROM endpoints e JOIN customer_endpoints ce ON ce.endpoint_id = e.id
                    JOIN customers c ON c.id = ce.customer_id WHERE e.state = 3 AND e.kind = 1 ORDER BY e.id";
        Ok(sqlx::query_as(text).fetch_all(&self.pool).await?)
    }
}
