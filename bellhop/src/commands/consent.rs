//! `bellhop consent show | list --held | settle`

use super::{Context, print_json, table, who};
use crate::cli::ConsentCommand;
use anyhow::{Result, bail};
use bellhop_domain::consent::Word;
use bellhop_domain::{Channel, Phone, Timestamp};
use bellhop_store::consent::{ConsentLedger, Held, Said};
use bellhop_store::guests::Organisation;

pub async fn run(context: &Context, command: ConsentCommand) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    match command {
        ConsentCommand::Show {
            address,
            customer,
            json,
        } => {
            let said = match (&address, &customer) {
                (_, Some(customer)) => parts.store.words_of_customer(organisation.id, customer).await?,
                (address, None) => {
                    let told = addresses(address.as_deref().unwrap_or_default(), &organisation);
                    parts.store.words_of_addresses(organisation.id, &told).await?
                }
            };
            if json { print_json(&said) } else { print_words(&said) }
        }
        ConsentCommand::List { held, json } => {
            if !held {
                bail!("say what to list: `bellhop consent list --held`");
            }
            let held = parts.store.held(organisation.id).await?;
            if json { print_json(&held) } else { print_held(&held) }
        }
        ConsentCommand::Settle {
            address,
            channel,
            stop,
            keep: _,
        } => {
            let told = addresses(&address, &organisation);
            let channel = channel.0;
            parts
                .store
                .settle_hold(organisation.id, &told, channel, stop, &who(), Timestamp::now())
                .await?;
            let settled = if stop {
                "gets no marketing by"
            } else {
                "is as before for marketing by"
            };
            println!("{address} {settled} {channel}.");
            Ok(())
        }
    }
}

/// The address as it was typed, and as a phone in E.164 if it is one.
fn addresses(typed: &str, organisation: &Organisation) -> Vec<String> {
    let typed = typed.trim();
    let phone = Phone::parse(typed, organisation.settings.phone_region).ok();
    let phone = phone
        .map(|phone| phone.e164().to_owned())
        .filter(|phone| phone != typed);
    [typed.to_owned()].into_iter().chain(phone).collect()
}

fn print_words(said: &[Said]) -> Result<()> {
    if said.is_empty() {
        println!("Nothing was said about marketing or notifications.");
        return Ok(());
    }
    let rows: Vec<_> = said
        .iter()
        .map(|said| {
            let about = match (&said.address, &said.customer) {
                (Some(address), Some(customer)) => format!("{address}, on the page of {customer}"),
                (Some(address), None) => address.clone(),
                (None, customer) => format!("customer {}", customer.as_deref().unwrap_or("(erased)")),
            };
            let text = said.text_version.iter().map(|version| format!(", text {version}"));
            let how = std::iter::once(said.how.clone()).chain(text).collect();
            vec![
                said.at.to_rfc3339(),
                about,
                said.channel.map_or("all channels", Channel::name).to_owned(),
                said.purpose.name().to_owned(),
                word(said.word).to_owned(),
                said.source.name().to_owned(),
                how,
            ]
        })
        .collect();
    let head = ["said", "by or about", "channel", "about", "word", "source", "how"];
    print!("{}", table::render(&head, &rows));
    Ok(())
}

fn word(word: Word) -> &'static str {
    match word {
        Word::Held => "held: it may be a no",
        Word::Released => "released: it was no no",
        Word::Given | Word::Withdrawn => word.name(),
    }
}

fn print_held(held: &[Held]) -> Result<()> {
    if held.is_empty() {
        println!("No answer waits for a human.");
        return Ok(());
    }
    let rows: Vec<_> = held
        .iter()
        .map(|held| {
            vec![
                held.address.clone(),
                held.channel.name().to_owned(),
                held.since.to_rfc3339(),
                held.wrote.clone().unwrap_or_else(|| held.how.clone()),
            ]
        })
        .collect();
    print!(
        "{}",
        table::render(&["address", "channel", "held since", "wrote"], &rows)
    );
    println!("Settle each: bellhop consent settle ADDRESS --channel CHANNEL --stop|--keep");
    Ok(())
}
