//! `GET /v1/landings/current`: what the app or site shows at its entry; and `POST /v1/landings/{id}/shown` and `/clicked`.

use super::document::Landing;
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, text_of_query};
use crate::v1::endpoints::customer;
use bellhop_domain::segment::conditions::InSegment;
use bellhop_domain::segment::{Leaf, Segment};
use bellhop_domain::{CustomerId, LandingId, Timestamp};
use bellhop_store::guests::ApiCaller;
use bellhop_store::landings::{KeptLanding, Seen};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Who is at the entry, if it is known.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[schema(as = WhoSees)]
#[serde(deny_unknown_fields)]
pub(crate) struct Who {
    /// The brand's own id of the guest. Only a backend may send it.
    #[serde(default, deserialize_with = "text_of_query")]
    customer_id: Option<String>,
    /// The same, signed by the brand's backend. This is what an app sends.
    #[serde(default, deserialize_with = "text_of_query")]
    customer_token: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentLanding)]
pub(crate) struct Current {
    /// Absent if there is nothing to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    landing: Option<Landing>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LandingCounted)]
pub(crate) struct Counted {
    counted: bool,
}

/// Our own number of the guest; one whom nobody knows is like nobody.
async fn guest(api: &Api, caller: &ApiCaller, who: Who) -> Result<Option<CustomerId>, Problem> {
    let told = customer(api, caller, who.customer_id, who.customer_token);
    match told.map_err(|fault| Problem::unprocessable(vec![fault]))? {
        Some(id) => Ok(api.guests.customer_id(caller.org, &id).await?),
        None => Ok(None),
    }
}

pub(crate) async fn current(api: Api, allowed: Allowed<()>) -> Result<Current, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let guest = guest(&api, &caller, asked.query()?).await?;
    let now = api.now();
    for kept in api.store.landings_at_entry(caller.org, now).await? {
        if is_for(&api, &kept, guest, now).await? {
            let landing = Some(Landing::of(&api, kept));
            return Ok(Current { landing });
        }
    }
    Ok(Current { landing: None })
}

/// What is for a segment is for no stranger.
async fn is_for(api: &Api, kept: &KeptLanding, guest: Option<CustomerId>, now: Timestamp) -> Result<bool, Problem> {
    let (segment, guest) = match (kept.landing.segment, guest) {
        (None, _) => return Ok(true),
        (Some(_), None) => return Ok(false),
        (Some(segment), Some(guest)) => (segment, guest),
    };
    let segment = Segment::Leaf(Leaf::InSegment(Box::new(InSegment(segment))));
    let those = api.store.those_in(kept.org, &segment, &[guest], now).await?;
    Ok(those.contains(&guest))
}

pub(crate) async fn shown(api: Api, allowed: Allowed<Who, i64>) -> Result<Counted, Problem> {
    count(api, allowed, Seen::Shown).await
}

pub(crate) async fn clicked(api: Api, allowed: Allowed<Who, i64>) -> Result<Counted, Problem> {
    count(api, allowed, Seen::Clicked).await
}

async fn count(api: Api, allowed: Allowed<Who, i64>, seen: Seen) -> Result<Counted, Problem> {
    let (caller, id, who) = allowed.into_all();
    let guest = guest(&api, &caller, who).await?;
    let kept = api.store.landing(caller.org, LandingId(id)).await?;
    api.store.count_landing(kept.id, seen, guest, api.now()).await?;
    Ok(Counted { counted: true })
}
