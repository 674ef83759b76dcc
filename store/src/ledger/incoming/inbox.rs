//! Guests' messages: kept once, with the conversation they belong to. Whoever writes has a live address.

use super::conversations::{self, Converse};
use super::kept::KeptMessage;
use super::{Source, whose};
use crate::consent::{addresses, carry, lock, questions};
use crate::ledger::wishes::{self, GuestWish as Said};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::incoming::Inbound;
use bellhop_domain::opt_out::{Reading, Wish};
use bellhop_domain::{EndpointId, Timestamp};

pub(crate) async fn receive(store: &SqlStore, source: &Source<'_>, message: &Inbound, now: Timestamp) -> Result<()> {
    let message = KeptMessage::new(message, now)?;
    let says_a_word = match message.reading {
        Reading::Ordinary => false,
        Reading::Sure { .. } | Reading::Doubtful { .. } => true,
    };
    if says_a_word || !keep(store, source, message.clone(), Locked::AmongOthers, now).await? {
        keep(store, source, message, Locked::Alone, now).await?;
    }
    Ok(())
}

/// How the transaction locks the words of its organisation (see [`lock`]).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Locked {
    Alone,
    AmongOthers,
}

/// Returns `false`, and has kept nothing, if it must be alone: the message shows that a stop is somebody's who has
/// more addresses than it was heard for.
async fn keep(
    store: &SqlStore,
    source: &Source<'_>,
    mut message: KeptMessage<'_>,
    locked: Locked,
    now: Timestamp,
) -> Result<bool> {
    let mut tx = Session::begin(&store.db).await?;
    match locked {
        Locked::AmongOthers => lock::among_others(&mut tx, source.org).await?,
        Locked::Alone => lock::alone(&mut tx, source.org).await?,
    }
    let before = known(&mut tx, source, &message.provider_id).await?;
    if let Some(address) = &before
        && whose::is_one_person(source.kind, address, &message.told)
    {
        message.told.push(address.clone());
    }
    let space = Space::of(source.kind);
    let person = addresses::of_person(&mut tx, source.org, space, &message.told).await?;
    if message.told.len() > 1 {
        addresses::remember(&mut tx, source.org, space, &person).await?;
    }
    let unheard = carry::unheard(&mut tx, source.org, space, &person).await?;
    if !unheard.is_empty() {
        if locked == Locked::AmongOthers {
            return Ok(false);
        }
        carry::over(&mut tx, source.org, space, &unheard, now).await?;
    }
    let is_news = before.is_none();
    let mut place = None;
    if is_news || message.told.len() > 1 {
        let endpoint = whose::place(&mut tx, source, &message, &person, is_news, now).await?;
        if is_news {
            write(&mut tx, source, endpoint, &message, now).await?;
            place = Some(endpoint);
        }
    }
    obey(&mut tx, source, &message, &person, place, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// The address that a message with this id came from, if it is known.
async fn known(tx: &mut Session, source: &Source<'_>, provider_id: &str) -> Result<Option<String>> {
    let text = "SELECT e.address FROM inbound_messages m JOIN conversations v ON v.id = m.conversation_id
                JOIN endpoints e ON e.id = v.endpoint_id
                WHERE m.org_id = $1 AND m.sender = $2 AND m.kind = $3 AND m.provider_id = $4";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .int(i64::from(source.kind.code()))
        .text(provider_id);
    tx.first(statement)
        .await?
        .map(|row| row.columns().text("address"))
        .transpose()
}

async fn write(
    tx: &mut Session,
    source: &Source<'_>,
    endpoint: EndpointId,
    message: &KeptMessage<'_>,
    now: Timestamp,
) -> Result<()> {
    let converse = Converse {
        endpoint,
        name: message.name.as_deref(),
        at: message.at,
        opens_window: message.is_message,
    };
    let conversation = conversations::with(tx, source, &converse).await?;
    // If it is told twice at the same time, the second write fails here and finds the message known when it is
    // retried.
    let text = "INSERT INTO inbound_messages
                    (org_id, sender, kind, provider_id, conversation_id, at, came_at, content, words, answers)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .int(i64::from(source.kind.code()))
        .text(message.provider_id.as_ref())
        .int(conversation)
        .int(message.at.0)
        .int(now.0)
        .text(message.content.as_str())
        .text(message.words.as_deref())
        .text(message.answers.as_deref());
    tx.execute(statement).await?;
    Ok(())
}

/// Records the word about marketing in it: a no also for the address that may be the sender's instead. Of a repeat, which has no place, only a stop counts: with its own time, it
/// overrules nothing later.
async fn obey(
    tx: &mut Session,
    source: &Source<'_>,
    message: &KeptMessage<'_>,
    person: &[String],
    place: Option<EndpointId>,
    now: Timestamp,
) -> Result<()> {
    let is_news = place.is_some();
    let (word, by) = match message.reading {
        Reading::Sure { wish: Wish::Stop, by } => (Word::Withdrawn, by),
        Reading::Sure { wish: Wish::Start, by } if is_news => (Word::Given, by),
        Reading::Doubtful { by } if is_news => (Word::Held, by),
        Reading::Sure { .. } | Reading::Doubtful { .. } | Reading::Ordinary => return Ok(()),
    };
    let said = Said {
        word,
        source: WordSource::Guest,
        at: message.at,
        how: &format!("{}:{by}", source.kind.channel()),
    };
    let instead = message.perhaps.as_ref().filter(|_| word != Word::Given);
    if let Some(instead) = instead.filter(|instead| !person.contains(instead)) {
        let other = addresses::of_person(tx, source.org, Space::of(source.kind), std::slice::from_ref(instead)).await?;
        wishes::take(tx, source, &other, &said, now).await?;
    }
    if word != Word::Held {
        wishes::take(tx, source, person, &said, now).await?;
        return Ok(());
    }
    let worth_asking = questions::is_worth_asking(tx, source.org, source.kind, person).await?;
    let holds = wishes::take(tx, source, person, &said, now).await?;
    match (holds.first(), place) {
        (Some(hold), Some(place)) if worth_asking => questions::write(tx, source.org, *hold, place, now).await,
        _ => Ok(()),
    }
}
