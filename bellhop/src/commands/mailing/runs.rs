//! `bellhop mailing pause | resume | cancel`

use crate::commands::{Context, print_json, who};
use anyhow::Result;
use bellhop_campaigns::course;
use bellhop_domain::{MailingId, RunId, Timestamp};

pub use bellhop_campaigns::course::Change;

pub async fn change(context: &Context, id: i64, change: Change, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, mailing) = (parts.store.as_ref(), MailingId(id));
    let (run, state) = course::change(store, organisation.id, mailing, change, &who(), Timestamp::now()).await?;
    tell(json, id, run, state.name())
}

pub(super) fn tell(json: bool, mailing: i64, run: RunId, state: &str) -> Result<()> {
    if json {
        return print_json(&serde_json::json!({ "mailing": mailing, "run": run, "state": state }));
    }
    println!("Mailing {mailing}: {state} (run {run}).");
    Ok(())
}
