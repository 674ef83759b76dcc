//! `bellhop audience count | list | explain | export`

use super::{Context, export, instant, json_argument, print_json, table};
use crate::cli::{AudienceArgs, AudienceCommand};
use anyhow::{Context as _, Result};
use bellhop_campaigns::nearest;
use bellhop_domain::segment::{AudienceCount, Segment};
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use bellhop_store::SqlStore;
use bellhop_store::audience::Audience;

pub async fn run(context: &Context, command: AudienceCommand) -> Result<()> {
    let args = match &command {
        AudienceCommand::Count(args) | AudienceCommand::List(args) | AudienceCommand::Explain(args) => args,
        AudienceCommand::Export(args) => return export::run(context, args, &filter(&args.filter)?).await,
    };
    let segment = filter(&args.filter)?;
    let (parts, organisation) = context.open().await?;
    let as_of = instant(args.as_of.as_deref(), &organisation)?;
    for hint in nearest::hints(&parts.store.unknown_names(organisation.id, &segment).await?) {
        eprintln!("! {hint}");
    }
    let asked = Question {
        store: &parts.store,
        org: organisation.id,
        segment: &segment,
        as_of,
        args,
    };
    match &command {
        AudienceCommand::Count(_) => asked.count().await,
        AudienceCommand::List(_) => asked.list().await,
        AudienceCommand::Explain(_) | AudienceCommand::Export(_) => asked.explain().await,
    }
}

/// The filter argument: JSON, or @FILE.
fn filter(argument: &str) -> Result<Segment> {
    let text = json_argument(argument)?;
    let value: serde_json::Value =
        serde_json::from_str(&text).context("--filter is not JSON; write it like '{\"has\":[\"phone\"]}', or @FILE")?;
    Ok(Segment::parse(&value)?)
}

struct Question<'a> {
    store: &'a SqlStore,
    org: OrgId,
    segment: &'a Segment,
    as_of: Timestamp,
    args: &'a AudienceArgs,
}

impl Question<'_> {
    async fn count(&self) -> Result<()> {
        let count = self.store.count(self.org, self.segment, self.as_of).await?;
        if self.args.json {
            print_json(&count)
        } else {
            print_count(&count)
        }
    }

    async fn list(&self) -> Result<()> {
        let mut after = CustomerId(0);
        loop {
            let page = self
                .store
                .list(self.org, self.segment, self.as_of, after, 1_000)
                .await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for guest in &page {
                if self.args.json {
                    print_json(guest)?;
                } else {
                    println!("{}\t{}", guest.customer, guest.name.as_deref().unwrap_or_default());
                }
            }
        }
    }

    async fn explain(&self) -> Result<()> {
        let customer = self
            .args
            .customer
            .as_deref()
            .context("say whom to explain: --customer ID")?;
        let explanation = self.store.explain(self.org, self.segment, self.as_of, customer).await?;
        if self.args.json {
            return print_json(&explanation);
        }
        print!("{explanation}");
        Ok(())
    }
}

fn print_count(count: &AudienceCount) -> Result<()> {
    println!("As of {}", count.as_of);
    let mut rows = vec![vec!["matching".to_owned(), count.count.to_string()]];
    rows.extend(
        count
            .excluded
            .iter()
            .filter(|(_, n)| **n > 0)
            .map(|(reason, n)| vec![format!("– {}", reason.name().replace('_', " ")), n.to_string()]),
    );
    rows.push(vec!["reachable".to_owned(), count.reachable.to_string()]);
    rows.extend(
        count
            .by_channel
            .iter()
            .filter(|(_, n)| **n > 0)
            .map(|(channel, n)| vec![format!("  by {channel}"), n.to_string()]),
    );
    print!("{}", table::render(&[], &rows));
    Ok(())
}
