//! `POST /v1/landings`, `PUT` and `DELETE /v1/landings/{id}`.

use super::document::{Button, Landing, as_it_is};
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Versioned};
use crate::v1::settings::who;
use bellhop_domain::fault::Why;
use bellhop_domain::landing;
use bellhop_domain::{LandingId, OrgId, SegmentId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Bytes of an address: 96 bits, which nobody guesses.
const TOKEN: usize = 12;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = LandingBody)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// For staff.
    name: String,
    /// The address of an image: `https://…`
    image: Option<String>,
    title: String,
    #[serde(default)]
    text: String,
    button: Option<Button>,
    /// A promo code that it shows, and by which orders count for it.
    promo: Option<String>,
    /// Whether the app and the site show it at their entry.
    #[serde(default)]
    at_entry: bool,
    /// Who sees it there; everybody if absent.
    #[schema(value_type = Option<i64>)]
    segment: Option<SegmentId>,
    /// From when on it is there; at once if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// Until when; without an end if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedLanding)]
pub(crate) struct Removed {
    /// The landing that is not there any more.
    removed: i64,
}

impl Body {
    fn read(self) -> Result<landing::Landing, Problem> {
        let some = |text: Option<String>| text.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
        let read = landing::Landing {
            name: self.name.trim().to_owned(),
            image: some(self.image),
            title: self.title.trim().to_owned(),
            text: self.text,
            button: self.button.map(|it| landing::Button {
                text: it.text.trim().to_owned(),
                link: it.link.trim().to_owned(),
            }),
            promo: some(self.promo),
            at_entry: self.at_entry,
            segment: self.segment,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        };
        match read.faults() {
            faults if faults.is_empty() => Ok(read),
            faults => Err(Problem::unprocessable(faults)),
        }
    }
}

pub(crate) async fn post(api: Api, allowed: Allowed<Body>) -> Result<Versioned<Landing>, Problem> {
    let (caller, (), body, asked) = allowed.into_asked();
    let landing = body.read()?;
    let key = asked.keyed()?;
    let once = key.as_ref().map(|key| key.once());
    let random: [u8; TOKEN] = std::array::from_fn(|_| rand::random());
    let token = hex::encode(random);
    let id = api
        .store
        .create_landing(caller.org, (&landing, &token), once.as_ref(), &who(&caller), api.now())
        .await?;
    as_it_is(&api, caller.org, id).await
}

pub(crate) async fn put(api: Api, allowed: Allowed<Body, i64>) -> Result<Versioned<Landing>, Problem> {
    let (caller, id, body, asked) = allowed.into_asked();
    let (id, version) = (LandingId(id), asked.version()?);
    let to = body.read()?;
    let changed = api
        .store
        .change_landing(caller.org, (id, version), &to, &who(&caller), api.now())
        .await?;
    match changed {
        true => as_it_is(&api, caller.org, id).await,
        false => Err(moved(&api, caller.org, id).await),
    }
}

pub(crate) async fn remove(api: Api, allowed: Allowed<(), i64>) -> Result<Removed, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let (id, version) = (LandingId(id), asked.version()?);
    let removed = api
        .store
        .remove_landing(caller.org, id, version, &who(&caller), api.now())
        .await?;
    match removed {
        true => Ok(Removed { removed: id.0 }),
        false => Err(moved(&api, caller.org, id).await),
    }
}

/// What is there in place of what was read.
async fn moved(api: &Api, org: OrgId, id: LandingId) -> Problem {
    let there = match as_it_is(api, org, id).await {
        Ok(there) => there,
        Err(problem) => return problem,
    };
    let version = there.version;
    // Keys of the document are texts, so that it always can be written.
    let current = serde_json::to_value(there.document).unwrap_or_default();
    Problem::moved(Why::LandingMoved { version }, current)
}
