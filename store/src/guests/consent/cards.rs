//! Words about cards: what holds of a card, and the ledger's row of it. Whoever writes one, an address that is heard, a
//! page, another system or a file, does it by these statements.

use crate::Result;
use crate::base::outbox::{Notice, What, append};
use crate::base::wants::is_wanted;
use crate::guests::codes::own_sources;
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::{CardWord, Word, WordSource};
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{Channel, CustomerId, OrgId, Purpose, Timestamp};
use std::collections::BTreeMap;

/// A word as it concerns cards.
pub(crate) struct CardSaid<'a> {
    pub org: OrgId,
    /// Whose card, the channel, and whether it is a yes.
    pub words: &'a [(CustomerId, Channel, bool)],
    pub purpose: Purpose,
    pub source: WordSource,
    pub at: Timestamp,
    pub how: &'a str,
    pub replaces: Replaces,
}

/// Which known word of a card another one replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replaces {
    /// By time and by who says it: [`CardWord::overrules`](bellhop_domain::consent::CardWord::overrules).
    ByAuthority,
    /// As a file does: the same word again keeps its date, and a yes replaces only a no of the same origin.
    AnotherOfItsOrigin,
}

impl Replaces {
    /// The condition in SQL.
    fn condition(self) -> String {
        let own = own_sources();
        match self {
            Replaces::ByAuthority => format!(
                "CASE WHEN excluded.given
                    THEN (consents.at < excluded.at OR (consents.at = excluded.at AND consents.given))
                        AND (consents.given OR excluded.source IN {own} OR consents.source NOT IN {own})
                    ELSE consents.at <= excluded.at
                        OR (consents.given AND excluded.source IN {own} AND consents.source NOT IN {own}) END"
            ),
            Replaces::AnotherOfItsOrigin => {
                "consents.given <> excluded.given AND (consents.given OR consents.how = excluded.how)".to_owned()
            }
        }
    }
}

/// Writes the word on the cards where it replaces what is known; returns whose cards it changed, and to what. The
/// caller has marked these guests and computes their facts.
pub(crate) async fn say(tx: &mut Session, said: &CardSaid<'_>) -> Result<Vec<(CustomerId, bool)>> {
    if said.words.is_empty() {
        return Ok(Vec::new());
    }
    // Whoever brings a file knows what is in it.
    let is_told = said.source != WordSource::Import && is_wanted(tx, said.org, WebhookKind::ConsentChanged).await?;
    let known = match is_told {
        true => Some(known(tx, said).await?),
        false => None,
    };
    let table = Table::default()
        .ints("customer", said.words.iter().map(|(customer, ..)| customer.0))
        .ints("channel", said.words.iter().map(|(_, channel, _)| *channel as i64))
        .ints("given", said.words.iter().map(|(.., given)| i64::from(*given)));
    let text = format!(
        "INSERT INTO consents (org_id, purpose, source, at, how, customer_id, channel, given)
         SELECT $1, $2, $3, $4, $5, r.customer, r.channel, r.given = 1 FROM {{rows}}
         WHERE TRUE ORDER BY r.customer, r.channel
         ON CONFLICT (customer_id, channel, purpose)
         DO UPDATE SET given = excluded.given, at = excluded.at, how = excluded.how, source = excluded.source
         WHERE {} RETURNING customer_id, channel, given",
        said.replaces.condition()
    );
    let statement = sql(text)
        .int(i64::from(said.org.0))
        .int(i64::from(said.purpose.code()))
        .int(i64::from(said.source.code()))
        .int(said.at.0)
        .text(said.how)
        .rows(table);
    let mut changed = Vec::new();
    let mut news = Vec::new();
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let (customer, given) = (CustomerId(c.int("customer_id")?), c.flag("given")?);
        changed.push((customer, given));
        let channel = c.int("channel")?;
        let is_news = |known: &Known| known.get(&(customer, channel)) != Some(&given);
        if known.as_ref().is_some_and(is_news) {
            news.push((customer, c.code("channel", "channel", channel_of)?, given));
        }
    }
    tell(tx, said, &news).await?;
    changed.sort_unstable();
    changed.dedup();
    Ok(changed)
}

/// What is known of cards, by guest and channel.
type Known = BTreeMap<(CustomerId, i64), bool>;

async fn known(tx: &mut Session, said: &CardSaid<'_>) -> Result<Known> {
    let table = Table::default().ints("guest", said.words.iter().map(|(customer, ..)| customer.0));
    let text = "SELECT c.customer_id, c.channel, c.given FROM consents c
                WHERE c.purpose = $1 AND c.customer_id IN (SELECT r.guest FROM {rows})";
    let statement = sql(text).int(i64::from(said.purpose.code())).rows(table);
    let rows = tx.fetch(statement).await?;
    let known = rows.iter().map(|row| {
        let c = row.columns();
        Ok(((CustomerId(c.int("customer_id")?), c.int("channel")?), c.flag("given")?))
    });
    known.collect()
}

/// Tells of what has changed.
async fn tell(tx: &mut Session, said: &CardSaid<'_>, news: &[(CustomerId, Channel, bool)]) -> Result<()> {
    if news.is_empty() {
        return Ok(());
    }
    let notice = |(customer, channel, given): &(CustomerId, Channel, bool)| Notice {
        org: said.org,
        at: said.at,
        what: What::ConsentChanged {
            customer: *customer,
            channel: *channel,
            purpose: said.purpose,
            given: *given,
            source: said.source,
        },
    };
    append(tx, &news.iter().map(notice).collect::<Vec<_>>()).await
}

fn channel_of(code: i16) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| *channel as i16 == code)
}

/// A word about one card, with its own author and time.
#[derive(Debug, Clone)]
pub(crate) struct EachSaid {
    pub customer: CustomerId,
    pub channel: Channel,
    pub purpose: Purpose,
    pub given: bool,
    pub source: WordSource,
    pub at: Timestamp,
    pub how: String,
}

impl EachSaid {
    fn word(&self) -> CardWord {
        CardWord {
            given: self.given,
            at: self.at,
            source: self.source,
        }
    }
}

/// Writes many at once where they replace what is known. Whoever brings them knows what they are, so nobody is told.
pub(crate) async fn say_each(tx: &mut Session, org: OrgId, all: &[EachSaid]) -> Result<()> {
    // One statement may write a row once, so those of one card are weighed here: in the order of their times, as they were said.
    let mut in_order: Vec<&EachSaid> = all.iter().collect();
    in_order.sort_by_key(|it| (it.at, !it.given));
    let mut latest: BTreeMap<(CustomerId, i64, i16), &EachSaid> = BTreeMap::new();
    for it in in_order {
        let known = latest
            .entry((it.customer, it.channel as i64, it.purpose.code()))
            .or_insert(it);
        if it.word().overrules(&known.word()) {
            *known = it;
        }
    }
    if latest.is_empty() {
        return Ok(());
    }
    let table = Table::default()
        .ints("customer", latest.keys().map(|(customer, ..)| customer.0))
        .ints("channel", latest.keys().map(|(_, channel, _)| *channel))
        .ints("purpose", latest.keys().map(|(.., purpose)| i64::from(*purpose)))
        .ints("given", latest.values().map(|it| i64::from(it.given)))
        .ints("source", latest.values().map(|it| i64::from(it.source.code())))
        .ints("at", latest.values().map(|it| it.at.0))
        .texts("how", latest.values().map(|it| it.how.as_str()));
    let text = format!(
        "INSERT INTO consents (org_id, customer_id, channel, purpose, given, source, at, how)
         SELECT $1, r.customer, r.channel, r.purpose, r.given = 1, r.source, r.at, r.how FROM {{rows}}
         WHERE TRUE ORDER BY r.customer, r.channel
         ON CONFLICT (customer_id, channel, purpose)
         DO UPDATE SET given = excluded.given, at = excluded.at, how = excluded.how, source = excluded.source WHERE {}",
        Replaces::ByAuthority.condition()
    );
    tx.execute(sql(text).int(i64::from(org.0)).rows(table)).await?;
    Ok(())
}

/// Writes words about cards into the ledger; without a channel a word is about all that there are.
pub(crate) async fn write(
    tx: &mut Session,
    said: &CardSaid<'_>,
    words: &[(CustomerId, Option<Channel>, bool)],
    text_version: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    let word = |given: bool| if given { Word::Given } else { Word::Withdrawn };
    let table = Table::default()
        .ints("customer", words.iter().map(|(customer, ..)| customer.0))
        .ints(
            "channel",
            words.iter().map(|(_, channel, _)| channel.map(|it| it as i64)),
        )
        .ints("word", words.iter().map(|(.., given)| i64::from(word(*given).code())));
    let text = "INSERT INTO consent_words (org_id, purpose, source, how, text_version, at, came_at, customer_id, channel, word)
                SELECT $1, $2, $3, $4, $5, $6, $7, r.customer, r.channel, r.word FROM {rows}";
    let statement = sql(text)
        .int(i64::from(said.org.0))
        .int(i64::from(said.purpose.code()))
        .int(i64::from(said.source.code()))
        .text(said.how)
        .text(text_version)
        .int(said.at.0)
        .int(now.0)
        .rows(table);
    tx.execute(statement).await?;
    Ok(())
}
