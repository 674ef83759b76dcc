//! The transaction with which a guest is no more.

use super::person::{self, Person};
use super::registry::{REGISTRY, Treatment};
use super::treating::{overwrite, treat};
use super::{Erased, elsewhere, listed, months};
use crate::Result;
use crate::base::audit::{Deed, log};
use crate::base::codes::MARKETING;
use crate::base::outbox::{Notice, What, append};
use crate::base::wants::is_wanted;
use crate::consent::hear::covers;
use crate::consent::stopped::{self, Kept};
use crate::consent::{addresses, lock};
use crate::db::Db;
use crate::guests::settle::{compute, mark_sharing};
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::{Space, Word};
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{Channel, CustomerId, EndpointKind, OrgId, Purpose, Timestamp};
use std::collections::BTreeSet;

pub(super) async fn erase(db: &Db, org: OrgId, it: CustomerId, who: &str, now: Timestamp) -> Result<Erased> {
    let mut tx = Session::begin(db).await?;
    lock::alone(&mut tx, org).await?;
    overwrite(&mut tx).await?;
    let person = person::read(&mut tx, org, it).await?;
    keep_noes(&mut tx, &person, now).await?;
    elsewhere::remove(&mut tx, &person).await?;
    listed::unlist(&mut tx, &person).await?;
    let dialect = tx.dialect();
    for entry in REGISTRY.iter().filter(|entry| entry.is_of(dialect)) {
        match entry.treatment {
            Treatment::ByAddress => by_address(&mut tx, &person, entry.table).await?,
            _ => treat(&mut tx, entry, &person.own, it, now).await?,
        }
    }
    let others: Vec<CustomerId> = person.others.iter().copied().collect();
    let stale = mark_sharing(&mut tx, org, &others).await?;
    compute(&mut tx, org, &stale).await?;
    let number = months::plan(&mut tx, &person, now).await?;
    tell(&mut tx, &person, who, now).await?;
    tx.commit().await?;
    Ok(Erased {
        number,
        shares_with: person.others_named,
    })
}

/// Whoever is erased is taken to want no marketing: their addresses are stopped for good, and so is what they had switched
/// off. Their own yes, from an address, is the only one that ends it.
async fn keep_noes(tx: &mut Session, person: &Person, now: Timestamp) -> Result<()> {
    let covers = covers(tx, person.org).await?;
    let mut kept = Vec::new();
    for (space, of_space) in &person.addresses {
        let channels: BTreeSet<Channel> = space.kinds().map(EndpointKind::channel).collect();
        let channels = channels.into_iter().flat_map(|it| covers.words(it, Word::Withdrawn));
        let channels: BTreeSet<Channel> = channels.map(|(channel, _)| channel).collect();
        for address in of_space {
            kept.extend(channels.iter().map(|channel| Kept {
                space: *space,
                address: address.clone(),
                channel: *channel,
                purpose: Purpose::Marketing,
                at: now,
            }));
        }
        switched_off(tx, person, *space, of_space, &mut kept).await?;
    }
    stopped::keep(tx, person.org, &kept).await
}

/// What an address has said no to beside marketing.
async fn switched_off(
    tx: &mut Session,
    person: &Person,
    space: Space,
    of_space: &BTreeSet<String>,
    kept: &mut Vec<Kept>,
) -> Result<()> {
    let text = format!(
        "SELECT s.address, s.channel, s.purpose, s.said_at FROM {{rows}}
         JOIN consent_stands s ON s.org_id = $1 AND s.space = $2 AND s.address = r.address
         WHERE s.stops AND s.purpose <> {MARKETING} AND s.said_at IS NOT NULL"
    );
    let table = Table::default().texts("address", of_space.iter().map(String::as_str));
    let statement = sql(text)
        .int(i64::from(person.org.0))
        .int(i64::from(space.code()))
        .rows(table);
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        kept.push(Kept {
            space,
            address: c.text("address")?,
            channel: c.code("channel", "channel", |code| {
                Channel::ALL.into_iter().find(|channel| *channel as i16 == code)
            })?,
            purpose: c.code("purpose", "purpose", Purpose::from_code)?,
            at: Timestamp(c.int("said_at")?),
        });
    }
    Ok(())
}

async fn by_address(tx: &mut Session, person: &Person, table: &'static str) -> Result<()> {
    for (space, of_space) in &person.addresses {
        let (org, space_code) = (i64::from(person.org.0), i64::from(space.code()));
        if table == "address_aliases" {
            for address in of_space {
                addresses::forget(tx, person.org, *space, address).await?;
            }
            continue;
        }
        let rows = || Table::default().texts("address", of_space.iter().map(String::as_str));
        if table == "consent_words" {
            // A question goes with the word that it is about.
            let text = "DELETE FROM consent_questions WHERE word_id IN (SELECT w.id FROM {rows}
                        JOIN consent_words w ON w.org_id = $1 AND w.space = $2 AND w.address = r.address)";
            tx.execute(sql(text).int(org).int(space_code).rows(rows())).await?;
        }
        let text = format!(
            "DELETE FROM {table} WHERE org_id = $1 AND space = $2 AND address IN (SELECT r.address FROM {{rows}})"
        );
        tx.execute(sql(text).int(org).int(space_code).rows(rows())).await?;
    }
    Ok(())
}

/// Tells who did it, and other systems that it was done. Neither says who it was, but by the brand's own id, if that is none of
/// the guest's addresses.
async fn tell(tx: &mut Session, person: &Person, who: &str, now: Timestamp) -> Result<()> {
    let deed = Deed {
        org: person.org,
        who,
        action: "guest.erase",
        object: format!("customer {}", person.customer),
        detail: None,
        at: now,
    };
    log(tx, deed).await?;
    if !is_wanted(tx, person.org, WebhookKind::GuestErased).await? {
        return Ok(());
    }
    let is_an_address = person
        .needles()
        .iter()
        .any(|it| person.external_id.contains(it.as_str()));
    let what = What::Erased {
        customer: person.customer,
        external_id: (!is_an_address).then(|| person.external_id.clone()),
    };
    let notice = Notice {
        org: person.org,
        at: now,
        what,
    };
    append(tx, &[notice]).await
}
