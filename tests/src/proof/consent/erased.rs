//! After an erasure nothing holds the person: neither a table, nor an export, nor a log.

use anyhow::Result;

use super::guest::{Guest, Moment};
use super::of;
use crate::fleet::Fleet;
use crate::proof::Report;

pub(super) async fn search(report: &mut Report, fleet: &Fleet, guests: &[Guest]) -> Result<()> {
    let erased: Vec<_> = of(guests, Moment::ByErasure).collect();
    // What an erasure leaves of a number is a hash.
    let words = erased
        .iter()
        .flat_map(|guest| [guest.digits(), guest.address(), guest.name()]);
    let mut words: Vec<String> = words.map(|word| word.trim_start_matches('+').to_owned()).collect();
    words.sort_unstable();
    words.dedup();
    let tables = fleet.ledger.holding(&words).await?;
    for (table, row) in tables.iter().take(5) {
        report.line(format!("still in {table}: {row}"));
    }
    report.claim(
        "no table holds who was erased",
        tables.is_empty() && !erased.is_empty(),
        format!(
            "{} rows of all tables name one of {} guests",
            tables.len(),
            erased.len()
        ),
    );
    let export = fleet.folder().join("exported.csv");
    fleet
        .bellhop
        .run(&["consent", "export", "--output", &export.to_string_lossy()])
        .await?;
    let exported = std::fs::read_to_string(&export)?;
    let logs = fleet.last_words().await;
    let named = |text: &str| words.iter().filter(|word| text.contains(word.as_str())).count();
    report.claim(
        "no export and no log names them",
        named(&exported) == 0 && named(&logs) == 0 && exported.lines().count() > guests.len() / 2,
        format!(
            "{} lines exported; {} and {} names found",
            exported.lines().count(),
            named(&exported),
            named(&logs)
        ),
    );
    Ok(())
}
