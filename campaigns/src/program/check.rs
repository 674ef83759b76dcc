//! Everything that is wrong with a program in its organisation.

use crate::{Brand, Result, nearest, promo};
use bellhop_domain::Timestamp;
use bellhop_domain::fault::{Found, Why};
use bellhop_programs::Definition;

/// What a check of the definition finds, names that its filters find nobody by, and channels without a sender. These are an
/// error of a program that is switched on, and a warning before that.
///
/// # Errors
/// When the store cannot answer.
pub async fn checked(
    brand: &Brand<'_>,
    definition: &Definition,
    is_for_switching_on: bool,
    now: Timestamp,
) -> Result<Vec<Found>> {
    let (store, org) = (brand.store, brand.organisation.id);
    let promo = promo::checked(store, org, &definition.mailing(), now).await?;
    let mut known = store.attribute_keys(org).await?;
    known.extend(promo.filled());
    let mut found = bellhop_programs::check(definition, &known);
    found.extend(promo.found.into_iter().map(|it| match is_for_switching_on {
        true => it,
        false => Found::warning(it.fault),
    }));
    for (place, filter) in [("audience", &definition.audience), ("guard", &definition.guard)] {
        let Some(filter) = filter else { continue };
        for id in store.unknown_segments(org, filter).await? {
            found.push(Found::error(Why::SegmentUnknown { id: id.0 }.at(place)));
        }
        let hints = nearest::hints(&store.unknown_names(org, filter).await?);
        found.extend(hints.into_iter().map(|hint| Found::warning(hint.at(place))));
    }
    let kinds = brand.kinds();
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
