//! `bellhop api-key create | revoke`

use super::{Context, print_json};
use crate::cli::{ApiKeyCommand, ScopeArg};
use anyhow::{Result, bail};
use bellhop_domain::Timestamp;
use bellhop_store::guests::{GuestBase, Scope};
use secrecy::ExposeSecret;

pub async fn run(context: &Context, command: ApiKeyCommand) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    match command {
        ApiKeyCommand::Create { name, scopes, json } => {
            let scopes: Vec<Scope> = scopes.into_iter().map(scope).collect();
            let key = parts
                .store
                .create_api_key(organisation.id, &name, &scopes, rand::random(), Timestamp::now())
                .await?;
            if json {
                return print_json(&serde_json::json!({ "name": name, "key": key.expose_secret() }));
            }
            println!("{}", key.expose_secret());
            eprintln!("This key is shown only now: put it where the program {name:?} reads its secrets.");
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

fn scope(arg: ScopeArg) -> Scope {
    match arg {
        ScopeArg::Orders => Scope::Orders,
        ScopeArg::Opens => Scope::Opens,
        ScopeArg::Endpoints => Scope::Endpoints,
        ScopeArg::Messages => Scope::Messages,
    }
}
