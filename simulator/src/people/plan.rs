//! What a guest will do about a message: a pure function of the seed, the address and the text.

use super::Act;
use crate::config::PeopleConfig;
use crate::draw::{Draw, fingerprint};
use crate::ledger::{Channel, Received};

/// How a guest reacts to one message. Waits are simulated seconds.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) act: Option<Act>,
    pub(super) preview: Option<Act>,
    pub(super) after_s: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedOrder {
    pub(super) order_id: String,
    /// The lane on which the message came.
    pub(super) lane: Channel,
    pub(super) who: Who,
    pub(super) total_cents: u64,
    pub(super) promo: Option<String>,
    /// Counted from the opening.
    pub(super) after_s: u64,
}

/// How the brand's till identifies the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Customer(String),
    /// Digits without a plus.
    Phone(String),
}

/// What the guest will do; `None` for a guest who does nothing.
pub(super) fn opening(
    config: &PeopleConfig,
    channel: Channel,
    received: &Received<'_>,
    customer_id: &str,
) -> Option<Opening> {
    let (mut draw, order_number) = character(config, received);
    let [opens, previewed, orders, uses_promo] = [(); 4].map(|()| draw.fraction());
    let after_s = draw.between(config.open_after_s[0], config.open_after_s[1]);
    let order = who(channel, received, customer_id)
        .filter(|_| orders < config.order)
        .map(|who| PlannedOrder {
            order_id: format!("sim-{order_number:016x}"),
            lane: channel,
            who,
            total_cents: draw.between(config.order_total_cents[0], config.order_total_cents[1]),
            promo: config.promo.clone().filter(|_| uses_promo < config.use_promo),
            after_s: draw.between(config.order_after_s[0], config.order_after_s[1]),
        });
    let opening = match channel {
        // A click leads to the personal link; the browser tells Bellhop nothing else.
        Channel::WebPush => {
            let link = Some(received.link).filter(|link| !link.is_empty() && opens < config.open_push)?;
            Opening {
                act: Some(Act::FollowLink {
                    url: rewrite(link, config.link_base.as_deref()),
                    order,
                }),
                preview: None,
                after_s,
            }
        }
        Channel::Push | Channel::Apns => {
            let message_id = Some(received.message_id).filter(|id| !id.is_empty() && opens < config.open_push)?;
            Opening {
                act: Some(Act::OpenPush {
                    message_id: message_id.to_owned(),
                    lane: channel,
                    order,
                }),
                preview: None,
                after_s,
            }
        }
        Channel::Sms | Channel::Smpp | Channel::Whatsapp | Channel::Waha | Channel::GreenApi | Channel::Telegram => {
            let url = rewrite(first_link(received.body)?, config.link_base.as_deref());
            let preview = (previewed < config.preview_robot).then(|| Act::PreviewLink { url: url.clone() });
            let act = (opens < config.follow_sms).then_some(Act::FollowLink { url, order });
            Opening { act, preview, after_s }
        }
    };
    (opening.act.is_some() || opening.preview.is_some()).then_some(opening)
}

/// The guest's chances with this message, and a number for the order that may come of it.
fn character(config: &PeopleConfig, received: &Received<'_>) -> (Draw, u64) {
    let text = match first_link(received.body) {
        Some(link) => received.body.replacen(link, "", 1),
        None => received.body.to_owned(),
    };
    let subject = fingerprint(&format!("{}\u{0}{}\u{0}{text}", received.recipient, received.title));
    let order_number = Draw::new(config.seed, "order", fingerprint(received.message_id), 0).next();
    (Draw::new(config.seed, "guest", subject, 0), order_number)
}

fn who(channel: Channel, received: &Received<'_>, customer_id: &str) -> Option<Who> {
    match channel {
        Channel::Push | Channel::Apns | Channel::WebPush => Some(customer_id.to_owned())
            .filter(|id| !id.is_empty())
            .map(Who::Customer),
        Channel::Sms | Channel::Smpp | Channel::Whatsapp | Channel::Waha | Channel::GreenApi => {
            let digits = received.recipient.trim_start_matches('+').trim_end_matches("@c.us");
            // WhatsApp may know the guest by a user id that is not a phone.
            let is_phone = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_phone.then(|| Who::Phone(digits.to_owned()))
        }
        // The till does not know Telegram ids.
        Channel::Telegram => None,
    }
}

/// The first link of a text, without the punctuation that ends its sentence.
fn first_link(text: &str) -> Option<&str> {
    let start = text
        .match_indices("http")
        .map(|(at, _)| &text[at..])
        .find(|rest| rest.starts_with("http://") || rest.starts_with("https://"))?;
    let end = start.find(char::is_whitespace).unwrap_or(start.len());
    Some(start[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'', '»', '”']))
}

/// The link with another base; path and query stay.
fn rewrite(link: &str, base: Option<&str>) -> String {
    let Some(base) = base else {
        return link.to_owned();
    };
    let after_scheme = link.split_once("://").map_or(link, |(_, rest)| rest);
    let path = after_scheme.find('/').map_or("", |slash| &after_scheme[slash..]);
    format!("{}{path}", base.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_link_is_found_and_moved() {
        let cases = [
            (
                "Ждём вас: https://go.brand.ru/t/Ab3, скидка 20%",
                Some("https://go.brand.ru/t/Ab3"),
            ),
            ("(http://a.b/c?d=e)", Some("http://a.b/c?d=e")),
            ("httpd http:/x", None),
            ("", None),
        ];
        for (text, link) in cases {
            assert_eq!(first_link(text), link, "{text}");
        }
        let base = Some("http://127.0.0.1:8080/");
        assert_eq!(
            rewrite("https://go.brand.ru/t/Ab3?x=1", base),
            "http://127.0.0.1:8080/t/Ab3?x=1"
        );
        assert_eq!(rewrite("https://go.brand.ru", base), "http://127.0.0.1:8080");
        assert_eq!(rewrite("https://go.brand.ru/t", None), "https://go.brand.ru/t");
    }

    #[test]
    fn shares_follow_the_configuration_and_do_not_hang_on_message_ids() {
        let config = PeopleConfig {
            open_push: 0.4,
            ..PeopleConfig::default()
        };
        let openers = |run: &str| -> Vec<u32> {
            let opens = |n: &u32| {
                let (token, id) = (format!("token-{n}"), format!("{run}-{n}"));
                let received = Received {
                    recipient: &token,
                    message_id: &id,
                    title: "Hi",
                    ..Received::default()
                };
                opening(&config, Channel::Push, &received, "c").is_some()
            };
            (0..5_000).filter(opens).collect()
        };
        let first = openers("a");
        assert!((1_850..2_150).contains(&first.len()), "{}", first.len());
        assert_eq!(first, openers("b"));
    }
}
