//! `POST /v1/mailings/{id}/launch` and `/test-send`: what sends. A launch is behind the same gate as the command line's.

use super::approvals::judged;
use super::ask::refused;
use super::runs::{Run, shown};
use super::{Asking, named};
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::settings::who;
use bellhop_campaigns::launch::{LaunchAnswer, launch_once, quiet_start};
use bellhop_campaigns::test_send::{self, TestState};
use bellhop_domain::fault::Why;
use bellhop_domain::launching::Meant;
use bellhop_domain::{Channel, MailingId, MessageId, RunId, Timestamp};
use bellhop_store::ledger::ListedMessage;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// A request is given up after thirty seconds.
const LONGEST_WAIT: u64 = 20;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = LaunchRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct Launch {
    /// When to start; now if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    start_at: Option<Timestamp>,
    /// Send a mailing again that was launched before, also to those who have had it.
    #[serde(default)]
    again: bool,
    /// Start at once, although `start_at` is past.
    #[serde(default)]
    now: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Launched)]
pub(crate) struct Launched {
    #[serde(flatten)]
    run: Run,
    /// If it starts in the quiet hours of the organisation's clock: when they end. Each guest's own clock decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    quiet_until: Option<Timestamp>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TestSend)]
#[serde(deny_unknown_fields)]
pub(crate) struct Test {
    /// The brand's own ids of 1 to 20 guests.
    customers: Vec<String>,
    /// How long to wait for the results, at most 20; no time if absent.
    #[serde(default)]
    wait_seconds: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TestSent)]
pub(crate) struct Tested {
    mailing: i64,
    run: i64,
    /// `running` as long as more is to be expected soon, else `finished`.
    #[schema(value_type = String)]
    state: TestState,
    messages: Vec<Message>,
    /// Guests who get none.
    excluded: Vec<Excluded>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TestMessage)]
struct Message {
    #[schema(schema_with = shape::message_id)]
    message: MessageId,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[schema(schema_with = shape::channel)]
    channel: Channel,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it may go on, or could have gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExcludedGuest)]
struct Excluded {
    customer: String,
    reason: &'static str,
}

pub(crate) async fn launch(api: Api, allowed: Allowed<Launch, i64>) -> Result<Launched, Problem> {
    let (caller, id, body, asked) = allowed.into_asked();
    let (key, now) = (asked.keyed()?, api.now());
    let once = key.as_ref().map(|key| key.once());
    let asking = Asking::of(&api, &caller).await?;
    // A repeat is answered though the mailing may have errors meanwhile.
    if let Some(once) = &once
        && let Some(made) = api.store.made(caller.org, once).await?
    {
        let run = shown(&api, caller.org, RunId(made)).await?;
        let quiet_until = None;
        return Ok(Launched { run, quiet_until });
    }
    let meant = Meant {
        again: body.again,
        now: body.now,
    };
    let (brand, start_at, who) = (asking.brand(&api), body.start_at.unwrap_or(now), who(&caller));
    let judged = judged(&api, &caller, &asking, MailingId(id)).await?;
    let named = (MailingId(id), Some(judged.as_str()));
    match launch_once(&brand, named, start_at, meant, once.as_ref(), &who, now).await? {
        LaunchAnswer::Refused(report) => Err(refused(id, *report, asked.language)),
        LaunchAnswer::Launched(launched) => {
            let quiet = quiet_start(&asking.organisation, launched.start_at).unwrap_or_default();
            let waits = launched.keeps_quiet_hours && launched.origin.is_planned();
            Ok(Launched {
                run: shown(&api, caller.org, launched.run).await?,
                quiet_until: quiet.filter(|_| waits).map(|quiet| quiet.opens),
            })
        }
    }
}

pub(crate) async fn test_send(api: Api, allowed: Allowed<Test, i64>) -> Result<Tested, Problem> {
    let (caller, id, body, asked) = allowed.into_asked();
    let customers = named(body.customers)?;
    if body.wait_seconds > LONGEST_WAIT {
        let (least, most) = (0, LONGEST_WAIT);
        let fault = Why::NumberUnfit { least, most }.at("wait_seconds");
        return Err(Problem::unprocessable(vec![fault]));
    }
    let (key, wait) = (asked.keyed()?, Duration::from_secs(body.wait_seconds));
    let once = key.as_ref().map(|key| key.once());
    let asking = Asking::of(&api, &caller).await?;
    let (brand, id, who) = (asking.brand(&api), MailingId(id), who(&caller));
    let tested = test_send::test_send(&brand, id, &customers, wait, once.as_ref(), &who, api.now()).await?;
    Ok(Tested {
        mailing: tested.mailing.0,
        run: tested.run.0,
        state: tested.state,
        messages: tested.messages.into_iter().map(Message::of).collect(),
        excluded: (tested.excluded.into_iter())
            .map(|it| Excluded {
                customer: it.customer,
                reason: it.reason.name(),
            })
            .collect(),
    })
}

impl Message {
    fn of(it: ListedMessage) -> Self {
        Self {
            message: it.message,
            customer: it.customer,
            channel: it.channel,
            state: it.state.name(),
            reason: it.reason,
            next_at: it.next_at,
        }
    }
}
