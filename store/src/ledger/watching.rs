//! Messages that are watched: those of programs and requests in organisations that have a webhook about them.
//!
//! A message's state is written in twenty places, most of them hot. None of them knows of this: a row is written with the
//! message, and a dispatcher compares it with the message again and again, at distances that grow with the message's age
//! (`domain::webhook::next_look`). So a state is told within a tenth of the message's age, one that lasted shorter than that may
//! be passed over, and a mailing to millions costs nothing.

use crate::base::outbox::{Notice, OfProgram, What, append};
use crate::sql::{Columns, Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::message::MessageState;
use bellhop_domain::webhook::{WebhookKind, news, next_look};
use bellhop_domain::*;

/// For whose sake messages are watched.
pub(crate) const TOLD_OF: [WebhookKind; 3] = [
    WebhookKind::MessageState,
    WebhookKind::ProgramGranted,
    WebhookKind::ProgramRevoked,
];

/// A dispatcher's: looks at watched messages and tells the outbox of what is new.
#[async_trait]
pub trait Watching: Send + Sync {
    /// Looks at up to `limit` messages that are due for it, and returns how many there were. Several who do it look at
    /// different ones, and each state is told once.
    async fn look_at_watched(&self, limit: u32, now: Timestamp) -> Result<u64>;
}

/// A message to be watched.
pub(crate) struct ToWatch<'a> {
    pub message: MessageKey,
    pub firing: Option<OfProgram>,
    /// JSON: what it grants.
    pub granted: Option<&'a str>,
}

/// Written in the transaction that makes the messages.
pub(crate) async fn watch(tx: &mut Session, org: OrgId, all: &[ToWatch<'_>], now: Timestamp) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let table = Table::default()
        .ints("message", all.iter().map(|it| it.message.0))
        .ints("program", all.iter().map(|it| it.firing.map(|of| of.program.0)))
        .ints("firing", all.iter().map(|it| it.firing.map(|of| of.firing.0)))
        .texts("gift", all.iter().map(|it| it.granted));
    let text = "INSERT INTO watched_messages (message_id, org_id, program_id, firing_id, granted, made_at, look_at)
                SELECT r.message, $1, r.program, r.firing, r.gift, $2, $2 FROM {rows} WHERE TRUE
                ON CONFLICT (message_id) DO NOTHING";
    tx.execute(sql(text).int(i64::from(org.0)).int(now.0).rows(table))
        .await?;
    Ok(())
}

/// A watched message and how it stands.
struct Looked {
    message: MessageId,
    org: OrgId,
    of: Option<OfProgram>,
    granted: Option<String>,
    seen: bool,
    told: Option<MessageState>,
    made_at: Timestamp,
    /// `None`: it has had its time.
    state: Option<MessageState>,
    was_sent: bool,
}

#[async_trait]
impl Watching for SqlStore {
    async fn look_at_watched(&self, limit: u32, now: Timestamp) -> Result<u64> {
        let mut reading = Session::read(&self.db).await?;
        let text = "SELECT 1 FROM watched_messages WHERE look_at <= $1 LIMIT 1";
        if reading.first(sql(text).int(now.0)).await?.is_none() {
            return Ok(0);
        }
        drop(reading);
        let mut tx = Session::begin(&self.db).await?;
        let looked = look(&mut tx, limit, now).await?;
        let notices: Vec<Notice> = looked.iter().flat_map(|it| it.notices(now)).collect();
        note(&mut tx, &looked, now).await?;
        if !notices.is_empty() {
            append(&mut tx, &notices).await?;
        }
        tx.commit().await?;
        Ok(looked.len() as u64)
    }
}

async fn look(tx: &mut Session, limit: u32, now: Timestamp) -> Result<Vec<Looked>> {
    let text = format!(
        "SELECT w.message_id, w.org_id, w.program_id, w.firing_id, w.granted, w.told, w.made_at, m.state, m.sent_at
         FROM watched_messages w LEFT JOIN messages m ON m.id = w.message_id
         WHERE w.look_at <= $1 ORDER BY w.look_at LIMIT {limit} {{lock}}"
    );
    let statement = sql(text).int(now.0).lock("FOR UPDATE OF w SKIP LOCKED");
    let rows = tx.fetch(statement).await?;
    rows.iter().map(|row| looked(&row.columns())).collect()
}

fn looked(c: &Columns<'_>) -> Result<Looked> {
    let told = c.opt_int("told")?;
    let of = c.opt_int("program_id")?.zip(c.opt_int("firing_id")?);
    Ok(Looked {
        message: c.message("message_id")?,
        org: OrgId(c.int("org_id")? as i32),
        of: of.map(|(program, firing)| OfProgram {
            program: ProgramId(program),
            firing: FiringId(firing),
        }),
        granted: c.opt_text("granted")?,
        seen: told.is_some(),
        told: told.and_then(|code| MessageState::from_code(code as i16)),
        made_at: Timestamp(c.int("made_at")?),
        state: c.opt_code("state", "state of a message", MessageState::from_code)?,
        was_sent: c.opt_int("sent_at")?.is_some(),
    })
}

/// Ended without reaching anybody, as far as is known.
fn is_lost(state: MessageState) -> bool {
    state.rank() == 1
}

impl Looked {
    fn news(&self) -> Option<MessageState> {
        news(self.told, self.state?, self.was_sent)
    }

    /// What is told: a grant at the first look, and what it comes to.
    fn notices(&self, at: Timestamp) -> Vec<Notice> {
        let (news, message) = (self.news(), self.message);
        let grant = self.of.zip(self.granted.clone());
        let granted = |grant: &(OfProgram, String)| What::Granted {
            message,
            of: grant.0,
            granted: grant.1.clone(),
        };
        let mut told = Vec::new();
        told.extend(grant.as_ref().filter(|_| !self.seen).map(granted));
        told.extend(news.map(|state| What::MessageMoved {
            message,
            state,
            of: self.of,
        }));
        if let (Some(state), Some(grant)) = (news, &grant) {
            match (self.told.is_some_and(is_lost), is_lost(state)) {
                (false, true) => told.push(What::Revoked { message, of: grant.0 }),
                // A late report says that it arrived after all.
                (true, false) => told.push(granted(grant)),
                _ => {}
            }
        }
        let notice = |what| Notice {
            org: self.org,
            at,
            what,
        };
        told.into_iter().map(notice).collect()
    }

    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        next_look(self.state?, self.made_at, now)
    }
}

/// Notes what was told and when to look again, and forgets what is over.
async fn note(tx: &mut Session, looked: &[Looked], now: Timestamp) -> Result<()> {
    let again: Vec<_> = looked.iter().filter_map(|it| Some((it, it.next(now)?))).collect();
    if !again.is_empty() {
        let told = |it: &Looked| it.news().or(it.told).map_or(0, |state| i64::from(state.code()));
        let table = Table::default()
            .messages("message", again.iter().map(|(it, _)| it.message))
            .ints("said", again.iter().map(|(it, _)| told(it)))
            .ints("until", again.iter().map(|(_, next)| next.0));
        let text =
            "UPDATE watched_messages SET told = r.said, look_at = r.until FROM {rows} WHERE message_id = r.message";
        tx.execute(sql(text).rows(table)).await?;
    }
    let over: Vec<_> = looked.iter().filter(|it| it.next(now).is_none()).collect();
    if !over.is_empty() {
        let table = Table::default().messages("message", over.iter().map(|it| it.message));
        let text = "DELETE FROM watched_messages WHERE message_id IN (SELECT r.message FROM {rows})";
        tx.execute(sql(text).rows(table)).await?;
    }
    Ok(())
}
