//! A human settles what an answer has held.

use super::hear::{Heard, covers, hear};
use super::{addresses, lock, show};
use crate::base::audit::{Deed, log};
use crate::db::Db;
use crate::sql::Session;
use crate::{Result, StoreError};
use bellhop_domain::consent::{Word, WordSource};
use bellhop_domain::fault::Why;
use bellhop_domain::{Channel, OrgId, Purpose, Timestamp};

pub(super) struct Settling<'a> {
    pub org: OrgId,
    pub addresses: &'a [String],
    pub channel: Channel,
    /// Withdrawn or released.
    pub word: Word,
    pub who: &'a str,
}

pub(super) async fn hold(db: &Db, it: &Settling<'_>, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    lock::alone(&mut tx, it.org).await?;
    let mut settled = false;
    for space in show::spaces() {
        let person = addresses::of_person(&mut tx, it.org, space, it.addresses).await?;
        let Some(held_at) = show::held_since(&mut tx, it.org, space, &person, it.channel).await? else {
            continue;
        };
        let covers = covers(&mut tx, it.org).await?;
        let heard = Heard {
            org: it.org,
            space,
            addresses: &person,
            words: covers.words(it.channel, it.word),
            purpose: Purpose::Marketing,
            source: WordSource::Operator,
            at: now.max(held_at),
            how: it.who,
            text_version: None,
            customer: None,
        };
        hear(&mut tx, &heard, now).await?;
        settled = true;
    }
    if !settled {
        let channel = it.channel.to_string();
        return Err(StoreError::Conflict(Why::NothingHeld { channel }));
    }
    let deed = Deed {
        org: it.org,
        who: it.who,
        action: if it.word == Word::Withdrawn {
            "consent.stop"
        } else {
            "consent.keep"
        },
        object: format!("address {}", it.addresses.first().map_or("", String::as_str)),
        detail: Some(it.channel.name()),
        at: now,
    };
    log(&mut tx, deed).await?;
    tx.commit().await
}
