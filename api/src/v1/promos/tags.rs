//! `/v1/promo-tags` and `/v1/promo-tags/{promo}`: the tags that a guest gets who uses a promo.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::guests::named;
use crate::v1::settings::who;
use bellhop_domain::fault::Why;
use bellhop_domain::visible;
use bellhop_store::promos::PromoTags;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PromoTagsChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// All that its use sets from now on; none if empty.
    tags: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromoTags)]
pub(crate) struct OfPromo {
    /// As orders have it.
    promo: String,
    tags: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AllPromoTags)]
pub(crate) struct All {
    /// By promo.
    promos: Vec<OfPromo>,
}

pub(crate) async fn tags(api: Api, allowed: Allowed<()>) -> Result<All, Problem> {
    let (caller, ()) = allowed.into_parts();
    let of = |PromoTags { promo, tags }| OfPromo { promo, tags };
    let all = api.store.promo_tags(caller.org).await?;
    Ok(All {
        promos: all.into_iter().map(of).collect(),
    })
}

pub(crate) async fn put_tags(api: Api, allowed: Allowed<Change, String>) -> Result<OfPromo, Problem> {
    let (caller, promo, body) = allowed.into_all();
    let promo = visible::key(&promo).into_owned();
    let mut faults = Vec::new();
    if promo.is_empty() {
        faults.push(Why::PromoCodeEmpty.at("promo"));
    }
    let tags = named("tags", &body.tags, &mut faults);
    if !faults.is_empty() {
        return Err(Problem::unprocessable(faults));
    }
    api.store
        .set_promo_tags(caller.org, &promo, &tags, &who(&caller), api.now())
        .await?;
    Ok(OfPromo {
        promo,
        tags: tags.into_iter().collect(),
    })
}
