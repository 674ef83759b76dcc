//! A guest's number changed. Whoever has the old one from now on is a stranger.

use super::{Source, conversations};
use crate::consent::hear::{Heard, hear};
use crate::consent::{addresses, carry, lock};
use crate::guests::settle::mark_stale;
use crate::guests::{Attach, GIVEN_UP_REASON, attach_and_compute};
use crate::ledger::codes::{ENDPOINT_ACTIVE, ENDPOINT_DEAD};
use crate::ledger::storable::{ID_BYTES, storable};
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use bellhop_domain::consent::{Space, WordSource};
use bellhop_domain::incoming::Moved;
use bellhop_domain::{CustomerId, EndpointId, Purpose, Timestamp};
use std::collections::BTreeSet;

pub(crate) async fn follow(store: &SqlStore, source: &Source<'_>, moved: &Moved, now: Timestamp) -> Result<()> {
    let space = Space::of(source.kind);
    let from = storable(&moved.from, ID_BYTES).into_owned();
    let to = storable(&moved.to, ID_BYTES).into_owned();
    let (old, new) = (
        addresses::spelt(space, &[from]),
        addresses::spelt(space, std::slice::from_ref(&to)),
    );
    if to.is_empty() || old.contains(&to) {
        return Ok(());
    }
    let at = moved.at.min(now);
    let mut tx = Session::begin(&store.db).await?;
    lock::alone(&mut tx, source.org).await?;
    for address in &old {
        addresses::forget(&mut tx, source.org, space, address).await?;
    }
    let given_up = given_up(&mut tx, source, &old, at).await?;
    let guests: BTreeSet<CustomerId> = given_up.iter().filter_map(|(_, customer)| *customer).collect();
    let endpoints: BTreeSet<EndpointId> = given_up.iter().map(|(endpoint, _)| *endpoint).collect();
    let endpoints: Vec<EndpointId> = endpoints.into_iter().collect();
    let marked: Vec<CustomerId> = guests.iter().copied().collect();
    mark_stale(&mut tx, source.org, &marked).await?;
    retire(&mut tx, source, &endpoints, &given_up, at).await?;
    carried(&mut tx, source, &old, &new, at, now).await?;
    if !endpoints.is_empty() {
        let endpoint = arrive(&mut tx, source, &to, &marked, at).await?;
        conversations::move_to(&mut tx, &endpoints, endpoint, false).await?;
        let attach: Vec<Attach> = guests
            .iter()
            .map(|customer| Attach {
                customer: *customer,
                kind: source.kind,
                address: to.clone(),
            })
            .collect();
        attach_and_compute(&mut tx, source.org, &attach, guests, now).await?;
    }
    tx.commit().await
}

/// The endpoints of the old number, of every kind, and their guests, except those that have shown life since.
async fn given_up(
    tx: &mut Session,
    source: &Source<'_>,
    old: &[String],
    at: Timestamp,
) -> Result<Vec<(EndpointId, Option<CustomerId>)>> {
    let kinds = addresses::kinds(Space::of(source.kind));
    let table = Table::default().texts("address", old.iter().map(String::as_str));
    let text = format!(
        "SELECT e.id, l.customer_id FROM {{rows}}
         JOIN endpoints e ON e.org_id = $1 AND e.kind IN {kinds} AND e.address = r.address AND e.registered_at <= $2
         LEFT JOIN customer_endpoints l ON l.endpoint_id = e.id ORDER BY e.id, l.customer_id"
    );
    let rows = tx
        .fetch(sql(text).int(i64::from(source.org.0)).int(at.0).rows(table))
        .await?;
    rows.iter()
        .map(|row| {
            let c = row.columns();
            Ok((EndpointId(c.int("id")?), c.opt_int("customer_id")?.map(CustomerId)))
        })
        .collect()
}

async fn retire(
    tx: &mut Session,
    source: &Source<'_>,
    endpoints: &[EndpointId],
    given_up: &[(EndpointId, Option<CustomerId>)],
    at: Timestamp,
) -> Result<()> {
    let table = || Table::default().ints("endpoint", endpoints.iter().map(|endpoint| endpoint.0));
    let text = format!(
        "UPDATE endpoints SET state = {ENDPOINT_DEAD}, state_since = $1, reason = $2
         WHERE id IN (SELECT r.endpoint FROM {{rows}})"
    );
    tx.execute(sql(text).int(at.0).text(GIVEN_UP_REASON).rows(table()))
        .await?;
    let links = given_up
        .iter()
        .filter_map(|(endpoint, customer)| Some((endpoint.0, customer.as_ref()?.0)));
    let rows = Table::default()
        .ints("endpoint", links.clone().map(|(endpoint, _)| endpoint))
        .ints("customer", links.map(|(_, customer)| customer));
    let text = "INSERT INTO given_up_endpoints (endpoint_id, customer_id, org_id, at)
                SELECT r.endpoint, r.customer, $1, $2 FROM {rows} WHERE TRUE
                ON CONFLICT (endpoint_id, customer_id) DO NOTHING";
    tx.execute(sql(text).int(i64::from(source.org.0)).int(at.0).rows(rows))
        .await?;
    let text = "DELETE FROM customer_endpoints WHERE endpoint_id IN (SELECT r.endpoint FROM {rows})";
    tx.execute(sql(text).rows(table())).await?;
    Ok(())
}

/// What stopped marketing to the old number stops it to the new one.
async fn carried(
    tx: &mut Session,
    source: &Source<'_>,
    old: &[String],
    new: &[String],
    at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let space = Space::of(source.kind);
    // The new number may be known as a hidden id's already.
    let new = addresses::of_person(tx, source.org, space, new).await?;
    for stop in carry::stops(tx, source.org, space, old).await? {
        if stop.at > at {
            continue;
        }
        let heard = Heard {
            org: source.org,
            space,
            addresses: &new,
            words: vec![(stop.channel, stop.word)],
            purpose: Purpose::Marketing,
            source: WordSource::Provider,
            at: stop.at,
            how: "said by the guest's former number",
            text_version: None,
            customer: None,
        };
        hear(tx, &heard, now).await?;
    }
    Ok(())
}

/// The new number's endpoint, alive, and free to be these guests'.
async fn arrive(
    tx: &mut Session,
    source: &Source<'_>,
    to: &str,
    guests: &[CustomerId],
    at: Timestamp,
) -> Result<EndpointId> {
    let text = format!(
        "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
         VALUES ($1, $2, $3, {ENDPOINT_ACTIVE}, $4, $4)
         ON CONFLICT (org_id, kind, address) DO UPDATE SET reason = NULL,
             state_since = CASE WHEN endpoints.state = {ENDPOINT_DEAD} THEN excluded.state_since ELSE endpoints.state_since END,
             registered_at = CASE WHEN endpoints.registered_at < excluded.registered_at
                 THEN excluded.registered_at ELSE endpoints.registered_at END,
             state = CASE WHEN endpoints.state = {ENDPOINT_DEAD} THEN {ENDPOINT_ACTIVE} ELSE endpoints.state END
         WHERE endpoints.state <> {ENDPOINT_DEAD} OR endpoints.state_since <= excluded.state_since
         RETURNING id"
    );
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .int(i64::from(source.kind.code()))
        .text(to)
        .int(at.0);
    let endpoint = match tx.first(statement).await? {
        Some(row) => row.columns().int("id")?,
        None => {
            let text = "SELECT id FROM endpoints WHERE org_id = $1 AND kind = $2 AND address = $3";
            let statement = sql(text)
                .int(i64::from(source.org.0))
                .int(i64::from(source.kind.code()))
                .text(to);
            let row = tx.first(statement).await?;
            row.ok_or(sqlx::Error::RowNotFound)?.columns().int("id")?
        }
    };
    let table = Table::default().ints("customer", guests.iter().map(|customer| customer.0));
    let text =
        "DELETE FROM given_up_endpoints WHERE endpoint_id = $1 AND customer_id IN (SELECT r.customer FROM {rows})";
    tx.execute(sql(text).int(endpoint).rows(table)).await?;
    Ok(EndpointId(endpoint))
}
