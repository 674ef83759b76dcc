//! `GET /v1/landings`, `/v1/landings/{id}` and `/v1/landings/{id}/statistics`.

use crate::problem::Problem;
use crate::routes::{Allowed, Versioned};
use crate::shape;
use crate::v1::page::page_size;
use crate::{Api, pages};
use bellhop_domain::landing;
use bellhop_domain::{LandingId, Money, OrgId, SegmentId, Timestamp};
use bellhop_store::landings::{KeptLanding, LandingDay};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of the landings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The `next` of the page before.
    #[param(value_type = Option<i64>)]
    cursor: Option<LandingId>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

/// What the page's button says, and where it leads.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = LandingButton)]
#[serde(deny_unknown_fields)]
pub(super) struct Button {
    pub text: String,
    /// `https://…` or `http://…`
    pub link: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Landing)]
pub(crate) struct Landing {
    #[schema(value_type = i64)]
    id: LandingId,
    /// For staff.
    name: String,
    /// `https://…`
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    title: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    button: Option<Button>,
    /// A promo code that it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    promo: Option<String>,
    /// Whether the app and the site show it at their entry.
    at_entry: bool,
    /// Who sees it there; everybody if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    segment: Option<SegmentId>,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// The address of its page: as the link of a mailing or a push, it tells who has come.
    url: String,
    /// Counts its changes, from 1; the ETag is the same in quotes.
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Landings)]
pub(crate) struct Page {
    /// The latest first.
    landings: Vec<Landing>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<LandingId>,
    /// How many there are on all pages.
    total: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LandingDay)]
struct Day {
    /// At 00:00 UTC.
    #[schema(value_type = String, format = DateTime)]
    begins_at: Timestamp,
    shown: u64,
    clicked: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LandingStatistics)]
pub(crate) struct Statistics {
    /// How often people saw it; robots do not count.
    shown: u64,
    /// How often they pressed its button.
    clicked: u64,
    /// Guests known by name who have seen it.
    guests_shown: u64,
    /// Those of them who pressed the button.
    guests_clicked: u64,
    /// Orders of those who pressed it, within the attribution window, and those with its promo code.
    orders: u64,
    #[schema(schema_with = shape::money)]
    revenue: Money,
    /// The latest first.
    days: Vec<Day>,
}

impl Landing {
    pub(super) fn of(api: &Api, it: KeptLanding) -> Self {
        let landing::Landing {
            name,
            image,
            title,
            text,
            button,
            promo,
            at_entry,
            segment,
            ends_at,
            ..
        } = it.landing;
        Self {
            id: it.id,
            url: pages::landing_url(api, &it.token),
            name,
            image,
            title,
            text,
            button: button.map(|it| Button {
                text: it.text,
                link: it.link,
            }),
            promo,
            at_entry,
            segment,
            starts_at: it.starts_at,
            ends_at,
            version: it.version,
            created_at: it.created_at,
        }
    }
}

impl From<LandingDay> for Day {
    fn from(it: LandingDay) -> Self {
        Self {
            begins_at: it.begins_at,
            shown: it.shown,
            clicked: it.clicked,
        }
    }
}

/// A landing of the caller's organisation, as it is now.
pub(super) async fn as_it_is(api: &Api, org: OrgId, id: LandingId) -> Result<Versioned<Landing>, Problem> {
    let kept = api.store.landing(org, id).await?;
    Ok(Versioned {
        version: kept.version,
        document: Landing::of(api, kept),
    })
}

pub(crate) async fn get(api: Api, allowed: Allowed<(), i64>) -> Result<Versioned<Landing>, Problem> {
    let (caller, id, ()) = allowed.into_all();
    as_it_is(&api, caller.org, LandingId(id)).await
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Page, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let query: Which = asked.query()?;
    let limit = page_size(query.limit)?;
    // One more than asked for tells whether there is another page.
    let found = api.store.landings(caller.org, query.cursor, limit + 1).await?;
    let mut landings = found.landings;
    let more = landings.len() > limit as usize;
    landings.truncate(limit as usize);
    Ok(Page {
        next: landings.last().filter(|_| more).map(|it| it.id),
        landings: landings.into_iter().map(|it| Landing::of(&api, it)).collect(),
        total: found.total,
    })
}

pub(crate) async fn statistics(api: Api, allowed: Allowed<(), i64>) -> Result<Statistics, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let it = api.store.landing_figures(caller.org, LandingId(id)).await?;
    Ok(Statistics {
        shown: it.shown,
        clicked: it.clicked,
        guests_shown: it.guests_shown,
        guests_clicked: it.guests_clicked,
        orders: it.orders,
        revenue: it.revenue,
        days: it.days.into_iter().map(Day::from).collect(),
    })
}
