//! `bellhop tag-rule apply ID`: the rule is brought to everybody, and how far it is.

use crate::commands::{Context, print_json, who};
use anyhow::Result;
use bellhop_domain::{OrgId, TagRuleId, Timestamp};
use bellhop_store::SqlStore;
use bellhop_store::tagging::{AutomaticTags, Passed, TagPass, TagRulesBook};
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Guests of one transaction.
const AT_ONCE: u32 = 500;
/// How often to look whether somebody else's page is done.
const PAUSE: Duration = Duration::from_millis(200);
/// The characters of the bar.
const BAR: usize = 30;

pub(super) async fn run(context: &Context, id: TagRuleId, waits: bool, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    store.apply_tag_rule(org, id, &who(), Timestamp::now()).await?;
    let pass = match waits {
        true => follow(store, org, json).await?,
        false => store.tag_pass(org).await?,
    };
    match pass {
        Some(pass) if json => print_json(&pass),
        Some(pass) if pass.ended_at.is_some() => {
            println!(
                "{} guests were looked at; tags of {} changed.",
                pass.looked, pass.changed
            );
            Ok(())
        }
        _ => {
            println!("Rule {id} is brought to all guests; `bellhop tag-rule list` shows how far.");
            Ok(())
        }
    }
}

/// Works on the pass, beside whatever dispatchers do, until it is over. Stopped, it is gone on with by them.
async fn follow(store: &SqlStore, org: OrgId, json: bool) -> Result<Option<TagPass>> {
    loop {
        let done = store.pass_on(org, AT_ONCE, Timestamp::now()).await?;
        let pass = store.tag_pass(org).await?;
        let is_over = pass.is_none_or(|pass| pass.ended_at.is_some());
        if let Some(pass) = pass.filter(|_| !json && std::io::stderr().is_terminal()) {
            eprint!("\r{}{}", told(&pass), if is_over { "\n" } else { "" });
            std::io::stderr().flush()?;
        }
        if is_over {
            return Ok(pass);
        }
        if done == Passed::NotNow {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// As in `[##########····················] 34% of 120000 guests`. Guests who came since it began are beyond its end.
pub(super) fn told(pass: &TagPass) -> String {
    let looked = if pass.ended_at.is_some() {
        pass.guests
    } else {
        pass.looked.min(pass.guests)
    };
    let of = |whole: u64| (looked * whole).checked_div(pass.guests).unwrap_or(whole);
    let full = usize::try_from(of(BAR as u64)).unwrap_or(BAR);
    let bar = "#".repeat(full) + &"·".repeat(BAR.saturating_sub(full));
    format!("[{bar}] {}% of {} guests looked at by rules", of(100), pass.guests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_long_as_what_is_done() {
        let pass = |looked, guests, is_over: bool| TagPass {
            guests,
            looked,
            changed: 0,
            began_at: Timestamp(0),
            ended_at: is_over.then_some(Timestamp(1)),
        };
        for (of, percent, full) in [
            (pass(0, 200, false), "0%", 0),
            (pass(100, 200, false), "50%", 15),
            (pass(250, 200, false), "100%", 30),
            (pass(0, 0, false), "100%", 30),
            (pass(190, 200, true), "100%", 30),
        ] {
            let told = told(&of);
            assert_eq!(told.matches('#').count(), full, "{told}");
            assert!(told.contains(&format!("] {percent} of")), "{told}");
        }
    }
}
