//! `/v1/promo-lists/{list}/codes`: personal codes are added, and those that were given are told with their messages.

use super::lists::absent;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::page::page_size;
use crate::v1::settings::who;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::{MailingId, MessageId, Timestamp, promo};
use bellhop_store::promos::GivenPromoCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The most codes of one request; longer lists come as a file.
const CODES: usize = 20_000;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PromoCodesToAdd)]
#[serde(deny_unknown_fields)]
pub(crate) struct Codes {
    /// 1 to 20,000 of them.
    codes: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AddedPromoCodes)]
pub(crate) struct Added {
    /// Codes that are new.
    added: u64,
    /// Codes that the list had already.
    known: u64,
    /// Codes of the list that no message has.
    left: u64,
}

/// Which page of the given codes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The `next` of the page before.
    cursor: Option<i64>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenPromoCodes)]
pub(crate) struct Given {
    codes: Vec<One>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// A code that a message has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenPromoCode)]
struct One {
    code: String,
    #[schema(value_type = String, format = DateTime)]
    given_at: Timestamp,
    #[schema(schema_with = shape::message_id)]
    message: MessageId,
    /// Absent once the message has had its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    mailing: Option<MailingId>,
    /// The brand's own id of the guest; absent if the guest or the message is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// When an order first used it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
}

impl From<GivenPromoCode> for One {
    fn from(it: GivenPromoCode) -> Self {
        Self {
            code: it.code,
            given_at: it.given_at,
            message: it.message,
            mailing: it.mailing,
            customer: it.customer,
            used_at: it.used_at,
        }
    }
}

pub(crate) async fn add(api: Api, allowed: Allowed<Codes, String>) -> Result<Added, Problem> {
    let (caller, name, body) = allowed.into_all();
    if !(1..=CODES).contains(&body.codes.len()) {
        let (least, most) = (1, CODES as u64);
        return Err(Problem::unprocessable(vec![
            Why::NumberUnfit { least, most }.at("codes"),
        ]));
    }
    let codes = read(&body.codes).map_err(Problem::unprocessable)?;
    let added = api
        .store
        .add_promo_codes(caller.org, &name, &codes, &who(&caller), api.now())
        .await?;
    if !added.elsewhere.is_empty() {
        let of = |(place, list): (usize, String)| Why::PromoCodeTaken { list }.at(format!("codes[{place}]"));
        return Err(Problem::unprocessable(added.elsewhere.into_iter().map(of).collect()));
    }
    Ok(Added {
        added: added.new,
        known: added.known,
        left: added.left,
    })
}

/// The codes as they are kept, or what is wrong with them.
fn read(codes: &[String]) -> Result<Vec<String>, Vec<Fault>> {
    let (mut good, mut faults) = (Vec::with_capacity(codes.len()), Vec::new());
    for (place, text) in codes.iter().enumerate() {
        match promo::code(text) {
            Ok(Some(code)) => good.push(code),
            Ok(None) => faults.push(Why::PromoCodeEmpty.at(format!("codes[{place}]"))),
            Err(why) => faults.push(why.at(format!("codes[{place}]"))),
        }
    }
    match faults.is_empty() {
        true => Ok(good),
        false => Err(faults),
    }
}

pub(crate) async fn given(api: Api, allowed: Allowed<(), String>) -> Result<Given, Problem> {
    let (caller, name, (), asked) = allowed.into_asked();
    let query: Which = asked.query()?;
    let limit = page_size(query.limit)?;
    let list = api.store.promo_list(caller.org, &name).await?;
    let list = list.ok_or_else(|| absent(name))?;
    // One more than asked for tells whether there is another page.
    let mut found = api.store.given_promo_codes(list.id, query.cursor, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    Ok(Given {
        next: found.last().filter(|_| more).map(|it| it.id),
        codes: found.into_iter().map(One::from).collect(),
    })
}
