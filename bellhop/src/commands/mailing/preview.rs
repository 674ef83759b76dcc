//! `bellhop mailing preview ID --customer C`: the texts as this guest would get them.

use super::rendering;
use crate::commands::{Context, print_json};
use anyhow::Result;
use bellhop_campaigns::preview::{Preview, preview};
use bellhop_domain::{Channel, MailingId, Timestamp};

pub async fn run(context: &Context, id: MailingId, customers: &[String], json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let rendering = rendering(context, &parts, &organisation)?;
    let store = parts.store.as_ref();
    let previews = preview(store, &organisation, &rendering, id, customers, Timestamp::now()).await?;
    if json {
        return print_json(&previews);
    }
    previews.iter().for_each(print);
    Ok(())
}

fn print(preview: &Preview) {
    println!("{}", preview.customer);
    for channel in Channel::ALL {
        let content = preview.contents.get(channel.name());
        let Some(fields) = content.and_then(|content| content.as_object()) else {
            continue;
        };
        println!("  {channel}");
        for (key, value) in fields.iter().filter(|(_, v)| !v.is_null()) {
            println!(
                "    {key:<9} {}",
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            );
        }
    }
}
