//! `bellhop mailing show | edit | duplicate | delete`: mailings as they are written.

use super::create::{created, read};
use crate::commands::{Context, clock, print_json, table, who};
use anyhow::{Context as _, Result, bail};
use bellhop_campaigns::draft;
use bellhop_domain::{MailingId, Timestamp};
use bellhop_store::ledger::{Drafting, KeptMailing};
use serde_json::{Value, json};

fn file_of(kept: &KeptMailing) -> Result<Value> {
    serde_json::from_str(&kept.spec).with_context(|| format!("the file of mailing {}", kept.listed.id))
}

pub async fn show(context: &Context, id: MailingId, as_json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let kept = parts.store.kept_mailing(organisation.id, id).await?;
    let (it, file) = (&kept.listed, file_of(&kept)?);
    if as_json {
        let mut told = serde_json::to_value(it)?;
        (told["version"], told["file"]) = (kept.version.into(), file);
        return print_json(&told);
    }
    let zone = &organisation.timezone;
    let rows = [
        ("name", it.name.clone()),
        ("state", it.state.map_or("draft", |state| state.name()).to_owned()),
        ("version", kept.version.to_string()),
        ("created", clock(zone, it.created_at)),
        (
            "start",
            it.start_at.map_or_else(|| "–".to_owned(), |at| clock(zone, at)),
        ),
    ];
    let rows = rows.map(|(name, value)| vec![name.to_owned(), value]);
    print!("{}", table::render(&[], &rows));
    println!("{}", serde_json::to_string_pretty(&file)?);
    Ok(())
}

pub async fn edit(context: &Context, id: MailingId, file: &str, version: Option<i64>, as_json: bool) -> Result<()> {
    let draft = read(file, "nothing was changed")?;
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    let found = store.kept_mailing(org, id).await?.version;
    let version = version.unwrap_or(found);
    if !draft::change(store, org, (id, version), &draft, &who(), Timestamp::now()).await? {
        bail!(
            "mailing {id} is at version {found}, not {version}: somebody has changed it; look at it again: bellhop mailing show {id}"
        );
    }
    let now = store.kept_mailing(org, id).await?.version;
    if as_json {
        return print_json(&json!({ "id": id, "name": draft.spec.name, "version": now }));
    }
    match now == version {
        true => println!("Mailing {id} is that already; it stays at version {now}."),
        false => println!("Mailing {id}: version {now}. Next: bellhop mailing check {id}"),
    }
    Ok(())
}

pub async fn duplicate(context: &Context, id: MailingId, name: Option<&str>, as_json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    let mut file = file_of(&store.kept_mailing(org, id).await?)?;
    if let Some(name) = name {
        file["name"] = name.into();
    }
    let draft = read(&file.to_string(), "nothing was made")?;
    let made = draft::create(store, org, &draft, &who(), Timestamp::now()).await?;
    created(made, &draft.spec.name, as_json)
}

pub async fn delete(context: &Context, id: MailingId, as_json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    let kept = store.kept_mailing(org, id).await?;
    if !store
        .remove_mailing(org, id, kept.version, &who(), Timestamp::now())
        .await?
    {
        bail!("mailing {id} was changed at this moment; look at it again: bellhop mailing show {id}");
    }
    if as_json {
        return print_json(&json!({ "deleted": id }));
    }
    println!("Mailing {id} {:?} is deleted.", kept.listed.name);
    Ok(())
}
