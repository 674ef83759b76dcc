//! Opens: by people, who end the waterfall, and by robots, who are kept and not counted.

use super::runs::parse_spec;
use super::types::{OpenClass, Opened};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::message::MessageState;
use bellhop_domain::*;

impl OpenClass {
    pub const ALL: [OpenClass; 4] = [OpenClass::Tap, OpenClass::Link, OpenClass::Preview, OpenClass::Prefetch];

    pub fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            OpenClass::Tap => "tap",
            OpenClass::Link => "link",
            OpenClass::Preview => "preview",
            OpenClass::Prefetch => "prefetch",
        }
    }

    pub fn by_a_person(self) -> bool {
        matches!(self, OpenClass::Tap | OpenClass::Link)
    }
}

/// Locks the message: an open that is committed before a request starts stops it; after, it raced it.
pub(super) async fn open(
    db: &Db,
    org: Option<OrgId>,
    message: MessageId,
    class: OpenClass,
    user_agent: Option<&str>,
    at: Timestamp,
) -> Result<Option<Opened>> {
    let mut tx = Session::begin(db).await?;
    let text = "SELECT m.org_id, m.run_id, m.opened_at, runs.spec FROM messages m JOIN runs ON runs.id = m.run_id
                WHERE m.id = $1 AND m.org_id = COALESCE($2, m.org_id) {lock}";
    let statement = sql(text)
        .int(message.to_sql())
        .int(org.map(|o| i64::from(o.0)))
        .lock("FOR UPDATE OF m");
    let Some(row) = tx.first(statement).await? else {
        return Ok(None);
    };
    let mut c = row.cells();
    let (org, run) = (OrgId(c.int()? as i32), RunId(c.int()?));
    let first = c.opt_int()?.is_none() && class.by_a_person();
    let link = parse_spec(run, &c.text()?)?.link;
    let text = "INSERT INTO opens (org_id, message_id, at, class, user_agent) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(
        sql(text)
            .int(i64::from(org.0))
            .int(message.to_sql())
            .int(at.0)
            .int(i64::from(class.code()))
            .text(user_agent),
    )
    .await?;
    if class.by_a_person() {
        end(&mut tx, message, class, at).await?;
    }
    tx.commit().await?;
    Ok(Some(Opened { org, run, link, first }))
}

/// Ends the message as opened. The first open's time and channel stay; a link followed after a tap is kept beside.
async fn end(tx: &mut Session, message: MessageId, class: OpenClass, at: Timestamp) -> Result<()> {
    let channel = channel(tx, message, class).await?;
    let link_at = (class == OpenClass::Link).then_some(at.0);
    let text = "UPDATE messages SET state = $2, waiting_for = NULL, due_at = NULL, reason = NULL,
                    opened_channel = CASE WHEN opened_at IS NULL THEN $4 ELSE opened_channel END,
                    opened_at = COALESCE(opened_at, $3),
                    link_opened_at = COALESCE(link_opened_at, $5)
                WHERE id = $1";
    tx.execute(
        sql(text)
            .int(message.to_sql())
            .int(i64::from(MessageState::Opened.code()))
            .int(at.0)
            .int(channel as i64)
            .int(link_at),
    )
    .await?;
    Ok(())
}

/// What the guest opened: a tap is the app's or the browser's, a link stands in a text message. Of several, the
/// attempt made last; without any, the channel that the message is about to use (its open came before its record).
async fn channel(tx: &mut Session, message: MessageId, class: OpenClass) -> Result<Channel> {
    let text = "SELECT kind FROM attempts WHERE message_id = $1 AND state IN (1, 2, 5, 7, 8)
                UNION ALL
                SELECT e.kind FROM messages m JOIN endpoints e ON e.id = m.endpoint_id WHERE m.id = $1";
    let rows = tx.fetch(sql(text).int(message.to_sql())).await?;
    let mut channels = Vec::with_capacity(rows.len());
    for row in &rows {
        channels.push(row.cells().code("endpoint kind", EndpointKind::from_code)?.channel());
    }
    Ok(opened_channel(&channels, class))
}

fn opened_channel(tried: &[Channel], class: OpenClass) -> Channel {
    let fits = |channel: &&Channel| match class {
        OpenClass::Link => channel.is_opened_by_link(),
        _ => !channel.is_opened_by_link(),
    };
    let otherwise = Channel::Push;
    *tried.iter().rfind(fits).or(tried.last()).unwrap_or(&otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_the_text_messages_and_a_tap_the_apps() {
        use Channel::*;
        for (tried, class, expected) in [
            (&[Push, Sms][..], OpenClass::Link, Sms),
            (&[Push, Sms], OpenClass::Tap, Push),
            (&[Push], OpenClass::Link, Push),
            (&[Sms], OpenClass::Tap, Sms),
            (&[WhatsApp, Sms], OpenClass::Link, Sms),
            (&[], OpenClass::Tap, Push),
        ] {
            assert_eq!(opened_channel(tried, class), expected, "{tried:?} {class:?}");
        }
    }
}
