//! Whose message it is: the guest behind an address, whichever of their addresses a provider names, in whichever spelling.

use super::kept::KeptMessage;
use super::{Source, conversations};
use crate::Result;
use crate::consent::addresses;
use crate::guests::{Attach, attach_and_compute};
use crate::ledger::codes::{ENDPOINT_ACTIVE, ENDPOINT_DEAD};
use crate::sql::{Row, Session, Table, sql};
use bellhop_domain::consent::Space;
use bellhop_domain::{CustomerId, EndpointId, EndpointKind, Timestamp};
use std::collections::BTreeSet;

/// What is known of one address of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    address: String,
    endpoint: EndpointId,
    owners: BTreeSet<CustomerId>,
}

/// Whether two addresses under which a provider reports one message belong to the same person; only where the
/// provider hides numbers.
pub(super) fn is_one_person(kind: EndpointKind, known: &str, told: &[String]) -> bool {
    kind == EndpointKind::WhatsApp && told.iter().all(|address| address != known)
}

/// The address to write to: a phone rather than a hidden id, then one that belongs to a guest rather than to nobody,
/// then the one that the message came from.
fn main_address<'a>(told: &'a [String], person: &'a [String], known: &[Known]) -> &'a str {
    let is_owned = |address: &str| known.iter().any(|k| k.address == address && !k.owners.is_empty());
    let is_phone = |address: &str| address.starts_with('+');
    let usable = person
        .iter()
        .filter(|address| told.contains(address) || is_owned(address));
    let best = usable
        .enumerate()
        .max_by_key(|(nth, address)| (is_phone(address), is_owned(address), std::cmp::Reverse(*nth)));
    best.map_or(told[0].as_str(), |(_, address)| address.as_str())
}

/// The endpoint of the conversation: created, or called back to life by a message. An address without an owner is given
/// to the guest who owns another address of this person, if there is exactly one. Facts follow.
pub(super) async fn place(
    tx: &mut Session,
    source: &Source<'_>,
    message: &KeptMessage<'_>,
    person: &[String],
    is_news: bool,
    now: Timestamp,
) -> Result<EndpointId> {
    let known = known(tx, source, person).await?;
    let main = main_address(&message.told, person, &known);
    let (endpoint, revived) = live(tx, source, main, message, is_news).await?;
    let mut touched: BTreeSet<CustomerId> = BTreeSet::new();
    if revived {
        touched.extend(known.iter().filter(|k| k.endpoint == endpoint).flat_map(|k| &k.owners));
    }
    let attach = attach(tx, source, message, person, main, &known).await?;
    attach_and_compute(tx, source.org, &attach, touched.clone(), now).await?;
    if message.told.len() > 1 || person.len() > 1 {
        gather(tx, source, person, endpoint, now).await?;
    }
    Ok(endpoint)
}

/// The told addresses that are to be the guest's. Only WhatsApp's: a phone that writes an SMS is on a card or on none.
async fn attach(
    tx: &mut Session,
    source: &Source<'_>,
    message: &KeptMessage<'_>,
    person: &[String],
    main: &str,
    known: &[Known],
) -> Result<Vec<Attach>> {
    if source.kind != EndpointKind::WhatsApp {
        return Ok(Vec::new());
    }
    let new = |address: &str| known.iter().all(|k| k.address != address || k.owners.is_empty());
    let wanted: BTreeSet<&str> = message
        .told
        .iter()
        .map(String::as_str)
        .filter(|address| !address.starts_with('+') || *address == main)
        .chain([main])
        .filter(|address| new(address))
        .collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let owners = addresses::owners(tx, source.org, Space::of(source.kind), person).await?;
    let [customer] = owners[..] else {
        return Ok(Vec::new());
    };
    let attach = wanted.into_iter().map(|address| Attach {
        customer,
        kind: source.kind,
        address: address.to_owned(),
    });
    Ok(attach.collect())
}

async fn known(tx: &mut Session, source: &Source<'_>, person: &[String]) -> Result<Vec<Known>> {
    let table = Table::default().texts("address", person.iter().map(String::as_str));
    let text = "SELECT e.address, e.id, l.customer_id FROM {rows}
                JOIN endpoints e ON e.org_id = $1 AND e.kind = $2 AND e.address = r.address
                LEFT JOIN customer_endpoints l ON l.endpoint_id = e.id ORDER BY e.id";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .int(i64::from(source.kind.code()))
        .rows(table);
    let mut known: Vec<Known> = Vec::new();
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let (address, endpoint, owner) = (
            c.text("address")?,
            EndpointId(c.int("id")?),
            c.opt_int("customer_id")?.map(CustomerId),
        );
        if known.last().is_none_or(|last| last.endpoint != endpoint) {
            known.push(Known {
                address,
                endpoint,
                owners: BTreeSet::new(),
            });
        }
        if let Some(last) = known.last_mut() {
            last.owners.extend(owner);
        }
    }
    Ok(known)
}

/// The endpoint, and whether it has just come to life: only a new message revives it.
async fn live(
    tx: &mut Session,
    source: &Source<'_>,
    address: &str,
    message: &KeptMessage<'_>,
    is_news: bool,
) -> Result<(EndpointId, bool)> {
    let revives = message.is_message && is_news;
    let text = format!(
        "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
         VALUES ($1, $2, $3, {ENDPOINT_ACTIVE}, $4, $4)
         ON CONFLICT (org_id, kind, address) DO UPDATE SET state = {ENDPOINT_ACTIVE}, state_since = excluded.state_since,
             reason = NULL, registered_at = excluded.registered_at
         WHERE $5 AND endpoints.state = {ENDPOINT_DEAD} AND endpoints.state_since < excluded.state_since
         RETURNING id"
    );
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .int(i64::from(source.kind.code()))
        .text(address)
        .int(message.at.0)
        .flag(revives);
    if let Some(row) = tx.first(statement).await? {
        return Ok((EndpointId(row.columns().int("id")?), true));
    }
    let text = "SELECT id FROM endpoints WHERE org_id = $1 AND kind = $2 AND address = $3";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .int(i64::from(source.kind.code()))
        .text(address);
    let row: Option<Row> = tx.first(statement).await?;
    let id = row.ok_or(sqlx::Error::RowNotFound)?.columns().int("id")?;
    Ok((EndpointId(id), false))
}

/// What was written under other addresses of the person belongs to the one conversation, and these are no address to
/// write to while there is a phone: `registered_at` decides that.
async fn gather(
    tx: &mut Session,
    source: &Source<'_>,
    person: &[String],
    main: EndpointId,
    now: Timestamp,
) -> Result<()> {
    let known = known(tx, source, person).await?;
    let Some(ours) = known.iter().find(|k| k.endpoint == main) else {
        return Ok(());
    };
    let others: Vec<EndpointId> = known
        .iter()
        .filter(|k| k.endpoint != main && k.owners.is_subset(&ours.owners))
        .map(|k| k.endpoint)
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    conversations::move_to(tx, &others, main, true).await?;
    if !ours.address.starts_with('+') {
        return Ok(());
    }
    let hidden = known
        .iter()
        .filter(|k| others.contains(&k.endpoint) && !k.address.starts_with('+'));
    let table = Table::default().ints("endpoint", hidden.map(|k| k.endpoint.0));
    let text = "UPDATE endpoints SET registered_at = m.registered_at - 1 FROM endpoints m
                WHERE m.id = $1 AND endpoints.id IN (SELECT r.endpoint FROM {rows})
                    AND endpoints.registered_at >= m.registered_at";
    if tx.execute(sql(text).int(main.0).rows(table)).await? > 0 {
        attach_and_compute(tx, source.org, &[], ours.owners.clone(), now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_to_write_to() {
        let owned = |address: &str, owner: Option<i64>| Known {
            address: address.to_owned(),
            endpoint: EndpointId(1),
            owners: owner.map(CustomerId).into_iter().collect(),
        };
        let texts = |all: &[&str]| all.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
        for (told, person, known, expected) in [
            (&["+1"][..], &["+1"][..], vec![], "+1"),
            (&["1@lid"], &["1@lid"], vec![], "1@lid"),
            (&["1@lid", "+1"], &["1@lid", "+1"], vec![], "+1"),
            (&["+1", "1@lid"], &["+1", "1@lid"], vec![owned("1@lid", Some(1))], "+1"),
            // The other spelling is on the card.
            (&["+551"], &["+551", "+5591"], vec![owned("+5591", Some(1))], "+5591"),
            (&["+551"], &["+551", "+5591"], vec![owned("+5591", None)], "+551"),
            // Both are: the one that it came from.
            (
                &["+551"],
                &["+551", "+5591"],
                vec![owned("+551", Some(1)), owned("+5591", Some(1))],
                "+551",
            ),
            // The phone was told beside it once.
            (&["1@lid"], &["1@lid", "+1"], vec![owned("+1", Some(1))], "+1"),
            (&["1@lid"], &["1@lid", "+1"], vec![owned("+1", None)], "1@lid"),
        ] {
            let (told, person) = (texts(told), texts(person));
            assert_eq!(main_address(&told, &person, &known), expected, "{told:?} {person:?}");
        }
    }
}
