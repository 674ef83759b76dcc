//! Leasing a batch, and what its messages need to be rendered.

use super::batches;
use super::caps;
use super::claim_columns;
use super::codes::{MESSAGE_PENDING, RUN_RUNNING};
use super::installation::{IS_THE_TASKS, with_task};
use super::nearby;
use super::profiles;
use super::refusal::{self, Refusal};
use super::requests;
use super::types::{Claim, ClaimRequest, Claimed};
use crate::Result;
use crate::base::row::Columns;
use crate::db::Dialect;
use crate::sql::{Row, Session, Sql, UNHURRIED, sql};
use bellhop_domain::message::RunState;
use bellhop_domain::*;

/// How long the batch of a paused sender is kept back.
const HELD_MS: i64 = 2_000;

/// The lease, as every row tells it.
pub(super) struct Leased {
    pub lease: i64,
    pub kind: EndpointKind,
    pub expires: Option<Timestamp>,
    pub quiet_from: Option<Timestamp>,
    pub org: OrgId,
    pub purpose: Purpose,
}

impl Leased {
    /// Of `l`, which is the batch with its run.
    const COLUMNS: &str = "l.lease, l.kind, l.expires_at AS run_expires_at, l.quiet_from, l.org_id, l.purpose";

    pub fn read(c: &Columns<'_>) -> Result<Self> {
        Ok(Leased {
            lease: c.int("lease")?,
            kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
            expires: c.opt_int("run_expires_at")?.map(Timestamp),
            quiet_from: c.opt_int("quiet_from")?.map(Timestamp),
            org: OrgId(c.int("org_id")? as i32),
            purpose: c.code("purpose", "purpose", Purpose::from_code)?,
        })
    }
}

/// Takes the lease of a free batch of a running run, outside its guests' quiet hours, if it is what the task says; the
/// arguments are the task's six, sender, worker, the lease's end, now, and (the twelfth) when the run began.
fn take_lease(next: &str) -> String {
    format!(
        "UPDATE batches SET lease = {next}, lease_until = $9, worker = $8, published_at = COALESCE(published_at, $10)
         FROM runs
         WHERE {IS_THE_TASKS} AND batches.done_at IS NULL AND batches.lease_until IS NULL
           AND (batches.quiet_from IS NULL OR batches.quiet_from > $10 OR runs.expires_at <= $10)
           AND runs.id = batches.run_id AND runs.state = {RUN_RUNNING} AND runs.as_of IS NOT DISTINCT FROM $12
           AND NOT EXISTS (SELECT 1 FROM sender_pauses p WHERE p.org_id = batches.org_id AND p.sender = $7)"
    )
}

/// The rows of a lease: its own columns, then those of a message, or nulls if there is none.
fn messages_under(lease: &str, request: &ClaimRequest<'_>) -> String {
    let (columns, joins) = claim_columns::of(request, "customers", &refusal::address_columns());
    format!(
        "SELECT {}, {columns}
         FROM {lease}
         LEFT JOIN messages m ON {} AND m.state = {MESSAGE_PENDING}
         LEFT JOIN endpoints e ON e.id = m.endpoint_id
         LEFT JOIN customer_facts f ON f.customer_id = m.customer_id{joins}
         LIMIT $11",
        Leased::COLUMNS,
        batches::has(Dialect::Sqlite, "$1", "m"),
    )
}

fn with_arguments<'a>(text: String, request: &ClaimRequest<'a>, installation: &'a str, now: Timestamp) -> Sql<'a> {
    with_task(sql(text), &request.of, installation)
        .text(request.sender)
        .text(request.worker)
        .int(now.plus(request.lease).0)
        .int(now.0)
        .int(i64::from(request.max))
        .int(request.as_of.map(|at| at.0))
}

/// Lease and messages in one statement, which is one round trip. The messages are those of the statement's snapshot:
/// if the batch was leased, worked on and given back since that was taken, its lease number has changed, and the
/// claim finds nothing rather than messages that are no longer pending.
///
/// Where repeats replace each other, a lease may be forgotten by a server that loses power, and need not wait for the disk;
/// but a promo code that goes out with it may not.
pub(super) fn lease_and_messages<'a>(request: &ClaimRequest<'a>, installation: &'a str, now: Timestamp) -> Sql<'a> {
    let unhurried = match request.of.kind.replaces_repeats() && !request.needs.takes_code() {
        true => format!(" AND {UNHURRIED}"),
        false => String::new(),
    };
    let text = format!(
        "WITH l AS ({}{unhurried} AND batches.lease IS NOT DISTINCT FROM (SELECT b.lease FROM batches b WHERE b.id = $1)
                    RETURNING batches.lease, batches.kind, runs.expires_at, batches.quiet_from, batches.org_id, runs.purpose),
         {}
         SELECT {}, x.* FROM l LEFT JOIN ({}) x ON TRUE",
        take_lease("nextval('leases')"),
        nearby::messages(request),
        Leased::COLUMNS,
        nearby::told(request)
    );
    with_arguments(text, request, installation, now)
}

/// The same in a transaction of SQLite's only writer.
pub(super) async fn lease_then_messages(
    session: &mut Session,
    request: &ClaimRequest<'_>,
    installation: &str,
    now: Timestamp,
) -> Result<Vec<Row>> {
    session.execute(sql("UPDATE leases SET last = last + 1")).await?;
    let lease = take_lease("(SELECT last FROM leases)");
    if session
        .execute(with_arguments(lease, request, installation, now))
        .await?
        == 0
    {
        return Ok(Vec::new());
    }
    let leased = "(SELECT b.lease, b.kind, runs.expires_at, b.quiet_from, b.org_id, runs.purpose FROM batches b JOIN runs ON runs.id = b.run_id
                   WHERE b.id = $1) l";
    let text = messages_under(leased, request);
    session.fetch(with_arguments(text, request, installation, now)).await
}

/// A batch that only its run, its sender or its guests' quiet hours hold back goes back to the dispatchers. A batch
/// that differs from what the task says is left alone.
pub(super) async fn why_not(session: &mut Session, request: &ClaimRequest<'_>, now: Timestamp) -> Result<Claim> {
    let text = format!(
        "SELECT runs.state, batches.done_at IS NULL AND batches.lease_until IS NULL AS is_free
         FROM batches JOIN runs ON runs.id = batches.run_id
         WHERE {IS_THE_TASKS} AND runs.as_of IS NOT DISTINCT FROM $7"
    );
    let installation = request.of.installation.to_string();
    let statement = with_task(sql(text), &request.of, &installation).int(request.as_of.map(|at| at.0));
    let Some(row) = session.first(statement).await? else {
        return Ok(Claim::Foreign);
    };
    let c = row.columns();
    let running = c.code("state", "run state", RunState::from_code)? == RunState::Running;
    if !c.flag("is_free")? {
        return Ok(Claim::Nothing);
    }
    let held_until = running.then_some(now.0 + HELD_MS);
    let text = "UPDATE batches SET published_at = NULL, held_until = $2
                WHERE id = $1 AND done_at IS NULL AND lease_until IS NULL";
    session
        .execute(sql(text).int(request.of.batch.0).int(held_until))
        .await?;
    Ok(Claim::Held)
}

/// A message of the batch as it stands.
pub(super) struct Waiting {
    pub claimed: Claimed,
    pub key: MessageKey,
    pub refusal: Option<Refusal>,
    /// What is kept of its guest; read only if a cap asks.
    pub kept: Option<caps::KeptMarketing>,
}

pub(super) fn read(row: &Row, request: &ClaimRequest<'_>, now: Timestamp) -> Result<Option<Waiting>> {
    let c = row.columns();
    let leased = Leased::read(&c)?;
    let Some(id) = c.opt_message("id")? else {
        return Ok(None);
    };
    let key = c.key("id")?;
    let customer = c.opt_int("customer_id")?.map(CustomerId);
    let endpoint = EndpointId(c.int("endpoint_id")?);
    let address = c.text("address")?;
    let registered_at = Timestamp(c.int("registered_at")?);
    let (step, tries) = (c.int("step")? as u16, c.int("tries")? as u16);
    let sent_before = c.opt_int("sent_at")?.is_some();
    let expires = c.opt_int("expires_at")?.map(Timestamp);
    let eligibility = refusal::Eligibility {
        channel: leased.kind.channel(),
        purpose: leased.purpose,
        expires: expires.or(leased.expires),
        address_stands: refusal::address_stands(&c)?,
        // Asked at the start, which every message to a phone has.
        country_stopped: false,
        guest: refusal::guest(customer, &c)?,
    };
    let mut profile = profiles::read(&c, request.needs)?;
    let last_inbound = if request.needs.last_inbound {
        c.opt_int("last_inbound_at")?
    } else {
        None
    };
    if request.needs.given {
        profile.attributes = requests::given(id, c.opt_text("given")?)?;
    }
    let kept = request.cap.map(|_| caps::read(customer, &c)).transpose()?;
    let claimed = Claimed {
        id,
        customer,
        endpoint,
        address,
        registered_at,
        step,
        tries,
        sent_before,
        expires,
        last_inbound: last_inbound.map(Timestamp),
        profile,
    };
    Ok(Some(Waiting {
        claimed,
        key,
        refusal: eligibility.refusal(now),
        kept,
    }))
}
