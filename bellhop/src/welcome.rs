//! How the first person comes in.

use crate::config::Config;
use crate::opening::Parts;
use anyhow::Result;
use bellhop_domain::Timestamp;
use bellhop_store::accounts::Links;
use secrecy::{ExposeSecret, SecretString};

/// Where a link leads: the console's page for it.
pub fn address(public_url: &str, link: &SecretString) -> String {
    format!(
        "{}/console/invitations/{}",
        public_url.trim_end_matches('/'),
        link.expose_secret()
    )
}

/// As long as an organisation has nobody who could log in, each start makes a link for its first administrator. It is
/// printed and not logged: logs are kept, and read by others.
pub async fn greet(config: &Config, parts: &Parts) -> Result<()> {
    for organisation in &parts.organisations {
        let link = parts
            .store
            .first_link(organisation.id, rand::random(), Timestamp::now());
        if let Some(link) = link.await? {
            let (slug, link) = (&organisation.slug, address(&config.http.public_url, &link));
            println!("Nobody can log in to {slug} yet. This link, good once, makes its first administrator:\n  {link}");
        }
    }
    Ok(())
}
