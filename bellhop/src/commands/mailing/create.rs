//! `bellhop mailing create FILE`

use crate::commands::{Context, json_argument, print_json, who};
use anyhow::{Context as _, Result, bail};
use bellhop_campaigns::draft::{self, Draft, NoDraft};
use bellhop_domain::{MailingId, Timestamp};
use serde_json::json;

pub async fn run(context: &Context, file: &str, json: bool) -> Result<()> {
    let draft = read(file, "nothing was created")?;
    let (parts, organisation) = context.open().await?;
    let id = draft::create(parts.store.as_ref(), organisation.id, &draft, &who(), Timestamp::now()).await?;
    created(id, &draft.spec.name, json)
}

/// A mailing that may be kept, or everything that is wrong with it and what did not happen for that.
pub(super) fn read(file: &str, nothing: &str) -> Result<Draft> {
    match draft::read(&json_argument(file)?) {
        Ok(draft) => Ok(draft),
        Err(NoDraft::Faulty(faults)) => {
            let lines: Vec<_> = faults.iter().map(|fault| format!("  {fault}")).collect();
            bail!("{file}: {} problem(s), {nothing}:\n{}", faults.len(), lines.join("\n"));
        }
        Err(NoDraft::NotJson(why)) => Err(why).with_context(|| format!("{file}: not JSON")),
        Err(NoDraft::Audience(why)) => Err(why).with_context(|| format!("{file}: audience")),
        Err(NoDraft::NotMailing(why)) => Err(why).with_context(|| format!("{file}: not a mailing")),
    }
}

/// Tells of a new draft.
pub(super) fn created(id: MailingId, name: &str, as_json: bool) -> Result<()> {
    if as_json {
        return print_json(&json!({ "id": id, "name": name, "state": "draft" }));
    }
    println!("{id}");
    eprintln!("Draft {id} {name:?} created. Next: bellhop mailing check {id}");
    Ok(())
}
