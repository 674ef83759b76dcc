//! `bellhop api-key create | list | limit | revoke`

use super::{Context, clock, print_json, table, who};
use crate::cli::{ApiKeyCommand, JsonArg, KeyKindArg, ScopeArg};
use anyhow::{Context as _, Result, bail};
use bellhop_domain::{Timestamp, Zone};
use bellhop_settings::OrganisationSection;
use bellhop_store::guests::{ApiKeys, KeyKind, ListedKey, NewKey};
use secrecy::ExposeSecret;

pub async fn run(context: &Context, command: ApiKeyCommand) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    match command {
        ApiKeyCommand::Create {
            name,
            kind,
            scopes,
            per_minute,
            json,
        } => {
            let kind = match kind {
                KeyKindArg::Backend => KeyKind::Backend,
                KeyKindArg::App => KeyKind::App,
            };
            let scopes = match scopes.is_empty() {
                true => kind.usual(),
                false => scopes.into_iter().map(|ScopeArg(scope)| scope).collect(),
            };
            let new = NewKey {
                name: &name,
                kind,
                scopes: &scopes,
                ends_at: None,
                per_minute,
            };
            let (random, who, now) = (rand::random(), who(), Timestamp::now());
            let made = parts.store.make_key(organisation.id, new, random, &who, now);
            let (_, key) = made.await?;
            if json {
                let told =
                    serde_json::json!({ "name": name, "kind": kind, "scopes": scopes, "key": key.expose_secret() });
                return print_json(&told);
            }
            println!("{}", key.expose_secret());
            let section = parts.sections.organisation(Some(&organisation.slug));
            eprintln!(
                "{}",
                advice(kind, &name, section.context("an organisation has a section")?)
            );
            Ok(())
        }
        ApiKeyCommand::List(JsonArg { json }) => {
            let keys = parts.store.api_keys(organisation.id).await?;
            if json {
                print_json(&keys)
            } else {
                print(&keys, &organisation.timezone)
            }
        }
        ApiKeyCommand::Limit { name, per_minute } => {
            let keys = parts.store.api_keys(organisation.id).await?;
            let key = keys.iter().find(|it| it.name == name && it.revoked_at.is_none());
            let key = key.with_context(|| format!("{} has no API key named {name:?}", organisation.slug))?;
            let (who, now) = (who(), Timestamp::now());
            parts
                .store
                .limit_key(organisation.id, &key.id, per_minute, &who, now)
                .await?;
            match per_minute {
                Some(number) => println!("{name:?} may make {number} requests a minute."),
                None => println!("{name:?} may make as many requests as any key."),
            }
            Ok(())
        }
        ApiKeyCommand::Revoke { name } => {
            let revoked = parts
                .store
                .revoke_api_key(organisation.id, &name, Timestamp::now())
                .await?;
            if revoked == 0 {
                bail!("{} has no API key named {name:?}", organisation.slug);
            }
            println!("Revoked {revoked} key(s) named {name:?}.");
            Ok(())
        }
    }
}

fn print(keys: &[ListedKey], zone: &Zone) -> Result<()> {
    if keys.is_empty() {
        println!("There are no keys; `bellhop api-key create NAME` makes one.");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = keys
        .iter()
        .map(|key| {
            let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.name()).collect();
            let state = match (key.revoked_at, key.ends_at) {
                (Some(at), _) => format!("revoked {}", clock(zone, at)),
                (None, Some(at)) => format!("until {}", clock(zone, at)),
                (None, None) => "in force".to_owned(),
            };
            let used = key.used_at.map(|at| clock(zone, at));
            vec![
                key.name.clone(),
                key.kind.name().to_owned(),
                scopes.join(","),
                clock(zone, key.created_at),
                used.unwrap_or_default(),
                state,
            ]
        })
        .collect();
    print!(
        "{}",
        table::render(&["name", "kind", "scopes", "made", "used", "state"], &rows)
    );
    println!("Times by {}.", zone.name());
    Ok(())
}

fn advice(kind: KeyKind, name: &str, section: &OrganisationSection) -> String {
    let shown = "This key is shown only now";
    match kind {
        KeyKind::Backend => format!(
            "{shown}: put it where the program {name:?} reads its secrets. It speaks for every guest: never ship it in an app or \
             a page (--kind app makes a key for those)."
        ),
        KeyKind::App if section.guest_token_keys.is_empty() => format!(
            "{shown}. It may ship inside the app. Without guest_token_keys in the section of {:?} it registers devices that \
             belong to nobody; docs/api.md says how your backend signs who is logged in.",
            section.slug
        ),
        KeyKind::App => {
            format!("{shown}. It may ship inside the app; your backend signs who is logged in (docs/api.md).")
        }
    }
}
