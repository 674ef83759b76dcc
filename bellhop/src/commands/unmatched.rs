//! `bellhop sender receipts`: delivery reports that fit no message, and what to check.

use super::{print_json, table};
use crate::opening::Parts;
use anyhow::Result;
use bellhop_channels::{Finding, Severity};
use bellhop_domain::unmatched::Written;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_store::ledger::{Reading, Unmatched};

pub(super) async fn show(parts: &Parts, org: OrgId, json: bool) -> Result<()> {
    let unmatched = parts.store.unmatched_receipts(org, Timestamp::now()).await?;
    if json {
        return print_json(&unmatched);
    }
    if unmatched.is_empty() {
        println!("Every delivery report of the last three days has found its message.");
        return Ok(());
    }
    let rows: Vec<_> = unmatched
        .iter()
        .map(|one| {
            vec![
                account(one),
                one.count.to_string(),
                one.oldest.to_string(),
                one.latest.to_string(),
                one.examples.join(", "),
            ]
        })
        .collect();
    print!(
        "{}",
        table::render(
            &["sender", "reports", "oldest", "latest", "ids, the latest first"],
            &rows
        )
    );
    for one in &unmatched {
        println!("{}: {}.", account(one), mend(one));
    }
    Ok(())
}

/// The same as findings for `bellhop doctor`.
pub(super) fn findings(unmatched: &[Unmatched]) -> Vec<(String, Finding)> {
    let finding = |one: &Unmatched| Finding {
        severity: Severity::Warning,
        what: format!(
            "{} delivery report(s) of the last three days fit no message, the first of {}",
            one.count, one.oldest
        ),
        mend: Some(format!("{}; bellhop sender receipts shows them", mend(one))),
    };
    unmatched.iter().map(|one| (account(one), finding(one))).collect()
}

/// How many there are for a sender's account.
pub(super) fn of_sender(unmatched: &[Unmatched], sender: &str) -> u64 {
    let its = unmatched
        .iter()
        .filter(|one| one.senders.iter().any(|name| name == sender));
    its.map(|one| one.count).sum()
}

fn account(one: &Unmatched) -> String {
    match one.senders.as_slice() {
        [] => "(a message of ours that is gone)".to_owned(),
        senders => senders.join(", "),
    }
}

fn mend(one: &Unmatched) -> &'static str {
    match one.fits {
        Some(Written::HexThenDecimal) => {
            "the ids are those of our messages if answers are hexadecimal and reports decimal: set message_ids = { submit = \"hex\", receipt = \"decimal\" }"
        }
        Some(Written::DecimalThenHex) => {
            "the ids are those of our messages if answers are decimal and reports hexadecimal: set message_ids = { submit = \"decimal\", receipt = \"hex\" }"
        }
        None => {
            "compare the ids with those of bellhop message: if they are one number written in two ways, set message_ids; else another system uses the account"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::EndpointKind;

    #[test]
    fn each_account_is_told_with_what_to_look_at() {
        let unmatched =
            [(&["sms", "sms2"][..], None), (&["hex"], Some(Written::HexThenDecimal))].map(|(senders, fits)| {
                Unmatched {
                    kind: EndpointKind::Phone,
                    senders: senders.iter().map(|&name| name.to_owned()).collect(),
                    count: 3,
                    oldest: Timestamp(0),
                    latest: Timestamp(1),
                    examples: vec!["439041027".to_owned()],
                    fits,
                }
            });
        assert_eq!((of_sender(&unmatched, "sms2"), of_sender(&unmatched, "other")), (3, 0));
        let findings = findings(&unmatched);
        assert_eq!(findings.len(), 2);
        let mend = |at: usize| findings[at].1.mend.as_deref().unwrap_or_default();
        assert!(mend(0).contains("message_ids") && mend(1).contains("submit = \"hex\""));
        assert!(findings[0].1.what.contains("3 delivery report(s)"));
    }
}
