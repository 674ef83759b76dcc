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
    let mut settled: Option<String> = None;
    for space in show::spaces() {
        let person = addresses::of_person(&mut tx, it.org, space, it.addresses).await?;
        let Some(hold) = show::hold(&mut tx, it.org, space, &person, it.channel).await? else {
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
            at: now.max(hold.since),
            how: it.who,
            text_version: None,
            customer: None,
        };
        hear(&mut tx, &heard, now).await?;
        settled.get_or_insert_with(|| hold.id.map_or("hold".to_owned(), |id| format!("hold {id}")));
    }
    let Some(object) = settled else {
        let channel = it.channel.to_string();
        return Err(StoreError::Conflict(Why::NothingHeld { channel }));
    };
    // The object goes to the log, where nobody's address may be.
    let address = it.addresses.first().map_or("", String::as_str);
    let detail = format!("{} of {address}", it.channel);
    let deed = Deed {
        org: it.org,
        who: it.who,
        action: if it.word == Word::Withdrawn {
            "consent.stop"
        } else {
            "consent.keep"
        },
        object,
        detail: Some(&detail),
        at: now,
    };
    log(&mut tx, deed).await?;
    tx.commit().await
}
