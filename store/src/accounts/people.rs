//! People as administrators see and change them.

use super::rows::{PERSON, absent, end_sessions, locked, object, person_of, restaurants_text, told};
use super::types::{Person, PersonChange, PersonState};
use crate::base::audit::{Deed, Difference, log_change};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::fault::Why;
use bellhop_domain::role::Role;
use bellhop_domain::{OrgId, PersonId, Timestamp};

/// Administrators': who is there, and what they may do. `who` goes to the audit log.
#[async_trait]
pub trait PeopleBook: Send + Sync {
    /// All of an organisation, in the order in which they came.
    async fn people(&self, org: OrgId) -> Result<Vec<Person>>;
    async fn person(&self, org: OrgId, id: PersonId) -> Result<Person>;
    async fn person_by_email(&self, org: OrgId, email: &str) -> Result<Option<Person>>;
    /// Changes a person. If their rights change, all their sessions end. A conflict if the organisation would be left
    /// without an administrator.
    async fn change_person(
        &self,
        org: OrgId,
        id: PersonId,
        change: &PersonChange,
        who: &str,
        now: Timestamp,
    ) -> Result<Person>;
}

#[async_trait]
impl PeopleBook for SqlStore {
    async fn people(&self, org: OrgId) -> Result<Vec<Person>> {
        let text = format!("SELECT {PERSON} FROM people p WHERE p.org_id = $1 ORDER BY p.id");
        let statement = sql(text).int(i64::from(org.0));
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        rows.iter().map(person_of).collect()
    }

    async fn person(&self, org: OrgId, id: PersonId) -> Result<Person> {
        let text = format!("SELECT {PERSON} FROM people p WHERE p.org_id = $1 AND p.id = $2");
        let statement = sql(text).int(i64::from(org.0)).int(id.0);
        let row = Session::read(&self.db).await?.first(statement).await?;
        person_of(&row.ok_or_else(|| absent(id))?)
    }

    async fn person_by_email(&self, org: OrgId, email: &str) -> Result<Option<Person>> {
        let text = format!("SELECT {PERSON} FROM people p WHERE p.org_id = $1 AND p.email = $2");
        let statement = sql(text).int(i64::from(org.0)).text(email);
        let row = Session::read(&self.db).await?.first(statement).await?;
        row.as_ref().map(person_of).transpose()
    }

    async fn change_person(
        &self,
        org: OrgId,
        id: PersonId,
        change: &PersonChange,
        who: &str,
        now: Timestamp,
    ) -> Result<Person> {
        let mut tx = Session::begin(&self.db).await?;
        lock_organisation(&mut tx, org).await?;
        let before = locked(&mut tx, org, id).await?;
        let after = changed(&before, change);
        if is_administrator(&before) && !is_administrator(&after) {
            another_administrator(&mut tx, org, id).await?;
        }
        if after == before {
            tx.commit().await?;
            return Ok(before);
        }
        write(&mut tx, &after, now).await?;
        let rights = |it: &Person| (it.role, it.restaurants.clone(), it.state);
        if rights(&before) != rights(&after) {
            end_sessions(&mut tx, id, None).await?;
        }
        if after.state == PersonState::Disabled {
            let text = "DELETE FROM person_links WHERE org_id = $1 AND person_id = $2";
            tx.execute(sql(text).int(i64::from(org.0)).int(id.0)).await?;
        }
        let deed = Deed {
            org,
            who,
            action: "person.change",
            object: object(id),
            detail: None,
            at: now,
        };
        log_change(&mut tx, deed, &Difference::of(&told(&before), &told(&after))).await?;
        tx.commit().await?;
        Ok(after)
    }
}

/// The person as they will be.
fn changed(before: &Person, change: &PersonChange) -> Person {
    let it = change.clone();
    let (is_set, was_off) = (!before.name.is_empty(), before.state == PersonState::Disabled);
    Person {
        name: it.name.unwrap_or_else(|| before.name.clone()),
        locale: it.locale.unwrap_or_else(|| before.locale.clone()),
        role: it.role.unwrap_or(before.role),
        restaurants: it.restaurants.unwrap_or_else(|| before.restaurants.clone()),
        state: match it.disabled {
            Some(true) => PersonState::Disabled,
            Some(false) if was_off && is_set => PersonState::Active,
            Some(false) if was_off => PersonState::Invited,
            _ => before.state,
        },
        ..before.clone()
    }
}

fn is_administrator(it: &Person) -> bool {
    it.role == Role::Administrator && it.restaurants.is_none() && it.state == PersonState::Active
}

/// Two who demote each other at the same time must not both succeed.
async fn lock_organisation(tx: &mut Session, org: OrgId) -> Result<()> {
    let text = "SELECT id FROM organisations WHERE id = $1 {lock}";
    tx.first(sql(text).int(i64::from(org.0)).lock("FOR NO KEY UPDATE"))
        .await?;
    Ok(())
}

/// A conflict if nobody else is one.
async fn another_administrator(tx: &mut Session, org: OrgId, but: PersonId) -> Result<()> {
    let text = "SELECT id FROM people WHERE org_id = $1 AND id <> $2 AND role = $3 AND restaurants IS NULL
                AND disabled_at IS NULL AND password IS NOT NULL LIMIT 1";
    let role = i64::from(Role::Administrator.code());
    let other = tx.first(sql(text).int(i64::from(org.0)).int(but.0).int(role)).await?;
    other.map(|_| ()).ok_or(StoreError::Conflict(Why::LastAdministrator))
}

async fn write(tx: &mut Session, it: &Person, now: Timestamp) -> Result<()> {
    let restaurants = restaurants_text(it.restaurants.as_deref());
    let disabled_at = (it.state == PersonState::Disabled).then_some(now.0);
    let text = "UPDATE people SET name = $2, locale = $3, role = $4, restaurants = $5,
                disabled_at = CASE WHEN $6 IS NULL THEN NULL ELSE COALESCE(disabled_at, $6) END WHERE id = $1";
    let statement = sql(text)
        .int(it.id.0)
        .text(it.name.as_str())
        .text(it.locale.as_str())
        .int(i64::from(it.role.code()))
        .text(restaurants.as_deref())
        .int(disabled_at);
    tx.execute(statement).await?;
    Ok(())
}
