//! Words about cards: what holds of a card, and the ledger's row of it. Whoever writes one, an address that is heard, a
//! page, another system or a file, does it by these statements.

use crate::Result;
use crate::guests::codes::own_sources;
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::{Word, WordSource};
use bellhop_domain::{Channel, CustomerId, OrgId, Purpose, Timestamp};

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
         WHERE {} RETURNING customer_id, given",
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
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        changed.push((CustomerId(c.int("customer_id")?), c.flag("given")?));
    }
    changed.sort_unstable();
    changed.dedup();
    Ok(changed)
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
