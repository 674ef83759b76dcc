//! `bellhop mailing create FILE`

use crate::commands::{Context, json_argument, print_json, who};
use anyhow::{Context as _, Result, bail};
use bellhop_campaigns::draft::{self, NoDraft};
use bellhop_domain::Timestamp;

pub async fn run(context: &Context, file: &str, json: bool) -> Result<()> {
    let draft = match draft::read(&json_argument(file)?) {
        Ok(draft) => draft,
        Err(NoDraft::Faulty(faults)) => {
            let lines: Vec<_> = faults.iter().map(|fault| format!("  {fault}")).collect();
            bail!(
                "{file}: {} problem(s), nothing was created:\n{}",
                faults.len(),
                lines.join("\n")
            );
        }
        Err(NoDraft::NotJson(why)) => return Err(why).with_context(|| format!("{file}: not JSON")),
        Err(NoDraft::Audience(why)) => return Err(why).with_context(|| format!("{file}: audience")),
        Err(NoDraft::NotMailing(why)) => return Err(why).with_context(|| format!("{file}: not a mailing")),
    };
    let (parts, organisation) = context.open().await?;
    let id = draft::create(parts.store.as_ref(), organisation.id, &draft, &who(), Timestamp::now()).await?;
    if json {
        return print_json(&serde_json::json!({ "id": id, "name": draft.spec.name, "state": "draft" }));
    }
    println!("{id}");
    eprintln!(
        "Draft {id} {:?} created. Next: bellhop mailing check {id}",
        draft.spec.name
    );
    Ok(())
}
