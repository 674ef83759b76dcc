//! The pasts of some guests, by a fixed number of statements.

use super::grouped::{Of, among, grouped};
use super::{PastEvent, PastFiring, PastGuest, words};
use crate::base::codes::listed;
use crate::db::Dialect;
use crate::guests::GuestBase;
use crate::guests::codes::ACTIVE;
use crate::guests::permission::permission;
use crate::ledger::admit;
use crate::programs::types::{FiringState, ReasonCode};
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore, StoreError};
use bellhop_domain::event::{Event, EventKind};
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use std::collections::HashMap;

pub(super) async fn of(
    store: &SqlStore,
    org: OrgId,
    programs: &[ProgramId],
    customers: &[CustomerId],
    since: Timestamp,
) -> Result<Vec<PastGuest>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    store.settle(org).await?;
    let guests = store.load_guests(org, customers).await?;
    let mut session = Session::read(&store.db).await?;
    let mut words = words::of(&mut session, org, customers).await?;
    let mut events = events(&mut session, customers, since).await?;
    let mut firings = firings(&mut session, programs, customers).await?;
    let mut marketing = marketing(&mut session, programs, customers, since).await?;
    let mut gone = gone(&mut session, customers).await?;
    let mut cards = cards(&mut session, customers).await?;
    let zones = admit::zones(&mut session, org, customers).await?;
    session.commit().await?;
    let one = |it: crate::audience::guest::Loaded| {
        let id = it.guest.customer;
        let card = cards.remove(&id).unwrap_or_default();
        PastGuest {
            guest: it.guest,
            orders: it.orders,
            may: card.may,
            zone: zones.get(&id).cloned(),
            birthday_told_at: card.told_at,
            blacklisted_at: card.blacklisted_at,
            gone: gone.remove(&id).unwrap_or_default(),
            words: words.remove(&id).unwrap_or_default(),
            burns: card.burns,
            events: events.remove(&id).unwrap_or_default(),
            firings: firings.remove(&id).unwrap_or_default(),
            marketing: marketing.remove(&id).unwrap_or_default(),
        }
    };
    Ok(guests.into_iter().map(one).collect())
}

#[derive(Default)]
struct Card {
    may: Permission,
    told_at: Option<Timestamp>,
    blacklisted_at: Option<Timestamp>,
    burns: Option<(String, Timestamp)>,
}

async fn cards(session: &mut Session, customers: &[CustomerId]) -> Result<HashMap<CustomerId, Card>> {
    let text = "SELECT c.id AS customer_id, c.birth_told_at, c.blacklisted_at, f.consent_mask, f.silenced_mask,
                       b.burns, b.burns_at
                FROM {rows} JOIN customers c ON c.id = r.guest LEFT JOIN customer_facts f ON f.customer_id = c.id
                LEFT JOIN reported_bonuses b ON b.customer_id = c.id";
    let rows = session.fetch(sql(text).rows(among(customers))).await?;
    let card = |row: &Row| {
        let c = row.columns();
        let at = |name| c.opt_int(name).map(|at| at.map(Timestamp));
        let card = Card {
            may: permission(&c)?,
            told_at: at("birth_told_at")?,
            blacklisted_at: at("blacklisted_at")?,
            burns: c.opt_text("burns")?.zip(at("burns_at")?),
        };
        Ok((CustomerId(c.int("customer_id")?), card))
    };
    rows.iter().map(card).collect()
}

/// Those since an instant, and what was ever told of bonuses and is still kept: what burned then was told before.
async fn events(session: &mut Session, customers: &[CustomerId], since: Timestamp) -> Result<Of<PastEvent>> {
    let bonuses = listed([EventKind::BonusesChanged.code()]);
    let text = format!(
        "SELECT e.customer_id, e.number, e.kind, e.name, e.at, e.came_at, e.is_news, e.data
         FROM {{rows}} JOIN events e ON e.customer_id = r.guest
         WHERE e.came_at >= $1 OR e.kind IN {bonuses} ORDER BY e.came_at, e.number"
    );
    grouped(session, sql(text).int(since.0).rows(among(customers)), event).await
}

fn event(row: &Row) -> Result<PastEvent> {
    let c = row.columns();
    let number = c.int("number")?;
    let data = c.text("data")?;
    let data = serde_json::from_str(&data).map_err(|error| StoreError::Corrupt {
        what: "event",
        id: number.to_string(),
        problem: error.to_string(),
    })?;
    Ok(PastEvent {
        event: Event {
            number,
            kind: c.code("kind", "kind of an event", EventKind::from_code)?,
            name: c.opt_text("name")?,
            customer: CustomerId(c.int("customer_id")?),
            at: Timestamp(c.int("at")?),
            data,
        },
        came_at: Timestamp(c.int("came_at")?),
        is_news: c.flag("is_news")?,
    })
}

/// The column `program` is a number of ours in the text, where a list of arguments would need a second table.
fn one_of(programs: &[ProgramId]) -> String {
    let all: Vec<String> = programs.iter().map(ToString::to_string).collect();
    match all.is_empty() {
        true => "(NULL)".to_owned(),
        false => format!("({})", all.join(", ")),
    }
}

async fn firings(session: &mut Session, programs: &[ProgramId], customers: &[CustomerId]) -> Result<Of<PastFiring>> {
    let text = format!(
        "SELECT f.customer_id, f.program_id, f.version, f.occasion, f.state, f.reason, f.last_event, f.fired_at,
                COALESCE(f.wanted_at, f.due_at) AS due_at, f.decided_at, f.given
         FROM {{rows}} JOIN firings f ON f.customer_id = r.guest AND f.program_id IN {} ORDER BY f.id",
        one_of(programs)
    );
    let one = |row: &Row| {
        let c = row.columns();
        let reason = c.opt_int("reason")?;
        Ok(PastFiring {
            program: ProgramId(c.int("program_id")?),
            version: c.int("version")? as i32,
            occasion: c.text("occasion")?,
            state: c.code("state", "state of a firing", FiringState::from_code)?,
            reason: reason.map(|code| ReasonCode(i16::try_from(code).unwrap_or_default())),
            last_event: c.int("last_event")?,
            fired_at: Timestamp(c.int("fired_at")?),
            due_at: Timestamp(c.int("due_at")?),
            decided_at: c.opt_int("decided_at")?.map(Timestamp),
            given: c.opt_text("given")?,
        })
    };
    grouped(session, sql(text).rows(among(customers)), one).await
}

async fn gone(session: &mut Session, customers: &[CustomerId]) -> Result<Of<(EndpointId, Timestamp)>> {
    let text = format!(
        "SELECT l.customer_id, e.id, e.state_since FROM {{rows}} JOIN customer_endpoints l ON l.customer_id = r.guest
         JOIN endpoints e ON e.id = l.endpoint_id WHERE e.state <> {ACTIVE}"
    );
    let one = |row: &Row| {
        let c = row.columns();
        Ok((EndpointId(c.int("id")?), Timestamp(c.int("state_since")?)))
    };
    grouped(session, sql(text).rows(among(customers)), one).await
}

/// What is kept for the frequency cap, without what came to nothing, and without the programs' own since that instant.
async fn marketing(
    session: &mut Session,
    programs: &[ProgramId],
    customers: &[CustomerId],
    since: Timestamp,
) -> Result<Of<Timestamp>> {
    let (message, at, each) = match session.dialect() {
        Dialect::Postgres => (
            "CAST(e.value ->> 0 AS BIGINT)",
            "CAST(e.value ->> 1 AS BIGINT)",
            "CROSS JOIN LATERAL json_array_elements(CAST(g.messages AS json)) e",
        ),
        Dialect::Sqlite => (
            "json_extract(e.value, '$[0]')",
            "json_extract(e.value, '$[1]')",
            "CROSS JOIN json_each(g.messages) e",
        ),
    };
    let nothing = listed(
        [
            MessageState::Cancelled,
            MessageState::Expired,
            MessageState::Suppressed,
            MessageState::Failed,
        ]
        .map(MessageState::code),
    );
    let text = format!(
        "SELECT g.customer_id, {at} AS about_to_go FROM {{rows}} JOIN guest_marketing g ON g.customer_id = r.guest {each}
         LEFT JOIN messages m ON m.id = {message}
         WHERE (m.sent_at IS NOT NULL OR COALESCE(m.state, 0) NOT IN {nothing})
           AND NOT EXISTS (SELECT 1 FROM firings f WHERE f.program_id IN {} AND f.customer_id = g.customer_id
                           AND f.message_id = {message} AND f.decided_at >= $1)
         ORDER BY 2",
        one_of(programs)
    );
    let one = |row: &Row| Ok(Timestamp(row.columns().int("about_to_go")?));
    grouped(session, sql(text).int(since.0).rows(among(customers)), one).await
}
