//! Everything that is wrong with a program in this organisation.

use crate::commands::mailing::Desk;
use crate::commands::print_json;
use anyhow::Result;
use bellhop_campaigns::{nearest, promo};
use bellhop_domain::Timestamp;
use bellhop_domain::fault::{Found, Severity, Why};
use bellhop_programs::Definition;
use bellhop_store::Audience;
use bellhop_store::ledger::Rehearsal;

/// What a check of the definition finds, names that its filters find nobody by, and channels without a sender. These are an
/// error of a program that is switched on, and a warning before that.
pub(super) async fn checked(desk: &Desk, definition: &Definition, is_for_switching_on: bool) -> Result<Vec<Found>> {
    let (store, org) = (desk.parts.store.as_ref(), desk.organisation.id);
    let promo = promo::checked(store, org, &definition.mailing(), Timestamp::now()).await?;
    let mut known = store.attribute_keys(org).await?;
    known.extend(promo.filled());
    let mut found = bellhop_programs::check(definition, &known);
    found.extend(promo.found.into_iter().map(|it| match is_for_switching_on {
        true => it,
        false => Found::warning(it.fault),
    }));
    for (place, filter) in [("audience", &definition.audience), ("guard", &definition.guard)] {
        let Some(filter) = filter else { continue };
        let hints = nearest::hints(&store.unknown_names(org, filter).await?);
        found.extend(hints.into_iter().map(|hint| Found::warning(hint.at(place))));
    }
    let kinds = desk.brand().kinds();
    for (i, step) in definition.waterfall.iter().enumerate() {
        if !kinds.iter().any(|kind| kind.channel() == step.channel) {
            let channel = step.channel.to_string();
            let fault = Why::NoSenderFor { channel }.at(format!("waterfall[{i}].channel"));
            found.push(match is_for_switching_on {
                true => Found::error(fault),
                false => Found::warning(fault),
            });
        }
    }
    Ok(found)
}

pub(super) fn has_errors(found: &[Found]) -> bool {
    found.iter().any(|it| it.severity == Severity::Error)
}

/// Prints what keeps a program from being kept or switched on, each with its place.
pub(super) fn refuse(found: &[Found], what: &str, json: bool) -> Result<()> {
    if json {
        print_json(&serde_json::json!({ "problems": found }))?;
    } else {
        tell(found);
    }
    eprintln!("{what}: correct the errors first.");
    Ok(())
}

/// Prints findings where people read them.
pub(super) fn tell(found: &[Found]) {
    for it in found {
        let mark = if it.severity == Severity::Error { "✗" } else { "!" };
        eprintln!("{mark} {}", it.fault);
    }
}
