//! `bellhop loyalty quote FILE`: rules of bonuses tried on a cart, before anybody earns by them.

use super::{json_argument, print_json};
use crate::cli::LoyaltyCommand;
use anyhow::{Context as _, Result};
use bellhop_domain::Timestamp;
use bellhop_loyalty::quote::{Question, Quote, quote};

pub fn run(command: LoyaltyCommand) -> Result<()> {
    let LoyaltyCommand::Quote { file, json } = command;
    let text = json_argument(&file)?;
    let question: Question =
        serde_json::from_str(&text).with_context(|| format!("{file}: not a question (docs/loyalty.md)"))?;
    let answer = quote(&question, Timestamp::now());
    if json {
        return print_json(&answer);
    }
    tell(&answer)
}

fn tell(answer: &Quote) -> Result<()> {
    println!(
        "Total {}, of which {} is paid with bonuses.",
        answer.total, answer.paid_with_bonuses
    );
    println!("May be paid with bonuses: {}.", answer.payable.bonuses);
    for against in &answer.payable.because {
        println!("  because {}", serde_json::to_string(against)?);
    }
    for share in &answer.earns.shares {
        println!(
            "Earns {} to the account {:?}: {} of {}.",
            share.bonuses, share.account, share.percent, share.base
        );
    }
    for because in &answer.earns.because {
        println!("  because {}", serde_json::to_string(because)?);
    }
    Ok(())
}
