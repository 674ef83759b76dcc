//! What is a guest's own: their page, the evidence of their words, their reviews, and to be erased.

use super::super::{print_json, table};
use anyhow::{Context as _, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use bellhop_store::events::Review;
use bellhop_store::ledger::Evidencing;
use bellhop_store::{Erasing, GuestPages, LiveEvents, SqlStore};
use serde_json::json;
use std::path::Path;

pub(super) async fn evidence(store: &SqlStore, org: OrgId, customer: &str, output: Option<&Path>) -> Result<()> {
    let pack = store.evidence(org, customer, Timestamp::now()).await?;
    let text = serde_json::to_string_pretty(&pack)?;
    match output {
        None => println!("{text}"),
        Some(path) => {
            std::fs::write(path, text + "\n").with_context(|| format!("--output: cannot write {}", path.display()))?;
            println!(
                "{} words and what was sent around them: {}.",
                pack.words.len(),
                path.display()
            );
        }
    }
    Ok(())
}

pub(super) async fn page(store: &SqlStore, public_url: &str, id: CustomerId, json: bool) -> Result<()> {
    let token = store.page_key().await?.token(id);
    let url = format!("{}/g/{token}", public_url.trim_end_matches('/'));
    if json {
        return print_json(&json!({ "url": url }));
    }
    println!("{url}");
    Ok(())
}

/// Who is to be erased, and by whom.
pub(super) struct Asked<'a> {
    pub org: OrgId,
    pub customer: &'a str,
    pub id: CustomerId,
    pub who: &'a str,
}

pub(super) async fn erase(store: &SqlStore, asked: &Asked<'_>, yes: bool, as_json: bool) -> Result<()> {
    let customer = asked.customer;
    if !yes {
        if as_json {
            return print_json(&json!({ "erased": false }));
        }
        println!(
            "This erases {customer} for good: card, addresses, consents, chats, bonuses, words and photos of reviews."
        );
        println!(
            "Orders and figures stay, without the person. Their addresses get no marketing unless they ask for it again."
        );
        println!("Nothing was erased. To do it: bellhop guest erase {customer} --yes");
        return Ok(());
    }
    let erased = store.erase(asked.org, asked.id, asked.who, Timestamp::now()).await?;
    // The ledger at once, as a command should; a dispatcher comes once more for what is under way.
    while store.unfinished_erasures().await? > 0 && store.go_on_erasing(Timestamp::now()).await? {}
    if as_json {
        return print_json(&json!({ "erased": true, "shares_with": erased.shares_with }));
    }
    println!("{customer} is erased.");
    if !erased.shares_with.is_empty() {
        let others = erased.shares_with.join(", ");
        println!(
            "These cards have an address of theirs, and stay with it: {others}. Is it the same person? Erase these too."
        );
    }
    println!("Files that were exported before are yours to delete.");
    Ok(())
}

pub(super) async fn reviews(
    store: &SqlStore,
    org: OrgId,
    id: CustomerId,
    photos: Option<&Path>,
    as_json: bool,
) -> Result<()> {
    let reviews = store.reported(org, id).await?.reviews;
    if let Some(folder) = photos {
        write_photos(store, org, &reviews, folder).await?;
    }
    if as_json {
        let all: Vec<_> = reviews.iter().map(told).collect();
        return print_json(&all);
    }
    if reviews.is_empty() {
        println!("They have left no review.");
        return Ok(());
    }
    let row = |it: &Review| {
        vec![
            it.left_at.to_rfc3339(),
            it.order.clone().unwrap_or_default(),
            it.stars.to_string(),
            if it.is_below() { "below the border" } else { "" }.to_owned(),
            it.words.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = reviews.iter().map(row).collect();
    print!("{}", table::render(&["left", "order", "stars", "", "words"], &rows));
    Ok(())
}

fn told(it: &Review) -> serde_json::Value {
    json!({ "left_at": it.left_at, "order": it.order, "stars": it.stars, "border": it.border, "below_border": it.is_below(),
            "words": it.words, "photos": it.photos, "source": it.source })
}

async fn write_photos(store: &SqlStore, org: OrgId, reviews: &[Review], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("--photos: cannot make {}", folder.display()))?;
    for (review, order) in reviews.iter().filter_map(|it| it.order.as_ref()).enumerate() {
        for (number, photo) in store.photos(org, order).await?.iter().enumerate() {
            let kind = photo.content_type.trim_start_matches("image/");
            // An order's id may hold anything.
            let path = folder.join(format!("review-{}-{}.{kind}", review + 1, number + 1));
            let content = STANDARD.decode(&photo.content)?;
            std::fs::write(&path, content).with_context(|| format!("--photos: cannot write {}", path.display()))?;
        }
    }
    Ok(())
}
