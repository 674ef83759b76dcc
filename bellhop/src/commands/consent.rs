//! `bellhop consent show | list --held | settle | import | export`

use super::{Context, import, print_json, table, who};
use crate::cli::{ConsentCommand, LedgerFormat};
use anyhow::{Context as _, Result, bail};
use bellhop_domain::consent::Word;
use bellhop_domain::formula::no_formula;
use bellhop_domain::{Channel, OrgId, Phone, Timestamp};
use bellhop_store::consent::{ConsentLedger, Held, LedgerWord, Said};
use bellhop_store::guests::Organisation;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

/// Words that are read from the database at once.
const PAGE: u32 = 5_000;

pub async fn run(context: &Context, command: ConsentCommand) -> Result<ExitCode> {
    if let ConsentCommand::Import(args) = command {
        return import::run_file(context, import::Kind::Words, args).await;
    }
    run_others(context, command).await.map(|()| ExitCode::SUCCESS)
}

async fn run_others(context: &Context, command: ConsentCommand) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    match command {
        ConsentCommand::Import(_) => Ok(()),
        ConsentCommand::Export { output, format } => {
            let written = export(parts.store.as_ref(), organisation.id, output.as_deref(), format).await?;
            if output.is_some() {
                println!("{written} words written.");
            }
            Ok(())
        }
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

/// Writes the ledger page by page; returns how many words there are.
async fn export(store: &dyn ConsentLedger, org: OrgId, output: Option<&Path>, format: LedgerFormat) -> Result<u64> {
    let to: Box<dyn Write> = match output {
        None => Box::new(std::io::stdout()),
        Some(path) => {
            let file = File::create(path).with_context(|| format!("--output: cannot write {}", path.display()))?;
            Box::new(BufWriter::new(file))
        }
    };
    let (mut after, mut written) = (0, 0);
    let mut to = match format {
        LedgerFormat::Csv => Ledger::Csv(Box::new(csv::Writer::from_writer(to))),
        LedgerFormat::Ndjson => Ledger::Ndjson(to),
    };
    loop {
        let page = store.ledger_after(org, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        written += page.len() as u64;
        for word in page {
            to.write(word)?;
        }
    }
    to.end()?;
    Ok(written)
}

/// Whatever a guest or another system wrote is shown by a spreadsheet and not computed.
fn no_formulas(word: &mut LedgerWord) {
    word.how = no_formula(&word.how);
    for text in [&mut word.text_version, &mut word.customer_id, &mut word.address] {
        *text = text.take().map(|text| no_formula(&text));
    }
}

enum Ledger {
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Ndjson(Box<dyn Write>),
}

impl Ledger {
    fn write(&mut self, mut word: LedgerWord) -> Result<()> {
        match self {
            Ledger::Csv(to) => {
                no_formulas(&mut word);
                to.serialize(word)?;
            }
            Ledger::Ndjson(to) => writeln!(to, "{}", serde_json::to_string(&word)?)?,
        }
        Ok(())
    }

    fn end(self) -> Result<()> {
        match self {
            Ledger::Csv(mut to) => to.flush()?,
            Ledger::Ndjson(mut to) => to.flush()?,
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute_is_text() {
        let some = |text: &str| Some(text.to_owned());
        let mut word = LedgerWord {
            number: 1,
            customer_id: some("@c1"),
            address: some("+79990001122"),
            address_kind: Some("phone"),
            channel: "sms",
            purpose: "marketing",
            word: "given",
            by: "guest",
            how: "+cmd|' /C calc'!A0".to_owned(),
            text_version: some("-2+3"),
            said_at: String::new(),
            heard_at: String::new(),
        };
        no_formulas(&mut word);
        assert_eq!(word.how, "'+cmd|' /C calc'!A0");
        assert_eq!(word.text_version.as_deref(), Some("'-2+3"));
        assert_eq!(word.customer_id.as_deref(), Some("'@c1"));
        assert_eq!(
            word.address.as_deref(),
            Some("+79990001122"),
            "a phone computes to itself"
        );
    }
}
