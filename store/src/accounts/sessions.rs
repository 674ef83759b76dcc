//! Sessions: logins that have not ended.

use super::rows::{PERSON, absent, end_sessions, locked, object, person_of};
use super::tokens::hash;
use super::types::{Credentials, LoggedIn, Person, PersonState};
use crate::base::audit::{Deed, log};
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::login::{LONGEST, is_open};
use bellhop_domain::{OrgId, PersonId, SessionId, Timestamp, person};
use secrecy::SecretString;

/// A use is written down when the last one known is so old.
const MINUTE_MS: i64 = 60_000;

/// A login that succeeds.
#[derive(Clone, Copy)]
pub struct NewSession<'a> {
    pub person: PersonId,
    pub token: &'a SecretString,
    /// The session that the same browser had until now, whosever it was: it ends.
    pub instead_of: Option<&'a SecretString>,
    pub device: &'a str,
    pub address: &'a str,
}

/// A session as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    pub id: SessionId,
    pub device: String,
    pub address: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
}

/// Logins.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// What a login with this e-mail is checked against.
    async fn credentials(&self, email: &str) -> Result<Option<Credentials>>;
    async fn begin_session(&self, new: NewSession<'_>, now: Timestamp) -> Result<()>;
    /// Who is logged in by this token. Asked at each request, so that whoever is disabled is out at once.
    async fn session(&self, token: &SecretString, now: Timestamp) -> Result<Option<LoggedIn>>;
    /// The same without the session being used by it: for what goes on by itself, as a stream does.
    async fn look_at_session(&self, token: &SecretString, now: Timestamp) -> Result<Option<LoggedIn>>;
    /// Those of a person, the latest used first.
    async fn sessions_of(&self, person: PersonId, now: Timestamp) -> Result<Vec<OpenSession>>;
    /// Ends a session of this person; `false` if they have no such.
    async fn end_session(&self, person: PersonId, id: SessionId) -> Result<bool>;
    /// Sets a person's password, hashed, in their own name; all their sessions but this one end.
    async fn set_password(
        &self,
        org: OrgId,
        person: PersonId,
        hash: &str,
        session: SessionId,
        now: Timestamp,
    ) -> Result<()>;
    /// Ends all sessions of a person but this one.
    async fn end_other_sessions(&self, person: PersonId, id: SessionId) -> Result<()>;
}

#[async_trait]
impl Sessions for SqlStore {
    async fn credentials(&self, email: &str) -> Result<Option<Credentials>> {
        let text = format!("SELECT {PERSON}, p.password, p.totp_secret FROM people p WHERE p.email = $1");
        let row = Session::read(&self.db).await?.first(sql(text).text(email)).await?;
        row.as_ref().map(credentials_of).transpose()
    }

    async fn begin_session(&self, new: NewSession<'_>, now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        if let Some(old) = new.instead_of {
            let old = hash(old);
            let text = "DELETE FROM sessions WHERE token_hash = $1";
            tx.execute(sql(text).text(old.as_str())).await?;
        }
        tx.execute(sql("DELETE FROM sessions WHERE ends_at <= $1").int(now.0))
            .await?;
        let text = "UPDATE people SET login_at = $2 WHERE id = $1 AND disabled_at IS NULL RETURNING id";
        let there = tx.first(sql(text).int(new.person.0).int(now.0)).await?;
        there.ok_or_else(|| absent(new.person))?;
        let token = hash(new.token);
        let text = "INSERT INTO sessions (token_hash, person_id, created_at, seen_at, ends_at, device, address)
                    VALUES ($1, $2, $3, $3, $4, $5, $6)";
        let statement = sql(text)
            .text(token.as_str())
            .int(new.person.0)
            .int(now.0)
            .int(now.plus(LONGEST).0)
            .text(new.device)
            .text(new.address);
        tx.execute(statement).await?;
        let text = format!("SELECT {PERSON} FROM people p WHERE p.id = $1");
        let row = tx.first(sql(text).int(new.person.0)).await?;
        let it = person_of(&row.ok_or_else(|| absent(new.person))?)?;
        log(&mut tx, own_deed(&it, &signed(&it), "person.login", now)).await?;
        tx.commit().await
    }

    async fn session(&self, token: &SecretString, now: Timestamp) -> Result<Option<LoggedIn>> {
        let Some((it, seen_at)) = self.open_session(token, now).await? else {
            return Ok(None);
        };
        if now.0 - seen_at.0 >= MINUTE_MS {
            let mut session_seen = Session::autocommit(&self.db).await?;
            let text = "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2";
            session_seen.execute(sql(text).int(it.session.0).int(now.0)).await?;
            session_seen.commit().await?;
        }
        Ok(Some(it))
    }

    async fn look_at_session(&self, token: &SecretString, now: Timestamp) -> Result<Option<LoggedIn>> {
        Ok(self.open_session(token, now).await?.map(|(it, _)| it))
    }

    async fn sessions_of(&self, person: PersonId, now: Timestamp) -> Result<Vec<OpenSession>> {
        let text = "SELECT id, device, address, created_at, seen_at, ends_at FROM sessions
                    WHERE person_id = $1 ORDER BY seen_at DESC, id DESC";
        let statement = sql(text).int(person.0);
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        let mut open = Vec::new();
        for row in &rows {
            let c = row.columns();
            let (seen_at, ends_at) = (Timestamp(c.int("seen_at")?), Timestamp(c.int("ends_at")?));
            if is_open(seen_at, ends_at, now) {
                open.push(OpenSession {
                    id: SessionId(c.int("id")?),
                    device: c.text("device")?,
                    address: c.text("address")?,
                    created_at: Timestamp(c.int("created_at")?),
                    seen_at,
                });
            }
        }
        Ok(open)
    }

    async fn end_session(&self, person: PersonId, id: SessionId) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "DELETE FROM sessions WHERE person_id = $1 AND id = $2";
        let ended = tx.execute(sql(text).int(person.0).int(id.0)).await?;
        tx.commit().await?;
        Ok(ended > 0)
    }

    async fn set_password(
        &self,
        org: OrgId,
        person: PersonId,
        hash: &str,
        session: SessionId,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let it = locked(&mut tx, org, person).await?;
        let text = "UPDATE people SET password = $2 WHERE id = $1";
        tx.execute(sql(text).int(person.0).text(hash)).await?;
        end_sessions(&mut tx, person, Some(session.0)).await?;
        log(&mut tx, own_deed(&it, &signed(&it), "person.password", now)).await?;
        tx.commit().await
    }

    async fn end_other_sessions(&self, person: PersonId, id: SessionId) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        end_sessions(&mut tx, person, Some(id.0)).await?;
        tx.commit().await
    }
}

impl SqlStore {
    /// Who is logged in by this token, and when the session was last used.
    async fn open_session(&self, token: &SecretString, now: Timestamp) -> Result<Option<(LoggedIn, Timestamp)>> {
        let hash = hash(token);
        let text = format!(
            "SELECT {PERSON}, s.id AS session_id, s.seen_at, s.ends_at FROM sessions s
             JOIN people p ON p.id = s.person_id WHERE s.token_hash = $1"
        );
        let statement = sql(text).text(hash.as_str());
        let Some(row) = Session::read(&self.db).await?.first(statement).await? else {
            return Ok(None);
        };
        let c = row.columns();
        let (seen_at, ends_at) = (Timestamp(c.int("seen_at")?), Timestamp(c.int("ends_at")?));
        let person = person_of(&row)?;
        if !is_open(seen_at, ends_at, now) || person.state != PersonState::Active {
            return Ok(None);
        }
        let session = SessionId(c.int("session_id")?);
        Ok(Some((LoggedIn { session, person }, seen_at)))
    }
}

fn signed(it: &Person) -> String {
    person::signed(it.id, &it.name)
}

/// What a person does with their own account.
fn own_deed<'a>(it: &Person, who: &'a str, action: &'static str, at: Timestamp) -> Deed<'a> {
    Deed {
        org: it.org,
        who,
        action,
        object: object(it.id),
        detail: None,
        at,
    }
}

fn credentials_of(row: &Row) -> Result<Credentials> {
    let c = row.columns();
    Ok(Credentials {
        person: person_of(row)?,
        password: c.opt_text("password")?,
        totp_secret: c.opt_text("totp_secret")?,
    })
}
