//! Checks whether senders can be made, and what their providers say about them.

use super::{Diagnosis, PATIENCE, in_clear};
use crate::commands::Context;
use crate::opening::Parts;
use crate::secrets;
use bellhop_channels::{Finding, Severity};
use bellhop_domain::phone::Region;
use bellhop_settings::sealed::Keys;
use bellhop_settings::{Sections, SenderSection};
use bellhop_store::ledger::SenderStates;
use tokio::time::timeout;

pub async fn check(context: &Context, sections: &Sections, diagnosis: &mut Diagnosis) {
    if sections.senders.is_empty() {
        let mend = "add a [[sender]] section and apply it; docs/channels.md has one for each provider";
        diagnosis.add(
            "senders",
            Finding {
                severity: Severity::Warning,
                what: "none is configured: nothing can be sent".into(),
                mend: Some(mend.to_owned()),
            },
        );
    }
    for (part, finding) in in_clear::of_senders(&sections.senders) {
        diagnosis.add(part, finding);
    }
    let keys = match secrets::keys(&context.config) {
        Ok(keys) => keys,
        Err(error) => return diagnosis.add("senders", Finding::error(error.to_string(), "correct [settings] keys")),
    };
    for sender in &sections.senders {
        let region = sections.organisation(Some(&sender.organisation));
        let region = region.and_then(|it| it.region.parse().ok()).unwrap_or(Region::RU);
        for finding in findings(sender, region, &keys).await {
            diagnosis.add(&sender.name, finding);
        }
    }
}

async fn findings(sender: &SenderSection, region: Region, keys: &Keys) -> Vec<Finding> {
    let made = bellhop_settings::rate(sender)
        .and_then(|_| bellhop_settings::provider(sender, region, keys, &secrets::environment));
    let provider = match made {
        Ok(provider) => provider,
        Err(error) => return vec![Finding::error(error.to_string(), "correct its section and apply it")],
    };
    let silent = |_| {
        vec![Finding::error(
            "no answer within 10 s",
            "check the network between here and the provider",
        )]
    };
    timeout(PATIENCE, provider.check()).await.unwrap_or_else(silent)
}

/// Reports senders that are paused until a human resumes them.
pub async fn check_pauses(parts: &Parts, diagnosis: &mut Diagnosis) {
    match parts.store.paused_senders().await {
        Ok(paused) => {
            for (_, name, reason, since) in paused {
                let mend = format!("remove the cause, then: bellhop sender resume {name}");
                diagnosis.add(&name, Finding::error(format!("paused since {since}: {reason}"), mend));
            }
        }
        Err(error) => diagnosis.add("senders", Finding::error(error.to_string(), "see the database's log")),
    }
}
