//! Messages on demand: requested one by one, and planned in the transaction of the request.
//!
//! Their mailing has one run, which lasts until it is cancelled and takes every message that is asked for. Such a
//! message has a batch, a life and values of its own; from there on it is a message like any other, under the rules
//! of its purpose. A message that is requested twice under one id goes out once: the request's row, which is written
//! with the message, decides.

use super::codes::{ENDPOINT_ACTIVE, KINDS_OF_A_PHONE};
use super::commands::absent;
use super::known::{KnownRun, KnownRuns};
use super::message_numbers;
use super::runs::{self, Spec};
use super::types::{MessageRequest, Requested, Run, To};
use crate::db::Db;
use crate::guests::permission;
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::message::RunState;
use bellhop_domain::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Values are kept for so long after their message's life, so that a late retry by a report still has its text.
pub(super) const KEPT_AFTER_LIFE: Duration = Duration::from_secs(24 * 3600);

/// Values forgotten per transaction.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

/// The mailing's run. Its lock meets those of pause and cancel, which wait for the message and then stop it.
pub(super) async fn running(
    tx: &mut Session,
    known: &KnownRuns,
    org: OrgId,
    mailing: MailingId,
) -> Result<Arc<KnownRun>> {
    let text = "SELECT id, state, as_of FROM runs WHERE mailing_id = $1 AND org_id = $2 AND origin = $3 AND finished_at IS NULL
                ORDER BY id DESC LIMIT 1 {lock}";
    let statement = sql(text)
        .int(mailing.0)
        .int(i64::from(org.0))
        .int(i64::from(Origin::Request.code()))
        .lock("FOR KEY SHARE");
    let Some(row) = tx.first(statement).await? else {
        return Err(StoreError::Conflict(not_running(mailing, None)));
    };
    let c = row.columns();
    let run = RunId(c.int("id")?);
    match c.code("state", "run state", RunState::from_code)? {
        RunState::Running => known.of(tx, run, c.opt_int("as_of")?.map(Timestamp)).await,
        _ => {
            let run = runs::read(tx, run).await?;
            Err(StoreError::Conflict(not_running(mailing, Some(&run))))
        }
    }
}

fn not_running(MailingId(mailing): MailingId, run: Option<&Run>) -> Why {
    let Some(run) = run else {
        return Why::MailingNotLaunched { mailing };
    };
    match run.state {
        RunState::Paused => {
            let reason = run.paused_reason.clone().unwrap_or_else(|| "paused by hand".to_owned());
            Why::MailingPaused { mailing, reason }
        }
        RunState::Scheduled => Why::MailingNotBegun { mailing },
        RunState::Running | RunState::Finished | RunState::Cancelled => Why::MailingEnded { mailing },
    }
}

/// Writes the request down, with a new message's number; the message of the same request if it was made before.
pub(super) async fn write_request(
    tx: &mut Session,
    org: OrgId,
    it: &MessageRequest<'_>,
    expires: Timestamp,
    now: Timestamp,
) -> Result<Requested> {
    let (recipient, given) = (it.to.to_string(), Value::from_iter(it.values.clone()).to_string());
    let next = message_numbers::next(tx).await?;
    let text = format!(
        "INSERT INTO message_requests (message_id, org_id, mailing_id, request_id, recipient, given, forget_at)
         VALUES ($1 + {next}, $2, $3, $4, $5, $6, $7) ON CONFLICT (mailing_id, request_id) DO NOTHING RETURNING message_id"
    );
    let statement = sql(text)
        .int(Era::of(now).first_key().0)
        .int(i64::from(org.0))
        .int(it.mailing.0)
        .text(it.id)
        .text(recipient.as_str())
        .text(given.as_str())
        .int(expires.plus(KEPT_AFTER_LIFE).0);
    if let Some(row) = tx.first(statement).await? {
        let drawn = row.columns().key("message_id")?;
        return Ok(Requested::Taken(told_apart(tx, drawn).await?));
    }
    let text = "SELECT message_id, recipient, given FROM message_requests WHERE mailing_id = $1 AND request_id = $2";
    let row = tx.first(sql(text).int(it.mailing.0).text(it.id)).await?;
    let row = row.ok_or_else(|| absent("request", it.id))?;
    let c = row.columns();
    let (message, to, said) = (c.message("message_id")?, c.text("recipient")?, c.opt_text("given")?);
    if to != recipient || said.is_some_and(|said| said != given) {
        return Err(StoreError::Conflict(Why::RequestIdTaken {
            request_id: it.id.to_owned(),
            mailing: it.mailing.0,
        }));
    }
    Ok(Requested::Known(message))
}

/// The id of a request's message; it gets another key if that one's id could be read as an old one.
async fn told_apart(tx: &mut Session, drawn: MessageKey) -> Result<MessageId> {
    let ids = tx.message_ids()?;
    if ids.is_told_apart(drawn) {
        return Ok(ids.id(drawn));
    }
    let other = message_numbers::draw(tx, Era::of_key(drawn), 1).await?;
    let other = *other.first().ok_or_else(|| absent("number", drawn))?;
    let text = "UPDATE message_requests SET message_id = $2 WHERE message_id = $1";
    tx.execute(sql(text).int(drawn.0).int(other.0)).await?;
    Ok(ids.id(other))
}

/// Whom a message goes to.
pub(super) struct Recipient {
    pub customer: Option<CustomerId>,
    pub blacklisted: bool,
    /// Nobody has given consent for an address that belongs to no guest, or to several.
    pub may: Permission,
    /// Live ones, the latest registered first.
    pub endpoints: Vec<(EndpointKind, EndpointId)>,
}

/// The facts are not settled first, because that could take as long as an import. Facts that lag behind know every
/// no, which is written into them at once, and at worst miss a yes that an import is just bringing.
pub(super) async fn recipient(tx: &mut Session, org: OrgId, it: &MessageRequest<'_>) -> Result<Recipient> {
    let customer = match it.to {
        To::Customer(external) => Some(customer_named(tx, org, external).await?),
        To::Phone(endpoint) => only_owner(tx, endpoint).await?,
    };
    let (which, id) = match (it.to, customer) {
        (To::Customer(_), Some(customer)) => (
            "e.id IN (SELECT endpoint_id FROM customer_endpoints WHERE customer_id = $1)",
            customer.0,
        ),
        (To::Phone(endpoint), _) => ("e.id = $1", endpoint.0),
        (To::Customer(external), None) => return Err(absent("customer", external)),
    };
    // The mark covers the phone, whichever card it is on (PRODUCT.md §3).
    let text = format!(
        "SELECT e.id, e.kind, e.state,
                EXISTS (SELECT 1 FROM endpoints same JOIN customer_endpoints l ON l.endpoint_id = same.id
                        JOIN customers b ON b.id = l.customer_id
                        WHERE same.org_id = e.org_id AND e.kind IN {KINDS_OF_A_PHONE} AND same.kind IN {KINDS_OF_A_PHONE}
                          AND same.address = e.address AND b.blacklisted_at IS NOT NULL) AS blacklisted
         FROM endpoints e WHERE {which} ORDER BY e.registered_at DESC, e.id DESC"
    );
    let mut found = Recipient {
        customer,
        blacklisted: false,
        may: Permission::default(),
        endpoints: Vec::new(),
    };
    for row in tx.fetch(sql(text).int(id)).await? {
        let c = row.columns();
        let endpoint = EndpointId(c.int("id")?);
        let kind = c.code("kind", "endpoint kind", EndpointKind::from_code)?;
        let live = c.int("state")? == i64::from(ENDPOINT_ACTIVE);
        found.blacklisted |= c.flag("blacklisted")?;
        if live {
            found.endpoints.push((kind, endpoint));
        }
    }
    if let Some(customer) = customer {
        let text =
            "SELECT c.blacklisted_at IS NOT NULL AS blacklisted, f.consent_mask, f.silenced_mask FROM customers c
                    LEFT JOIN customer_facts f ON f.customer_id = c.id WHERE c.id = $1";
        if let Some(row) = tx.first(sql(text).int(customer.0)).await? {
            let c = row.columns();
            found.blacklisted |= c.flag("blacklisted")?;
            found.may = permission::permission(&c)?;
        }
    }
    if let (None, To::Phone(endpoint)) = (customer, it.to) {
        found.may = permission::of_address(tx, endpoint).await?;
    }
    Ok(found)
}

async fn customer_named(tx: &mut Session, org: OrgId, external: &str) -> Result<CustomerId> {
    let text = "SELECT id FROM customers WHERE org_id = $1 AND external_id = $2";
    let row = tx.first(sql(text).int(i64::from(org.0)).text(external)).await?;
    let row = row.ok_or_else(|| absent("customer", external))?;
    Ok(CustomerId(row.columns().int("id")?))
}

/// Whose address it is, if one guest alone has it.
async fn only_owner(tx: &mut Session, endpoint: EndpointId) -> Result<Option<CustomerId>> {
    let text = "SELECT customer_id FROM customer_endpoints WHERE endpoint_id = $1 LIMIT 2";
    let rows = tx.fetch(sql(text).int(endpoint.0)).await?;
    match &rows[..] {
        [one] => Ok(Some(CustomerId(one.columns().int("customer_id")?))),
        _ => Ok(None),
    }
}

/// The first step that reaches the recipient and that they allow (PRODUCT.md §10, §14).
pub(super) fn first_step(
    spec: &Spec,
    purpose: Purpose,
    to: &Recipient,
    kinds: &[EndpointKind],
) -> std::result::Result<(u16, EndpointKind, EndpointId), Exclusion> {
    let mut reason = None;
    for (step, it) in (0u16..).zip(&spec.waterfall) {
        if let Some(refused) = to.may.refuses(purpose, it.channel) {
            reason.get_or_insert(refused);
            continue;
        }
        reason = Some(Exclusion::NoLiveEndpoint);
        let latest = to.endpoints.iter().find(|(kind, _)| kind.channel() == it.channel);
        if let Some((kind, endpoint)) = latest.filter(|(kind, _)| kinds.contains(kind)) {
            return Ok((step, *kind, *endpoint));
        }
    }
    Err(reason.unwrap_or(Exclusion::NoLiveEndpoint))
}

/// The values of a message, as its request gave them.
pub(super) fn given(message: MessageId, kept: Option<String>) -> Result<BTreeMap<String, String>> {
    let Some(text) = kept else {
        return Ok(BTreeMap::new());
    };
    serde_json::from_str(&text).map_err(|e| StoreError::Corrupt {
        what: "request of message",
        id: message.to_string(),
        problem: format!("its values are unreadable ({e})"),
    })
}

/// Forgets the values of messages whose life ended some time ago: a login code is nobody's business later.
pub(super) async fn forget(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = "UPDATE message_requests SET given = NULL WHERE message_id IN (
                    SELECT message_id FROM message_requests WHERE given IS NOT NULL AND forget_at <= $1
                    ORDER BY forget_at LIMIT $2 {lock})";
    let statement = sql(text)
        .int(now.0)
        .int(FORGOTTEN_AT_ONCE)
        .lock("FOR UPDATE SKIP LOCKED");
    tx.execute(statement).await?;
    tx.commit().await
}
