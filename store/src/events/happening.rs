//! The one transaction in which events are taken.

use super::fresh::{Concerned, Fresh};
use super::{Answer, bonuses, carts, opens, orders, referrals, registered, reviews, told};
use crate::Result;
use crate::base::happened::{self, Event, EventRow};
use crate::consent::lock::among_others;
use crate::db::Db;
use crate::guests::settle::{compute, mark_sharing, mark_stale};
use crate::guests::whose::{Whose, customers};
use crate::guests::{Attach, Names, attach, promo_tags};
use crate::sql::Session;
use bellhop_domain::event::{EventKind, Told};
use bellhop_domain::{EndpointKind, OrgId, Timestamp};
use std::collections::BTreeSet;

pub(super) async fn take(db: &Db, org: OrgId, events: &[&Told], now: Timestamp) -> Result<Vec<Answer>> {
    let hashes: Vec<i64> = events.iter().map(|it| told::hash(it)).collect();
    let mut tx = Session::begin(db).await?;
    among_others(&mut tx, org).await?;
    let mut answers = told::before(&mut tx, org, events, &hashes).await?;
    let new: Vec<usize> = (0..events.len()).filter(|i| answers[*i].is_none()).collect();
    if !new.is_empty() {
        let mut names = Names::default();
        let (fresh, mut concerned) = keep(&mut tx, org, events, &hashes, &new, &mut names, now).await?;
        let own: BTreeSet<&str> = fresh.iter().map(|it| it.told.id.as_str()).collect();
        if own.len() < new.len() {
            // Somebody else told of the others a moment ago.
            let again = told::before(&mut tx, org, events, &hashes).await?;
            for i in new.iter().filter(|i| !own.contains(events[**i].id.as_str())) {
                answers[*i] = again[*i];
            }
        }
        let made = effects(&mut tx, org, &fresh, &mut concerned, &mut names, now).await?;
        settle(&mut tx, org, concerned).await?;
        happened::tell(&mut tx, org, made, now).await?;
        tx.commit().await?;
    }
    Ok(answers.into_iter().map(|it| it.unwrap_or(Answer::Taken)).collect())
}

/// Finds or makes the guests of new events, and keeps the events that nobody else has told of meanwhile.
async fn keep<'a>(
    tx: &mut Session,
    org: OrgId,
    events: &[&'a Told],
    hashes: &[i64],
    new: &[usize],
    names: &mut Names,
    now: Timestamp,
) -> Result<(Vec<Fresh<'a>>, Concerned)> {
    let of = |i: &usize| Whose {
        customer: events[*i].customer.as_ref(),
        phone: events[*i].phone.as_ref(),
    };
    let whose: Vec<_> = new.iter().map(of).collect();
    let (customers, created) = customers(tx, org, &whose, names).await?;
    let numbers = happened::draw(tx, new.len()).await?;
    let at = |event: &Told| event.at.map_or(now, |at| at.min(now));
    let rows = new.iter().zip(&customers).zip(&numbers).map(|((i, customer), number)| {
        let event = events[*i];
        Ok(EventRow {
            number: *number,
            told: Some((event.id.as_str(), hashes[*i])),
            kind: event.kind,
            name: event.name.as_deref(),
            customer: *customer,
            at: at(event),
            data: happened::data(&event.data)?,
        })
    });
    let kept = happened::keep(tx, org, &rows.collect::<Result<Vec<_>>>()?, now).await?;
    let fresh = new.iter().zip(customers).zip(numbers);
    let fresh = fresh.filter(|(_, number)| kept.contains(number));
    let fresh = fresh.map(|((i, customer), number)| Fresh {
        told: events[*i],
        customer,
        number,
        at: at(events[*i]),
    });
    let concerned = Concerned {
        touched: created.into_iter().collect(),
        ..Concerned::default()
    };
    Ok((fresh.collect(), concerned))
}

/// Writes what follows from events; what the outbox is to tell.
async fn effects(
    tx: &mut Session,
    org: OrgId,
    fresh: &[Fresh<'_>],
    concerned: &mut Concerned,
    names: &mut Names,
    now: Timestamp,
) -> Result<Vec<Event>> {
    let mut happened = orders::write(tx, org, fresh, concerned, names, now).await?;
    registered::write(tx, org, fresh, concerned, names, now).await?;
    let phones = phones(fresh);
    if !phones.is_empty() {
        concerned.sharing.extend(attach(tx, org, &phones, now).await?);
    }
    carts::write(tx, org, of(fresh, EventKind::CartChanged)).await?;
    bonuses::write(tx, org, fresh).await?;
    reviews::write(tx, org, of(fresh, EventKind::ReviewLeft)).await?;
    let joined = of(fresh, EventKind::ReferralJoined);
    let of_inviters = referrals::write(tx, org, joined, &happened, concerned, names, now).await?;
    happened.extend(of_inviters);
    opens::write(tx, org, of(fresh, EventKind::AppOpened)).await?;
    promo_tags::tell(tx, org, &concerned.tagged, now).await?;
    let told = fresh.iter().filter(|it| it.told.kind.order_status().is_none());
    happened.extend(told.map(Fresh::event));
    Ok(happened)
}

fn phones(fresh: &[Fresh<'_>]) -> Vec<Attach> {
    let phones = fresh.iter().filter_map(|it| {
        Some(Attach {
            customer: it.customer,
            kind: EndpointKind::Phone,
            address: it.told.phone.as_ref()?.e164().to_owned(),
        })
    });
    phones.collect()
}

/// Those of one kind.
fn of<'a>(fresh: &'a [Fresh<'_>], kind: EventKind) -> Vec<&'a Fresh<'a>> {
    fresh.iter().filter(|it| it.told.kind == kind).collect()
}

async fn settle(tx: &mut Session, org: OrgId, concerned: Concerned) -> Result<()> {
    let mut stale = Vec::new();
    if !concerned.sharing.is_empty() {
        let sharing: Vec<_> = concerned.sharing.into_iter().collect();
        stale = mark_sharing(tx, org, &sharing).await?;
    }
    stale.extend(concerned.touched);
    stale.sort_unstable();
    stale.dedup();
    mark_stale(tx, org, &stale).await?;
    compute(tx, org, &stale).await
}
