//! `bellhop mailing create FILE`

use crate::commands::{Context, json_argument, print_json, who};
use anyhow::{Context as _, Result, bail};
use bellhop_domain::Timestamp;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_store::ledger::Commanding;

pub async fn run(context: &Context, file: &str, json: bool) -> Result<()> {
    let text = json_argument(file)?;
    // Read as plain JSON first, so that a syntax error names its line and column.
    let value: serde_json::Value = serde_json::from_str(&text).with_context(|| format!("{file}: not JSON"))?;
    if let Some(audience) = value.get("audience") {
        Segment::parse(audience).with_context(|| format!("{file}: audience"))?;
    }
    let spec: MailingSpec<Segment> = serde_json::from_value(value).with_context(|| format!("{file}: not a mailing"))?;
    let problems = spec.problems();
    if !problems.is_empty() {
        let lines: Vec<_> = problems.iter().map(|p| format!("  {p}")).collect();
        bail!(
            "{file}: {} problem(s), nothing was created:\n{}",
            problems.len(),
            lines.join("\n")
        );
    }
    let (parts, organisation) = context.open().await?;
    let canonical = serde_json::to_string(&spec)?;
    let id = parts
        .store
        .create_mailing(organisation.id, &spec.name, &canonical, &who(), Timestamp::now())
        .await?;
    if json {
        return print_json(&serde_json::json!({ "id": id, "name": spec.name, "state": "draft" }));
    }
    println!("{id}");
    eprintln!("Draft {id} {:?} created. Next: bellhop mailing check {id}", spec.name);
    Ok(())
}
