//! `GET /v1/senders/load`: what each number can send on each day of the coming weeks, and what it has to.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::mailings::Asking;
use bellhop_campaigns::forecast::load as foreseen;
use bellhop_domain::fault::Why;
use bellhop_domain::{Channel, MailingId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Days unless the query says otherwise.
const DAYS: u32 = 14;
const MOST: u32 = 60;

/// Over which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Days {
    /// So many from now on, 1 to 60; 14 if absent.
    days: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SendersLoad)]
pub(crate) struct Load {
    numbers: Vec<Number>,
    /// Mailings that start in this time, and how many guests the channel of their first step reaches.
    starts: Vec<Start>,
    /// Whether there are more starts than are counted.
    more_starts: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NumberLoad)]
struct Number {
    sender: String,
    #[schema(schema_with = shape::channel)]
    channel: Channel,
    /// Paused, or stopped by its provider: it has no load.
    stopped: bool,
    days: Vec<Day>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NumberDay)]
struct Day {
    #[schema(value_type = String, format = DateTime)]
    begins_at: Timestamp,
    /// Messages that its limits and its warm-up allow; absent without limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<u64>,
    /// Messages that fall to it, of those that wait and those of mailings that start.
    load: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoadingStart)]
struct Start {
    #[schema(value_type = i64)]
    mailing: MailingId,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(schema_with = shape::channel)]
    channel: Channel,
    guests: u64,
}

pub(crate) async fn load(api: Api, allowed: Allowed<()>) -> Result<Load, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let days = asked.query::<Days>()?.days.unwrap_or(DAYS);
    if !(1..=MOST).contains(&days) {
        let (least, most) = (1, u64::from(MOST));
        return Err(Problem::unreadable(Why::NumberUnfit { least, most }.at("days")));
    }
    let asking = Asking::of(&api, &caller).await?;
    let told = foreseen::load(&asking.brand(&api), days, api.now()).await?;
    let day = |it: foreseen::DayLoad| Day {
        begins_at: it.begins_at,
        capacity: it.capacity,
        load: it.load,
    };
    let numbers = told.numbers.into_iter().map(|it| Number {
        sender: it.name,
        channel: it.channel,
        stopped: it.stopped,
        days: it.days.into_iter().map(day).collect(),
    });
    let starts = told.starts.into_iter().map(|it| Start {
        mailing: it.mailing,
        name: it.name,
        starts_at: it.starts_at,
        channel: it.channel,
        guests: it.guests,
    });
    Ok(Load {
        numbers: numbers.collect(),
        starts: starts.collect(),
        more_starts: told.more_starts,
    })
}
