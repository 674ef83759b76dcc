//! `bellhop-bench scale`: the fleet with years in its ledger, as a fraction of the fleet with an empty one.
//!
//! Two installations with the same guests, each with servers of its own: one has an empty ledger, the other 50 million messages
//! of the fifteen months before. They send the same mailing in turn, and answer the same questions about it. Then the old
//! one forgets what is older than its settings say.

mod history;
mod pruned;
mod questions;
mod report;

use crate::machine::Machine;
use crate::mailing;
use crate::progress;
use crate::stage::Stage;
use crate::timed::MailingTimed;
use anyhow::Result;
use bellhop_domain::EndpointKind;
use pruned::Pruned;
use questions::Times;

const KIND: EndpointKind = EndpointKind::Fcm;

/// What one of the two installations did.
#[derive(Default)]
pub struct Installation {
    pub mailings: Vec<MailingTimed>,
    pub times: Times,
}

pub async fn run(history: u64, recipients: u32, pairs: u32, json: bool) -> Result<()> {
    progress(&format!("bench scale: two installations, {recipients} guests each"));
    let young = Stage::set(&[KIND], recipients).await?;
    let old = Stage::set(&[KIND], recipients).await?;
    let machine = Machine::describe(&old.cluster).await?;
    progress(&format!("writing {history} messages of the past"));
    let past = history::write(&old, KIND, history, &mailing::spec(KIND)).await?;
    let disk = pruned::database_bytes(&old).await?;
    progress(&format!(
        "{} messages in {:.0} s, {} GB",
        past.messages,
        past.took.as_secs_f64(),
        disk / 1_000_000_000
    ));
    let (mut of_young, mut of_old) = (Installation::default(), Installation::default());
    for pair in 1..=pairs.max(1) {
        of_young.mailings.push(mailing::run(&young, KIND).await?);
        of_old.mailings.push(mailing::run(&old, KIND).await?);
        let rates = [&of_young, &of_old].map(|one| one.mailings[one.mailings.len() - 1].timed.per_second());
        progress(&format!(
            "{pair}: empty {:.0}/s, full {:.0}/s, ratio {:.2}",
            rates[0],
            rates[1],
            rates[1] / rates[0]
        ));
    }
    of_young.times = questions::ask(&young).await?;
    of_old.times = questions::ask(&old).await?;
    progress("forgetting");
    let pruned = Pruned::of(&old, past.oldest).await?;
    young.strike().await?;
    old.strike().await?;
    report::print(
        &report::ScaleReport {
            machine,
            recipients,
            past,
            disk,
            young: of_young,
            old: of_old,
            pruned,
        },
        json,
    )
}
