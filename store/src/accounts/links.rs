//! Links by which a person comes in: to the first administrator, to who is invited, to who is locked out.

use super::rows::{PERSON, end_sessions, locked, object, person_of, restaurants_text, told};
use super::tokens::{hash, token};
use super::types::{Person, PersonState};
use crate::base::audit::{Deed, Difference, log_change};
use crate::base::crossed::was_crossed;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::fault::Why;
use bellhop_domain::login::LINK;
use bellhop_domain::role::Role;
use bellhop_domain::{OrgId, PersonId, Timestamp, person};
use secrecy::SecretString;
use serde_json::json;

/// Somebody who is to come.
#[derive(Debug, Clone, Copy)]
pub struct Invited<'a> {
    pub email: &'a str,
    pub role: Role,
    pub restaurants: Option<&'a [String]>,
    pub locale: &'a str,
}

/// A link that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLink {
    pub org: OrgId,
    /// Whom it is for; `None` for whoever becomes the first administrator.
    pub person: Option<Person>,
    pub ends_at: Timestamp,
}

/// What somebody says who uses a link.
#[derive(Clone, Copy)]
pub struct Accepted<'a> {
    pub name: &'a str,
    /// Of the first administrator, whose link names none.
    pub email: Option<&'a str>,
    pub locale: &'a str,
    /// Hashed.
    pub password: &'a str,
}

/// Links are random, good once and for some days, and kept as hashes.
#[async_trait]
pub trait Links: Send + Sync {
    /// Adds a person, who comes by this link. A conflict if somebody has the e-mail.
    async fn invite(
        &self,
        org: OrgId,
        invited: Invited<'_>,
        random: [u8; 32],
        who: &str,
        now: Timestamp,
    ) -> Result<(PersonId, SecretString)>;
    /// A new link for a person, in the place of any other. With it their second factor is off, and their sessions are over.
    async fn reset(
        &self,
        org: OrgId,
        id: PersonId,
        random: [u8; 32],
        who: &str,
        now: Timestamp,
    ) -> Result<SecretString>;
    /// A link that makes an organisation's first administrator, in the place of any other; `None` if it has people.
    async fn first_link(&self, org: OrgId, random: [u8; 32], now: Timestamp) -> Result<Option<SecretString>>;
    async fn open_link(&self, token: &SecretString, now: Timestamp) -> Result<Option<OpenLink>>;
    /// Uses a link, once; `None` if it is not good.
    async fn accept(&self, token: &SecretString, said: Accepted<'_>, now: Timestamp) -> Result<Option<PersonId>>;
}

#[async_trait]
impl Links for SqlStore {
    async fn invite(
        &self,
        org: OrgId,
        invited: Invited<'_>,
        random: [u8; 32],
        who: &str,
        now: Timestamp,
    ) -> Result<(PersonId, SecretString)> {
        let mut tx = Session::begin(&self.db).await?;
        let id = taken_if_crossed(add(&mut tx, org, invited, "", None, now).await)?;
        let link = put(&mut tx, org, Some(id), random, now).await?;
        let after = json!({ "email": invited.email, "role": invited.role, "restaurants": invited.restaurants });
        let deed = deed(org, who, "person.invite", id, now);
        log_change(&mut tx, deed, &Difference::of(&json!({}), &after)).await?;
        tx.commit().await?;
        Ok((id, link))
    }

    async fn reset(
        &self,
        org: OrgId,
        id: PersonId,
        random: [u8; 32],
        who: &str,
        now: Timestamp,
    ) -> Result<SecretString> {
        let mut tx = Session::begin(&self.db).await?;
        locked(&mut tx, org, id).await?;
        let link = put(&mut tx, org, Some(id), random, now).await?;
        let text = "UPDATE people SET totp_secret = NULL, totp_on = FALSE WHERE id = $1";
        tx.execute(sql(text).int(id.0)).await?;
        tx.execute(sql("DELETE FROM recovery_codes WHERE person_id = $1").int(id.0))
            .await?;
        end_sessions(&mut tx, id, None).await?;
        let deed = deed(org, who, "person.reset", id, now);
        log_change(&mut tx, deed, &Difference::default()).await?;
        tx.commit().await?;
        Ok(link)
    }

    async fn first_link(&self, org: OrgId, random: [u8; 32], now: Timestamp) -> Result<Option<SecretString>> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "SELECT 1 FROM people WHERE org_id = $1 AND password IS NOT NULL LIMIT 1";
        if tx.first(sql(text).int(i64::from(org.0))).await?.is_some() {
            return Ok(None);
        }
        let link = put(&mut tx, org, None, random, now).await?;
        tx.commit().await?;
        Ok(Some(link))
    }

    async fn open_link(&self, token: &SecretString, now: Timestamp) -> Result<Option<OpenLink>> {
        let mut session = Session::read(&self.db).await?;
        find(&mut session, token, now, "").await
    }

    async fn accept(&self, token: &SecretString, said: Accepted<'_>, now: Timestamp) -> Result<Option<PersonId>> {
        let mut tx = Session::begin(&self.db).await?;
        let Some(link) = find(&mut tx, token, now, "FOR UPDATE").await? else {
            return Ok(None);
        };
        let org = link.org;
        let (id, before) = match &link.person {
            Some(person) => (person.id, told(person)),
            None => (first(&mut tx, org, said, now).await?, json!({})),
        };
        let text = "UPDATE people SET name = $2, password = $3 WHERE id = $1";
        tx.execute(sql(text).int(id.0).text(said.name).text(said.password))
            .await?;
        end_sessions(&mut tx, id, None).await?;
        // All of theirs, and where a first administrator has come, all that would make one.
        let text = "DELETE FROM person_links WHERE org_id = $1 AND (person_id = $2 OR person_id IS NULL)";
        tx.execute(sql(text).int(i64::from(org.0)).int(id.0)).await?;
        let after = told(&locked(&mut tx, org, id).await?);
        let who = person::signed(id, said.name);
        let deed = deed(org, &who, "person.enter", id, now);
        log_change(&mut tx, deed, &Difference::of(&before, &after)).await?;
        tx.commit().await?;
        Ok(Some(id))
    }
}

fn deed<'a>(org: OrgId, who: &'a str, action: &'static str, id: PersonId, at: Timestamp) -> Deed<'a> {
    Deed {
        org,
        who,
        action,
        object: object(id),
        detail: None,
        at,
    }
}

/// Somebody of this e-mail was added meanwhile, or before.
fn taken_if_crossed<T>(added: Result<T>) -> Result<T> {
    added.map_err(|error| match was_crossed(&error) {
        true => StoreError::Conflict(Why::EmailTaken),
        false => error,
    })
}

async fn add(
    tx: &mut Session,
    org: OrgId,
    invited: Invited<'_>,
    name: &str,
    password: Option<&str>,
    now: Timestamp,
) -> Result<PersonId> {
    let restaurants = restaurants_text(invited.restaurants);
    let text = "INSERT INTO people (org_id, email, name, locale, role, restaurants, password, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(invited.email)
        .text(name)
        .text(invited.locale)
        .int(i64::from(invited.role.code()))
        .text(restaurants.as_deref())
        .text(password)
        .int(now.0);
    let row = tx.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    Ok(PersonId(row.columns().int("id")?))
}

/// The first administrator. Somebody may have come in meanwhile by another link.
async fn first(tx: &mut Session, org: OrgId, said: Accepted<'_>, now: Timestamp) -> Result<PersonId> {
    let invited = Invited {
        email: said.email.ok_or(StoreError::Conflict(Why::EmailUnfit))?,
        role: Role::Administrator,
        restaurants: None,
        locale: said.locale,
    };
    taken_if_crossed(add(tx, org, invited, said.name, Some(said.password), now).await)
}

async fn put(
    tx: &mut Session,
    org: OrgId,
    person: Option<PersonId>,
    random: [u8; 32],
    now: Timestamp,
) -> Result<SecretString> {
    let (link, id) = (token(random), person.map(|it| it.0));
    let text = "DELETE FROM person_links WHERE org_id = $1 AND COALESCE(person_id, -1) = $2";
    tx.execute(sql(text).int(i64::from(org.0)).int(id.unwrap_or(-1)))
        .await?;
    let text = "INSERT INTO person_links (token_hash, org_id, person_id, ends_at) VALUES ($1, $2, $3, $4)";
    let hash = hash(&link);
    let statement = sql(text).text(hash.as_str()).int(i64::from(org.0)).int(id);
    tx.execute(statement.int(now.plus(LINK).0)).await?;
    Ok(link)
}

async fn find(
    session: &mut Session,
    token: &SecretString,
    now: Timestamp,
    lock: &'static str,
) -> Result<Option<OpenLink>> {
    let hash = hash(token);
    let text = "SELECT org_id, person_id, ends_at FROM person_links WHERE token_hash = $1 AND ends_at > $2 {lock}";
    let statement = sql(text).text(hash.as_str()).int(now.0).lock(lock);
    let Some(row) = session.first(statement).await? else {
        return Ok(None);
    };
    let c = row.columns();
    let (org, ends_at) = (OrgId(c.int("org_id")? as i32), Timestamp(c.int("ends_at")?));
    let person = match c.opt_int("person_id")? {
        None => None,
        Some(id) => {
            let text = format!("SELECT {PERSON} FROM people p WHERE p.id = $1");
            let row = session.first(sql(text).int(id)).await?;
            match row.as_ref().map(person_of).transpose()? {
                Some(person) if person.state != PersonState::Disabled => Some(person),
                _ => return Ok(None),
            }
        }
    };
    Ok(Some(OpenLink { org, person, ends_at }))
}
