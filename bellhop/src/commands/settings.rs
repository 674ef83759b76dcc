//! `bellhop settings history | seal | reseal`

use super::{Context, clock, print_json, table, who};
use crate::cli::{SealArgs, SettingsCommand};
use crate::{applying, opening, secrets};
use anyhow::{Context as _, Result, bail, ensure};
use bellhop_domain::setting::SettingKey;
use bellhop_settings::sealed::{self, Keys, open_totp, open_webhook, resealed, seal_totp, seal_webhook};
use bellhop_settings::{Edit, Sections, change, edit};
use bellhop_store::SettingsBook;
use bellhop_store::accounts::SecondFactors;
use bellhop_store::settings::{Change, PastChange, PastOf};
use bellhop_store::webhooks::WebhooksBook;
use serde_json::{Value, json};
use std::io::Read;

/// The most changes that are shown.
const SHOWN: u32 = 50;

pub async fn run(context: &Context, command: SettingsCommand) -> Result<()> {
    match command {
        SettingsCommand::History(args) => history(context, args.json).await,
        SettingsCommand::Seal(args) => seal(context, &args).await,
        SettingsCommand::Reseal => reseal(context).await,
    }
}

async fn history(context: &Context, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let past = parts
        .store
        .settings_history(PastOf::OrganisationAndAll(&organisation.slug), SHOWN)
        .await?;
    if json {
        let past: Vec<_> = past.iter().map(told).collect();
        return print_json(&past);
    }
    let rows: Vec<_> = past
        .iter()
        .map(|it| {
            let what = match (&it.before, &it.after) {
                (None, _) => "added",
                (_, Some(_)) => "changed",
                (_, None) => "removed",
            };
            let at = clock(&organisation.timezone, it.at);
            vec![
                it.version.to_string(),
                at,
                it.who.clone(),
                it.key.to_string(),
                what.to_owned(),
            ]
        })
        .collect();
    print!("{}", table::render(&["version", "at", "who", "setting", "what"], &rows));
    println!("Times by {}.", organisation.timezone.name());
    Ok(())
}

fn told(it: &PastChange) -> Value {
    json!({
        "version": it.version, "at": it.at, "who": it.who, "setting": it.key.to_string(),
        "before": it.before, "after": it.after,
    })
}

/// Seals a secret from standard input into a sender's field, in place of what is there.
async fn seal(context: &Context, args: &SealArgs) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let base = parts.store.load_settings().await?;
    let key = SettingKey::sender(organisation.slug.as_str(), args.sender.as_str());
    let there = base.get(&key).with_context(|| {
        format!(
            "{} has no sender {:?}; `bellhop sender list` shows them",
            organisation.slug, args.sender
        )
    })?;
    let mut secret = String::new();
    std::io::stdin().read_to_string(&mut secret)?;
    let secret = secret.trim_end_matches(['\r', '\n']);
    ensure!(
        !secret.is_empty(),
        "nothing came on standard input, from which the secret is read"
    );
    let mut body = there.body.clone();
    let pointer = format!("/{}", args.field.replace('.', "/"));
    let Some(place) = body.pointer_mut(&pointer) else {
        bail!(
            "{key} has no field {:?}; name one that is there, like settings.secrets.password",
            args.field
        );
    };
    *place = json!({ "secret": secret });
    let it = Edit {
        key: key.clone(),
        expected: Some(there.version),
        body: Some(body),
    };
    let (keys, who) = (secrets::keys(&context.config)?, who());
    let edited = edit(parts.store.as_ref(), applying::ground(&keys, &who), &it, secrets::nonce).await?;
    println!(
        "{key}: {} is sealed; the settings are at version {}.",
        args.field,
        edited.version.unwrap_or_default()
    );
    Ok(())
}

/// Those of webhooks, which are in no document; returns how many there are.
async fn reseal_webhooks(store: &impl WebhooksBook, keys: &Keys) -> Result<usize> {
    let all = store.webhook_secrets().await?;
    for it in all.iter().filter(|it| !keys.is_newest(&it.sealed)) {
        let secret = open_webhook(keys, &it.organisation, &it.sealed)?;
        let sealed = seal_webhook(keys, &it.organisation, &secret, secrets::nonce())?;
        store.reseal_webhook(it, &sealed).await?;
    }
    Ok(all.len())
}

/// Those of second factors, which are rows of their own too.
async fn reseal_factors(store: &impl SecondFactors, keys: &Keys) -> Result<usize> {
    let all = store.totp_secrets().await?;
    for it in all.iter().filter(|it| !keys.is_newest(&it.sealed)) {
        let secret = open_totp(keys, &it.organisation, it.person, &it.sealed)?;
        let sealed = seal_totp(keys, &it.organisation, it.person, &secret, secrets::nonce())?;
        store.reseal_totp(it, &sealed).await?;
    }
    Ok(all.len())
}

/// Seals everything that is sealed again with the newest key.
async fn reseal(context: &Context) -> Result<()> {
    let store = opening::to_change(&context.config).await?;
    let keys = secrets::keys(&context.config)?;
    let base = store.load_settings().await?;
    Sections::of(&base)?;
    let (mut changes, mut count) = (Vec::new(), 0);
    for it in &base.settings {
        count += sealed::sealed_secrets(&it.body).len();
        let renewed = resealed(&keys, &it.key, &it.body, secrets::nonce)?;
        changes.extend(renewed.map(|body| Change {
            key: it.key.clone(),
            body: Some(body),
        }));
    }
    if !changes.is_empty() {
        let who = who();
        change(&store, applying::ground(&keys, &who), &base, &changes, None).await?;
    }
    let webhooks = reseal_webhooks(&store, &keys).await?;
    count += webhooks + reseal_factors(&store, &keys).await?;
    println!(
        "{count} sealed secret(s) are under the newest key; {} setting(s) were sealed again. Older keys may now be removed from [settings] keys.",
        changes.len()
    );
    Ok(())
}
