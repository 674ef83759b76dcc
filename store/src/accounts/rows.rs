//! Rows of people.

use super::types::{Person, PersonState};
use crate::sql::{Row, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::role::Role;
use bellhop_domain::{OrgId, PersonId, Timestamp};
use serde_json::{Value, json};

/// The columns that [`person_of`] reads, of people called `p`.
pub(super) const PERSON: &str = "p.id, p.org_id, p.email, p.name, p.locale, p.role, p.restaurants, p.totp_on,
    p.created_at, p.login_at, p.disabled_at, p.password IS NOT NULL AS is_set";

pub(super) fn person_of(row: &Row) -> Result<Person> {
    let c = row.columns();
    let id = PersonId(c.int("id")?);
    let state = match (c.opt_int("disabled_at")?, c.flag("is_set")?) {
        (Some(_), _) => PersonState::Disabled,
        (None, true) => PersonState::Active,
        (None, false) => PersonState::Invited,
    };
    Ok(Person {
        id,
        org: OrgId(c.int("org_id")? as i32),
        email: c.text("email")?,
        name: c.text("name")?,
        locale: c.text("locale")?,
        role: c.code("role", "role", Role::from_code)?,
        restaurants: c
            .opt_text("restaurants")?
            .map(|json| restaurants_of(id, &json))
            .transpose()?,
        state,
        totp: c.flag("totp_on")?,
        created_at: Timestamp(c.int("created_at")?),
        login_at: c.opt_int("login_at")?.map(Timestamp),
    })
}

/// A list that cannot be read must not become no limit at all.
fn restaurants_of(id: PersonId, json: &str) -> Result<Vec<String>> {
    serde_json::from_str(json).map_err(|e| StoreError::Corrupt {
        what: "person",
        id: id.to_string(),
        problem: format!("the restaurants: {e}"),
    })
}

pub(super) fn restaurants_text(restaurants: Option<&[String]>) -> Option<String> {
    restaurants.map(|names| json!(names).to_string())
}

pub(super) fn absent(id: PersonId) -> StoreError {
    StoreError::NotFound {
        what: "person",
        id: id.to_string(),
    }
}

/// The person, whom nobody else changes until the transaction ends.
pub(super) async fn locked(tx: &mut Session, org: OrgId, id: PersonId) -> Result<Person> {
    let text = format!("SELECT {PERSON} FROM people p WHERE p.org_id = $1 AND p.id = $2 {{lock}}");
    let statement = sql(text).int(i64::from(org.0)).int(id.0).lock("FOR UPDATE");
    let row = tx.first(statement).await?.ok_or_else(|| absent(id))?;
    person_of(&row)
}

/// Ends a person's sessions, but for the one that they are in.
pub(super) async fn end_sessions(tx: &mut Session, id: PersonId, but: Option<i64>) -> Result<()> {
    let text = "DELETE FROM sessions WHERE person_id = $1 AND id <> $2";
    tx.execute(sql(text).int(id.0).int(but.unwrap_or(-1))).await?;
    Ok(())
}

/// What the audit log tells of a person.
pub(super) fn told(it: &Person) -> Value {
    json!({
        "email": it.email, "name": it.name, "locale": it.locale, "role": it.role,
        "restaurants": it.restaurants, "state": it.state,
    })
}

pub(super) fn object(id: PersonId) -> String {
    format!("person {id}")
}
