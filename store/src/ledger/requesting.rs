//! A message on demand, planned in the transaction that stores its request.

use super::plan::{self, Addressee};
use super::requests;
use super::types::{MessageRequest, Requested};
use super::watching::{TOLD_OF, ToWatch, watch};
use crate::base::wants::KnownWants;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::MessageState;
use bellhop_domain::{Era, OrgId, Timestamp};

/// For whoever has one message to send: programs, through the API, and dispatchers, who ask guests back.
#[async_trait]
pub trait Requesting: Send + Sync {
    /// Sends a message on demand: plans it, and the dispatchers publish it. Asked again under the same id, it names the
    /// message that it made before, so that whoever got no answer may ask again. Fails with a conflict while its mailing
    /// does not run, or if the request's id was used for another message.
    async fn request(&self, org: OrgId, request: &MessageRequest<'_>, now: Timestamp) -> Result<Requested>;
}

#[async_trait]
impl Requesting for SqlStore {
    async fn request(&self, org: OrgId, it: &MessageRequest<'_>, now: Timestamp) -> Result<Requested> {
        self.make_room(now).await?;
        let mut tx = Session::begin(&self.db).await?;
        let run = requests::running(&mut tx, &self.memory.of(), org, it.mailing).await?;
        let expires = now.plus(run.spec.life());
        let message = match requests::write_request(&mut tx, org, it, expires, now).await? {
            Requested::Taken(message) => message,
            known => {
                tx.commit().await?;
                return Ok(known);
            }
        };
        let recipient = requests::recipient(&mut tx, org, it).await?;
        if recipient.blacklisted {
            return Ok(Requested::Refused(Exclusion::Blacklisted));
        }
        let (step, kind, endpoint) = match requests::first_step(&run.spec, run.purpose, &recipient, it.kinds) {
            Ok(found) => found,
            Err(reason) => return Ok(Requested::Refused(reason)),
        };
        let addressee = Addressee {
            customer: recipient.customer,
            kind,
            endpoint,
            expires: Some(expires),
            era: Era::of(now),
        };
        let batches = plan::deal(&mut tx, &run, &[addressee], now).await?;
        let text =
            "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, step, state, expires_at,
                        once_per_address, made_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        tx.execute(
            sql(text)
                .message(message)
                .int(i64::from(org.0))
                .int(run.id.0)
                .int(batches.first().map(|batch| batch.0))
                .int(recipient.customer.map(|customer| customer.0))
                .int(endpoint.0)
                .int(i64::from(step))
                .int(i64::from(MessageState::Pending.code()))
                .int(expires.0)
                .flag(run.origin.is_once_per_address())
                .int(now.0),
        )
        .await?;
        let wants = self.memory.of::<KnownWants>();
        if let Some(key) = tx.message_ids()?.key(message)
            && wants.any(&mut tx, org, &TOLD_OF).await?
        {
            let it = ToWatch {
                message: key,
                firing: None,
                granted: None,
            };
            watch(&mut tx, org, &[it], now).await?;
        }
        tx.commit().await?;
        Ok(Requested::Taken(message))
    }
}
