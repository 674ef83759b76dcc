//! `bellhop mailing test ID --customer C`: sends outside the statistics, and says what became of each message and why.

use super::Desk;
use crate::commands::{Context, clock, message, print_json, who};
use anyhow::Result;
use bellhop_campaigns::test_send::{TestState, Tested, test_send};
use bellhop_domain::{MailingId, Timestamp};
use bellhop_store::guests::Organisation;
use std::time::Duration;

pub async fn run(context: &Context, id: MailingId, customers: &[String], wait: Duration, json: bool) -> Result<()> {
    let desk = Desk::open(context).await?;
    let tested = test_send(&desk.brand(), id, customers, wait, None, &who(), Timestamp::now()).await?;
    if json {
        print_json(&tested)
    } else {
        print(&tested, &desk.organisation)
    }
}

fn print(tested: &Tested, organisation: &Organisation) -> Result<()> {
    println!("Mailing {}: test run {}.", tested.mailing, tested.run);
    message::print_list(&tested.messages, organisation)?;
    for it in &tested.excluded {
        println!("{} gets none: {}", it.customer, it.reason.name().replace('_', " "));
    }
    if tested.state == TestState::Running {
        eprintln!(
            "Not all have come to something at {}. Is a process at work on this database (`bellhop up`)? \
             Look again: bellhop message list --mailing {} --test",
            clock(&organisation.timezone, Timestamp::now()),
            tested.mailing
        );
    }
    Ok(())
}
