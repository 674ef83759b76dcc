//! `POST /v1/mailings/{id}/presence`: whoever has a mailing open says so every few seconds, and learns who else has.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use bellhop_domain::{MailingId, PersonId, Timestamp};
use bellhop_store::accounts::{AtIt, HOLDS};
use bellhop_store::guests::ApiCaller;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AtIt)]
#[serde(deny_unknown_fields)]
pub(crate) struct Here {
    /// Whether it is being changed, or only looked at.
    editing: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Presence)]
pub(crate) struct Others {
    /// Who else has it open.
    others: Vec<Other>,
    /// For so many seconds this word holds: say it again before.
    holds: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Present)]
struct Other {
    /// As the audit log names them.
    who: String,
    /// Absent for a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    person: Option<PersonId>,
    editing: bool,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

pub(crate) async fn here(api: Api, allowed: Allowed<Here, i64>) -> Result<Others, Problem> {
    let (caller, id, body) = allowed.into_all();
    let thing = thing_of(&api, &caller, id).await?;
    let who = who(&caller);
    let at_it = AtIt {
        thing: &thing,
        who: &who,
        person: caller.person,
        editing: body.editing,
    };
    api.accounts.be_present(caller.org, at_it, api.now()).await?;
    others(&api, &caller, &thing, &who).await
}

pub(crate) async fn leave(api: Api, allowed: Allowed<(), i64>) -> Result<Others, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let thing = thing_of(&api, &caller, id).await?;
    let who = who(&caller);
    api.accounts.leave(caller.org, &thing, &who).await?;
    others(&api, &caller, &thing, &who).await
}

/// The mailing, if the organisation has it.
async fn thing_of(api: &Api, caller: &ApiCaller, id: i64) -> Result<String, Problem> {
    let mailing = api.ledger.mailing(caller.org, MailingId(id)).await?;
    Ok(format!("mailing {}", mailing.id))
}

async fn others(api: &Api, caller: &ApiCaller, thing: &str, who: &str) -> Result<Others, Problem> {
    let present = api.accounts.present(caller.org, api.now()).await?;
    let others = present.into_iter().filter(|it| it.thing == thing && it.who != who);
    let others = others.map(|it| Other {
        who: it.who,
        person: it.person,
        editing: it.editing,
        since: it.since,
    });
    Ok(Others {
        others: others.collect(),
        holds: HOLDS.as_secs(),
    })
}
