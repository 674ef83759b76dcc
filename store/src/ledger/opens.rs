//! Opens: by people, who end the waterfall, and by robots, who are kept and not counted.

use super::codes::ATTEMPT_MAY_BE_OUT;
use super::kept_opens::{Keeping, keeping, kept, shortened};
use super::runs::Spec;
use super::types::{Links, OpenClass};
use crate::Result;
use crate::base::happened::{self, Event};
use crate::sql::{Session, sql};
use bellhop_domain::event::EventKind;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use serde_json::{Map, json};

impl OpenClass {
    pub const ALL: [OpenClass; 6] = [
        OpenClass::Tap,
        OpenClass::Link,
        OpenClass::Preview,
        OpenClass::Prefetch,
        OpenClass::Read,
        OpenClass::Click,
    ];

    pub const fn code(self) -> i16 {
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
            OpenClass::Read => "read",
            OpenClass::Click => "click",
        }
    }

    pub fn by_a_person(self) -> bool {
        !matches!(self, OpenClass::Preview | OpenClass::Prefetch)
    }

    /// Whether an order may be credited to it (PRODUCT.md §9).
    pub fn credits(self) -> bool {
        self.by_a_person() && self != OpenClass::Read
    }
}

impl Links {
    pub(super) fn of(spec: Spec) -> Self {
        let web_push = spec.contents.web_push;
        let (click, actions) = web_push.map_or((None, Vec::new()), |w| (w.link, w.actions));
        Links {
            web_push: click.or_else(|| spec.link.clone()),
            actions: actions.into_iter().map(|action| action.link).collect(),
            mailing: spec.link,
        }
    }
}

/// Keeps an open of a message that the caller has locked, and ends the message if it was a person's.
pub(super) async fn write(
    tx: &mut Session,
    org: OrgId,
    message: MessageId,
    class: OpenClass,
    user_agent: Option<&str>,
    at: Timestamp,
) -> Result<()> {
    let agent = user_agent.map(shortened);
    let kept = kept(tx, message, class, agent).await?;
    match keeping(class, &kept) {
        Keeping::Row => {}
        Keeping::Repeat(row) => {
            let text = "UPDATE opens SET repeats = repeats + 1 WHERE id = $1";
            tx.execute(sql(text).int(row)).await?;
            return Ok(());
        }
        Keeping::Nothing => return Ok(()),
    }
    let text = "INSERT INTO opens (org_id, message_id, at, class, user_agent) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(
        sql(text)
            .int(i64::from(org.0))
            .message(message)
            .int(at.0)
            .int(i64::from(class.code()))
            .text(agent),
    )
    .await?;
    if class.by_a_person() {
        end(tx, message, class, at).await?;
    }
    Ok(())
}

/// Whether somebody has tapped on the push of a message before.
pub(super) async fn was_tapped(tx: &mut Session, message: MessageId) -> Result<bool> {
    let text = "SELECT 1 FROM opens WHERE message_id = $1 AND class = $2 LIMIT 1";
    let statement = sql(text).message(message).int(i64::from(OpenClass::Tap.code()));
    Ok(tx.first(statement).await?.is_some())
}

/// A tap on a push opens the app, which is an event of the guest.
pub(super) async fn tell_of_app(
    tx: &mut Session,
    org: OrgId,
    customer: CustomerId,
    message: MessageId,
    at: Timestamp,
) -> Result<()> {
    let number = happened::draw(tx, 1).await?.first().copied().unwrap_or_default();
    let event = Event {
        number,
        kind: EventKind::AppOpened,
        name: None,
        customer,
        at,
        data: Map::from_iter([("message_id".to_owned(), json!(message))]),
    };
    happened::keep_made(tx, org, std::slice::from_ref(&event), at).await?;
    happened::tell(tx, org, vec![event], at).await
}

/// Ends the message as opened. The first open's time and channel stay; a link followed after a tap is kept beside.
async fn end(tx: &mut Session, message: MessageId, class: OpenClass, at: Timestamp) -> Result<()> {
    let channel = channel(tx, message, class).await?;
    let link_at = (class == OpenClass::Link && channel == Channel::Sms).then_some(at.0);
    let text = "UPDATE messages SET state = $2, waiting_for = NULL, due_at = NULL, reason = NULL,
                    opened_channel = CASE WHEN opened_at IS NULL THEN $4 ELSE opened_channel END,
                    opened_at = COALESCE(opened_at, $3),
                    link_opened_at = COALESCE(link_opened_at, $5)
                WHERE id = $1";
    tx.execute(
        sql(text)
            .message(message)
            .int(i64::from(MessageState::Opened.code()))
            .int(at.0)
            .int(channel as i64)
            .int(link_at),
    )
    .await?;
    Ok(())
}

/// The channel of what the guest opened: a tap belongs to the app, a click to a web push, and a link to a text
/// message. Of several attempts the last one counts; if there are none, the channel that the message is about to use,
/// because its open came before its outcome was recorded.
async fn channel(tx: &mut Session, message: MessageId, class: OpenClass) -> Result<Channel> {
    let text = format!(
        "SELECT kind, lease FROM attempts WHERE message_id = $1 AND state IN {ATTEMPT_MAY_BE_OUT}
         UNION ALL
         SELECT e.kind, -1 FROM messages m JOIN endpoints e ON e.id = m.endpoint_id WHERE m.id = $1
         ORDER BY 2"
    );
    let rows = tx.fetch(sql(text).message(message)).await?;
    let mut channels = Vec::with_capacity(rows.len());
    for row in &rows {
        channels.push(
            row.columns()
                .code("kind", "endpoint kind", EndpointKind::from_code)?
                .channel(),
        );
    }
    Ok(opened_channel(&channels, class))
}

/// `tried` begins with the channel of the message's present address.
pub(super) fn opened_channel(tried: &[Channel], class: OpenClass) -> Channel {
    let latest = |of: &[Channel]| tried.iter().rfind(|channel| of.contains(channel)).copied();
    let fits = match class {
        OpenClass::Tap => latest(&[Channel::Push]).or_else(|| latest(&[Channel::WebPush])),
        OpenClass::Click => latest(&[Channel::WebPush]),
        OpenClass::Read => latest(&[Channel::WhatsApp]),
        OpenClass::Link | OpenClass::Preview | OpenClass::Prefetch => {
            tried.iter().rfind(|channel| channel.is_opened_by_link()).copied()
        }
    };
    fits.or(tried.last().copied()).unwrap_or(Channel::Push)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_open_has_its_channel() {
        use Channel::*;
        for (tried, class, expected) in [
            (&[Sms, Push, Sms][..], OpenClass::Link, Sms),
            (&[Sms, Push, Sms], OpenClass::Tap, Push),
            (&[Push, Push], OpenClass::Link, Push),
            (&[Sms, Sms], OpenClass::Tap, Sms),
            (&[Sms, WhatsApp, Sms], OpenClass::Link, Sms),
            // The next step's address is chosen, and the link stands in what went out before.
            (&[Sms, WhatsApp], OpenClass::Link, WhatsApp),
            (&[Sms, WhatsApp, Sms], OpenClass::Read, WhatsApp),
            (&[WebPush, Push, WebPush], OpenClass::Tap, Push),
            (&[WebPush, WebPush], OpenClass::Tap, WebPush),
            (&[Sms, WebPush, Sms], OpenClass::Click, WebPush),
            (&[WebPush, Push], OpenClass::Click, WebPush),
            (&[WebPush], OpenClass::Click, WebPush),
            (&[], OpenClass::Tap, Push),
        ] {
            assert_eq!(opened_channel(tried, class), expected, "{tried:?} {class:?}");
        }
    }

    #[test]
    fn robots_are_nobody_and_reading_buys_nothing() {
        let people: Vec<_> = OpenClass::ALL.into_iter().filter(|c| c.by_a_person()).collect();
        assert_eq!(
            people,
            [OpenClass::Tap, OpenClass::Link, OpenClass::Read, OpenClass::Click]
        );
        let crediting: Vec<_> = OpenClass::ALL
            .into_iter()
            .filter(|c| c.credits())
            .map(|c| c.code())
            .collect();
        // The classes that store/src/statistics/credits.rs asks for.
        assert_eq!(crediting, [1, 2, 6]);
    }
}
