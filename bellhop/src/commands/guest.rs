//! `bellhop guest show | next-week | tag | blacklist | evidence | page | erase | reviews`

mod own;

use super::{Context, next_week, print_json, table, who};
use crate::cli::GuestCommand;
use anyhow::{Context as _, Result, bail, ensure};
use bellhop_domain::tag::TagSource;
use bellhop_domain::{CustomerId, Timestamp, Zone};
use bellhop_store::guests::{
    BlacklistMark, Guest, GuestBase, GuestFacts, GuestTag, GuestTags, Organisation, TagChange, tag_name,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

pub async fn run(context: &Context, command: GuestCommand) -> Result<()> {
    if let GuestCommand::NextWeek { customer, json } = &command {
        return next_week::run(context, customer, *json).await;
    }
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    match command {
        // Answered above, because it needs senders too.
        GuestCommand::NextWeek { .. } => Ok(()),
        GuestCommand::Show { customer, json } => {
            let id = known(store, &organisation, &customer).await?;
            let (guest, facts) = (store.guest(org, id).await?, store.facts(org, id).await?);
            let tags = store.tags(org, id).await?;
            if json {
                return print_json(&told(&guest, &facts, &tags));
            }
            print(&guest, &facts, &tags, &organisation.timezone);
            Ok(())
        }
        GuestCommand::Tag { customer, set, remove } => {
            let id = known(store, &organisation, &customer).await?;
            let change = TagChange {
                set: named("--set", &set)?,
                removed: named("--remove", &remove)?,
            };
            if let Some(both) = change.set.intersection(&change.removed).next() {
                bail!("{both:?} is to be set and removed; say one of the two");
            }
            store
                .change_tags(org, id, TagSource::Hand, &change, &who(), Timestamp::now())
                .await?;
            let tags = store.tags(org, id).await?;
            println!("{customer}: {}", with_sources(&tags));
            for kept in tags.iter().filter(|tag| change.removed.contains(&tag.name)) {
                println!("{:?} stays: it was not set by hand alone.", kept.name);
            }
            Ok(())
        }
        GuestCommand::Evidence { customer, output } => own::evidence(store, org, &customer, output.as_deref()).await,
        GuestCommand::Page { customer, json } => {
            let id = known(store, &organisation, &customer).await?;
            own::page(store, &context.config.http.public_url, id, json).await
        }
        GuestCommand::Erase { customer, yes, json } => {
            let id = known(store, &organisation, &customer).await?;
            let who = who();
            let asked = own::Asked {
                org,
                customer: &customer,
                id,
                who: &who,
            };
            own::erase(store, &asked, yes, json).await
        }
        GuestCommand::Reviews { customer, photos, json } => {
            let id = known(store, &organisation, &customer).await?;
            own::reviews(store, org, id, photos.as_deref(), json).await
        }
        GuestCommand::Blacklist { customer, reason, lift } => {
            let id = known(store, &organisation, &customer).await?;
            let mark = reason.map(|reason| BlacklistMark { reason });
            if let Some(mark) = &mark {
                ensure!(
                    !mark.reason.trim().is_empty(),
                    "say why: --reason \"…\"; the guest never sees it"
                );
            }
            let mark = mark.filter(|_| !lift);
            store
                .set_blacklist(org, id, mark.as_ref(), &who(), Timestamp::now())
                .await?;
            let done = if mark.is_some() {
                "is blacklisted: they get nothing but the statuses of a running order"
            } else {
                "is not blacklisted any more"
            };
            println!("{customer} {done}.");
            Ok(())
        }
    }
}

async fn known(store: &dyn GuestBase, organisation: &Organisation, customer: &str) -> Result<CustomerId> {
    let id = store.customer_id(organisation.id, customer).await?;
    id.with_context(|| {
        format!(
            "there is no customer {customer:?} in {}; the id is the brand's own, from the column customer_id of the import",
            organisation.slug
        )
    })
}

/// The tags given to an option.
fn named(option: &str, given: &[String]) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for text in given {
        let name = tag_name(text).map_err(|why| anyhow::anyhow!("{option} {why}"))?;
        names.insert(name.with_context(|| format!("{option} is empty; give the tag's name"))?);
    }
    Ok(names)
}

/// The tags with their sources, as in `vip (hand, import), late (rule)`.
fn with_sources(tags: &[GuestTag]) -> String {
    let told = tags.iter().map(|tag| {
        let sources: Vec<_> = tag.sources.iter().map(|source| source.name()).collect();
        format!("{} ({})", tag.name, sources.join(", "))
    });
    let told: Vec<_> = told.collect();
    if told.is_empty() {
        "no tags".to_owned()
    } else {
        told.join(", ")
    }
}

fn told(guest: &Guest, facts: &GuestFacts, tags: &[GuestTag]) -> serde_json::Value {
    let sources: BTreeMap<_, _> = tags.iter().map(|tag| (&tag.name, &tag.sources)).collect();
    let addresses = facts
        .addresses
        .iter()
        .map(|(kind, address)| json!({ "kind": kind.name(), "address": address }));
    json!({
        "customer": guest.external_id,
        "name": guest.name,
        "locale": guest.locale,
        "timezone": guest.timezone,
        "blacklisted": facts.blacklisted,
        "consents": facts.consents,
        "addresses": addresses.collect::<Vec<_>>(),
        "orders": facts.orders,
        "revenue": facts.revenue,
        "first_order_at": facts.first_at,
        "last_order_at": facts.last_at,
        "last_dish": guest.last_dish,
        "home_restaurant": facts.home_restaurant,
        "tags": sources.keys().collect::<Vec<_>>(),
        "tag_sources": sources,
        "attributes": guest.attributes,
    })
}

fn print(guest: &Guest, facts: &GuestFacts, tags: &[GuestTag], zone: &Zone) {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let at = |at: Option<Timestamp>| at.map_or_else(|| "–".to_owned(), |at| super::clock(zone, at));
    let consents: Vec<_> = facts.consents.iter().map(|channel| channel.name()).collect();
    let mut rows = vec![
        ("name", text(&guest.name)),
        ("time zone", guest.timezone.clone()),
        ("blacklisted", if facts.blacklisted { "yes" } else { "no" }.to_owned()),
        ("marketing by", consents.join(", ")),
        ("orders", format!("{} ({})", facts.orders, facts.revenue)),
        ("latest order", format!("{} ({})", at(facts.last_at), zone.name())),
        ("last dish", text(&guest.last_dish)),
        ("home restaurant", text(&facts.home_restaurant)),
        ("tags", with_sources(tags)),
    ];
    rows.extend(
        facts
            .addresses
            .iter()
            .map(|(kind, address)| (kind.name(), address.clone())),
    );
    rows.extend(
        guest
            .attributes
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone())),
    );
    println!("{}", guest.external_id);
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    print!("{}", table::render(&[], &rows));
}
