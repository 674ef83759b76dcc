//! `POST /v1/consents`: a guest allows marketing or notifications on a channel, or switches them off.

use super::text::name;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use bellhop_domain::consent::WordSource;
use bellhop_domain::fault::Why;
use bellhop_domain::{Channel, Purpose, Timestamp};
use bellhop_store::guests::Consent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConsentWord)]
pub(crate) struct Word {
    /// The brand's own id of the guest.
    customer_id: String,
    #[schema(schema_with = shape::spoken_of)]
    purpose: Purpose,
    /// All channels if absent.
    #[schema(schema_with = shape::channel)]
    channel: Option<Channel>,
    given: bool,
    #[serde(default)]
    by: By,
    /// Where the word comes from: the proof.
    how: String,
    /// The version of the text that was agreed to.
    text_version: Option<String>,
    /// When it was said; now if absent. A time ahead of our clock counts as now.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// Who says it. A guest's own no is overruled by their own yes only.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SaidBy)]
enum By {
    /// The guest, on a page of theirs.
    Guest,
    /// The caller, for the guest.
    #[default]
    Api,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InForce)]
pub(crate) struct Answer {
    /// The channels on which messages of that purpose may go to the guest now.
    #[schema(schema_with = shape::channels)]
    allowed: Vec<Channel>,
}

pub(crate) async fn post(api: Api, allowed: Allowed<Word>) -> Result<Answer, Problem> {
    let (caller, word) = allowed.into_parts();
    let one = |why: Why, place: &'static str| Problem::unprocessable(vec![why.at(place)]);
    let customer = name(Some(word.customer_id)).map_err(|why| one(why, "customer_id"))?;
    let customer = match &customer {
        Some(id) => api.guests.customer_id(caller.org, id).await?,
        None => None,
    };
    let customer = customer.ok_or_else(|| one(Why::CustomerUnknown, "customer_id"))?;
    if !word.purpose.is_spoken_of() {
        return Err(one(Why::PurposeUnspokenOf, "purpose"));
    }
    let how = name(Some(word.how)).map_err(|why| one(why, "how"))?;
    let how = how.ok_or_else(|| one(Why::ProofAbsent, "how"))?;
    let text_version = name(word.text_version).map_err(|why| one(why, "text_version"))?;
    let (purpose, given) = (word.purpose, word.given);
    let channels = word.channel.map_or(Channel::ALL.to_vec(), |channel| vec![channel]);
    let said = channels.into_iter().map(|channel| Consent {
        channel,
        purpose,
        given,
        source: match word.by {
            By::Guest => WordSource::Guest,
            By::Api => WordSource::Api,
        },
        how: how.clone(),
        text_version: text_version.clone(),
    });
    let said: Vec<_> = said.collect();
    let now = api.now();
    let at = word.at.map_or(now, |at| at.min(now));
    api.guests.set_consents(caller.org, customer, &said, at).await?;
    let may = api.guests.permission(caller.org, customer).await?;
    let allowed = Channel::ALL
        .into_iter()
        .filter(|channel| may.refuses(purpose, *channel).is_none());
    Ok(Answer {
        allowed: allowed.collect(),
    })
}
