//! Web push's tests: the RFCs' own vectors, the outcome tables row by row, which URLs are called, the payload, and the
//! client against a scripted push service.

mod browser;
mod client;
mod encrypt;
mod guard;
mod history;
mod key;
mod outcome;
mod payload;
mod vapid;

use crate::{AttemptKey, Content, OutgoingMessage, WebPush};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bellhop_domain::{MessageId, Timestamp};

/// 2026-03-01T09:00:00Z
const NOW: Timestamp = Timestamp(1_772_355_600_000);

fn b64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn array<const N: usize>(text: &str) -> [u8; N] {
    b64(text).try_into().unwrap()
}

fn message<'a>(address: &'a str, push: WebPush<'a>) -> OutgoingMessage<'a> {
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(42),
            lease: 1,
        },
        address,
        content: Content::WebPush(push),
        collapse_key: "run-7",
        expires: Timestamp(NOW.0 + 3_600_000),
        now: NOW,
        last_inbound: None,
        customer: None,
    }
}

const PIZZA: WebPush<'static> = WebPush {
    title: "Pizza",
    body: "Tonight at half price",
    icon: None,
    image: None,
    link: Some("https://brand.example/p/abc"),
    actions: &[],
};
