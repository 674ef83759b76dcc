//! `bellhop webhook …`: which other systems are told of what happens.

use super::{Context, clock, print_json, table, who};
use crate::cli::{CreateWebhookArgs, DeliveriesArgs, JsonArg, WebhookCommand};
use crate::{secrets, wiring};
use anyhow::{Result, bail, ensure};
use bellhop_channels::outgoing_webhook::new_secret;
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{DeliveryId, Timestamp, WebhookId};
use bellhop_settings::sealed::seal_webhook;
use bellhop_store::webhooks::{Delivery, DeliveryState, NewWebhook, Webhook, WebhooksBook};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// The most characters of a name.
const NAME_CHARS: usize = 100;

pub async fn run(context: &Context, command: WebhookCommand) -> Result<()> {
    match command {
        WebhookCommand::Create(args) => create(context, &args).await,
        WebhookCommand::List(JsonArg { json }) => list(context, json).await,
        WebhookCommand::Rotate { id, hours, json } => rotate(context, WebhookId(id), hours, json).await,
        WebhookCommand::On { id, json } => switch(context, WebhookId(id), true, json).await,
        WebhookCommand::Off { id, json } => switch(context, WebhookId(id), false, json).await,
        WebhookCommand::Delete { id, json } => delete(context, WebhookId(id), json).await,
        WebhookCommand::Deliveries(args) => deliveries(context, &args).await,
        WebhookCommand::Replay { delivery, json } => replay(context, DeliveryId(delivery), json).await,
    }
}

/// A new secret, and its seal.
fn drawn(context: &Context, organisation: &str) -> Result<(SecretString, String)> {
    let secret = new_secret(rand::random());
    let keys = secrets::keys(&context.config)?;
    let sealed = seal_webhook(&keys, organisation, &secret, secrets::nonce())?;
    Ok((secret, sealed))
}

async fn create(context: &Context, args: &CreateWebhookArgs) -> Result<()> {
    let url = wiring::webhook_caller(&context.config)?.admit(&args.url);
    let url = url.map_err(|why| anyhow::anyhow!("{}: {why}", args.url))?;
    let kinds = kinds(&args.kinds)?;
    let name = args.name.clone().or_else(|| url.host_str().map(str::to_owned));
    let name = name.unwrap_or_default();
    ensure!(
        !name.trim().is_empty() && name.chars().count() <= NAME_CHARS,
        "a webhook's name has 1 to {NAME_CHARS} characters"
    );
    let (parts, organisation) = context.open().await?;
    let (secret, sealed) = drawn(context, &organisation.slug)?;
    let new = NewWebhook {
        name: name.trim(),
        url: url.as_str(),
        kinds: &kinds,
        secret: &sealed,
    };
    let id = parts
        .store
        .create_webhook(organisation.id, &new, None, &who(), Timestamp::now())
        .await?;
    if args.json {
        return print_json(&json!({ "id": id, "url": url.as_str(), "kinds": kinds, "secret": secret.expose_secret() }));
    }
    println!("Webhook {id} is told of {} at {url}.", names(&kinds));
    println!("Its secret, which is shown only now: {}", secret.expose_secret());
    Ok(())
}

fn kinds(told: &[String]) -> Result<BTreeSet<WebhookKind>> {
    let kind = |name: &String| match WebhookKind::named(name.trim()) {
        Some(kind) => Ok(kind),
        None => bail!("{name:?} is no kind; name some of {}", names(&WebhookKind::ALL.into())),
    };
    told.iter().map(kind).collect()
}

fn names(kinds: &BTreeSet<WebhookKind>) -> String {
    kinds.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
}

async fn list(context: &Context, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let all = parts.store.webhooks(organisation.id).await?;
    if json {
        return print_json(&all);
    }
    if all.is_empty() {
        println!(
            "{} has no webhook; `bellhop webhook create` makes one.",
            organisation.slug
        );
        return Ok(());
    }
    let row = |it: &Webhook| {
        vec![
            it.id.to_string(),
            it.name.clone(),
            if it.enabled { "on" } else { "off" }.to_owned(),
            names(&it.kinds),
            it.waiting.to_string(),
            it.dead.to_string(),
            it.url.clone(),
        ]
    };
    let header = ["id", "name", "state", "kinds", "waiting", "dead", "url"];
    print!("{}", table::render(&header, &all.iter().map(row).collect::<Vec<_>>()));
    Ok(())
}

async fn rotate(context: &Context, id: WebhookId, hours: u32, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (secret, sealed) = drawn(context, &organisation.slug)?;
    let now = Timestamp::now();
    let until = now.plus(Duration::from_secs(u64::from(hours) * 3_600));
    parts
        .store
        .rotate_webhook(organisation.id, id, &sealed, until, &who(), now)
        .await?;
    if json {
        return print_json(&json!({ "id": id, "secret": secret.expose_secret(), "old_secret_until": until }));
    }
    let zone = &organisation.timezone;
    println!(
        "The new secret of webhook {id}, which is shown only now: {}",
        secret.expose_secret()
    );
    println!(
        "The one before signs too until {} ({}).",
        clock(zone, until),
        zone.name()
    );
    Ok(())
}

async fn switch(context: &Context, id: WebhookId, on: bool, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, now) = (parts.store.as_ref(), Timestamp::now());
    store.switch_webhook(organisation.id, id, on, &who(), now).await?;
    done(json, &json!({ "id": id, "enabled": on }), || {
        format!("Webhook {id} is {}.", if on { "on" } else { "off" })
    })
}

async fn delete(context: &Context, id: WebhookId, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let store = parts.store.as_ref();
    store
        .delete_webhook(organisation.id, id, &who(), Timestamp::now())
        .await?;
    done(json, &json!({ "id": id, "deleted": true }), || {
        format!("Webhook {id} is removed.")
    })
}

async fn replay(context: &Context, id: DeliveryId, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let store = parts.store.as_ref();
    store.replay(organisation.id, id, &who(), Timestamp::now()).await?;
    done(
        json,
        &json!({ "delivery": id, "state": DeliveryState::Waiting.name() }),
        || format!("Delivery {id} goes once more."),
    )
}

fn done(json: bool, told: &Value, words: impl FnOnce() -> String) -> Result<()> {
    if json {
        return print_json(told);
    }
    println!("{}", words());
    Ok(())
}

async fn deliveries(context: &Context, args: &DeliveriesArgs) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let state = args.dead.then_some(DeliveryState::Dead);
    let before = args.before.map(DeliveryId);
    let all = parts
        .store
        .deliveries(organisation.id, WebhookId(args.id), state, before, args.limit)
        .await?;
    if args.json {
        return all.iter().try_for_each(print_json);
    }
    if all.is_empty() {
        println!("There are none.");
        return Ok(());
    }
    let zone = &organisation.timezone;
    let row = |it: &Delivery| {
        vec![
            it.id.to_string(),
            clock(zone, it.created_at),
            it.kind.clone(),
            it.subject.clone(),
            it.state.name().to_owned(),
            it.tries.to_string(),
            it.last_status.map_or("–".to_owned(), |status| status.to_string()),
            it.last_words.clone().unwrap_or_default(),
        ]
    };
    let header = ["id", "at", "kind", "subject", "state", "tries", "status", "words"];
    print!("{}", table::render(&header, &all.iter().map(row).collect::<Vec<_>>()));
    println!("Times by {}.", zone.name());
    Ok(())
}
