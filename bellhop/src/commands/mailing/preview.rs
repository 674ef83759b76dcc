//! `bellhop mailing preview ID --customer C`: the texts as this guest would get them.

use super::spec_of;
use crate::commands::{Context, print_json};
use crate::wiring;
use anyhow::{Context as _, Result};
use bellhop_domain::{Channel, MailingId, MessageId, Timestamp};
use bellhop_store::guests::{Guest, GuestBase};
use bellhop_store::ledger::{Ledger, Profile};
use bellhop_templating::sms;
use bellhop_worker::{Rendered, RunContents};
use serde_json::{Value, json};

pub async fn run(context: &Context, id: i64, customers: &[String], json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let mailing = parts.store.mailing(organisation.id, MailingId(id)).await?;
    let spec = spec_of(&mailing)?;
    let contents = RunContents::compile(&spec)?;
    let defaults = wiring::defaults(&context.config, &parts.organisations)?;
    let defaults = defaults
        .get(&organisation.id)
        .context("the organisation is not in the configuration")?;
    let url = context.config.http.public_url.trim_end_matches('/');
    let mut previews = Vec::new();
    for customer in customers {
        let known = parts.store.customer_id(organisation.id, customer).await?;
        let known = known.with_context(|| format!("there is no customer {customer:?} in {}", organisation.slug))?;
        let profile = profile(parts.store.guest(organisation.id, known).await?);
        // A stand-in with as many digits as the real one will have; variation may choose otherwise at the send.
        let message = MessageId(known.0.unsigned_abs());
        let mut by_channel = serde_json::Map::new();
        for step in &spec.waterfall {
            let rendered = contents.render(step.channel, message, &profile, defaults, url, Timestamp::now());
            by_channel.insert(
                step.channel.name().to_owned(),
                rendered.map_or_else(|e| json!({ "error": e.to_string() }), describe),
            );
        }
        previews.push(json!({ "customer": customer, "contents": by_channel }));
    }
    if json { print_json(&previews) } else { print(&previews) }
}

fn profile(guest: Guest) -> Profile {
    Profile {
        external_id: Some(guest.external_id),
        name: guest.name,
        locale: guest.locale,
        timezone: Some(guest.timezone),
        last_dish: guest.last_dish,
        attributes: guest.attributes,
    }
}

fn describe(rendered: Rendered) -> Value {
    match rendered {
        Rendered::Push {
            title,
            body,
            image,
            link,
        } => json!({ "title": title, "body": body, "image": image, "link": link }),
        Rendered::Text(text) => {
            let parts = sms::parts(&text);
            json!({ "text": text, "parts": parts.count(), "encoding": format!("{:?}", parts.encoding) })
        }
    }
}

fn print(previews: &[Value]) -> Result<()> {
    for preview in previews {
        println!("{}", preview["customer"].as_str().unwrap_or_default());
        for channel in Channel::ALL {
            let content = &preview["contents"][channel.name()];
            let Some(fields) = content.as_object() else { continue };
            println!("  {channel}");
            for (key, value) in fields.iter().filter(|(_, v)| !v.is_null()) {
                println!(
                    "    {key:<9} {}",
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
                );
            }
        }
    }
    Ok(())
}
