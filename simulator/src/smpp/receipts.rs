//! What the SMSC sends to its clients: receipts, now or later, and guests' messages.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::config::SmppConfig;
use super::pdu::{Deliver, Dress, ReceiptTlvs, Submit};
use super::session::Line;
use crate::answers::Told;
use crate::timeline::{Next, Timeline};

const RECEIPT: u8 = 0x04;

/// The connections over which the SMSC may send.
#[derive(Default)]
pub(super) struct Lines(Mutex<Vec<Line>>);

impl Lines {
    pub(super) fn add(&self, line: Line) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.retain(Line::is_open);
        lines.push(line);
    }

    /// Sends it to one of the clients; receipts may come over any bind of the account.
    pub(super) async fn tell(&self, deliver: &Deliver) -> bool {
        let line = {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.retain(Line::is_open);
            // The clients take turns.
            let next = lines.iter().position(|line| line.is_of(deliver.account.as_deref()));
            next.map(|next| {
                let line = lines.remove(next);
                lines.push(line.clone());
                line
            })
        };
        match line {
            Some(line) => line.tell(deliver).await,
            None => false,
        }
    }
}

/// A receipt and how often it was tried.
struct Posting {
    deliver: Deliver,
    tries: u32,
}

pub(super) struct Receipts(Timeline<Posting>);

impl Receipts {
    pub(super) fn start(config: &SmppConfig, lines: Arc<Lines>, stop: CancellationToken, tasks: &TaskTracker) -> Self {
        let (retry, max_tries) = (
            Duration::from_millis(config.receipts.retry_ms),
            config.receipts.max_tries,
        );
        Self(Timeline::start(stop, tasks, move |mut told: Posting| {
            let lines = Arc::clone(&lines);
            async move {
                if lines.tell(&told.deliver).await {
                    return None;
                }
                told.tries += 1;
                let next: Next<Posting> = (told.tries < max_tries).then_some((retry, told));
                if next.is_none() {
                    tracing::warn!("gave up an SMPP receipt");
                }
                next
            }
        }))
    }

    pub(super) fn after(&self, wait: Duration, deliver: Deliver) {
        self.0.after(wait, Posting { deliver, tries: 0 });
    }
}

/// What a receipt says.
pub(super) struct Ended {
    stat: String,
    state: u8,
    error: u16,
}

impl Ended {
    pub(super) fn by_chance(delivered: bool) -> Self {
        let (stat, state, error) = if delivered {
            ("DELIVRD", 2, 0)
        } else {
            ("UNDELIV", 5, 1)
        };
        Self {
            stat: stat.to_owned(),
            state,
            error,
        }
    }

    /// The ordered fields: `stat`, `state` (the number in the TLV) and `err`.
    pub(super) fn ordered(told: &Told) -> Self {
        let word = |name: &str| told.get(name).map(String::as_str).unwrap_or_default();
        Self {
            stat: word("stat").to_owned(),
            state: word("state").parse().unwrap_or_default(),
            error: word("err").parse().unwrap_or_default(),
        }
    }
}

/// A receipt in the form of the specification's appendix B.
pub(super) fn receipt(config: &SmppConfig, account: &Arc<str>, submit: &Submit, number: u32, ended: &Ended) -> Deliver {
    let id = config.receipt_ids.write(number);
    let Ended { stat, state, error } = ended;
    let count = if stat == "DELIVRD" { "001" } else { "000" };
    let now = Utc::now().format("%y%m%d%H%M");
    let text =
        format!("id:{id} sub:001 dlvrd:{count} submit date:{now} done date:{now} stat:{stat} err:{error:03} text:-");
    Deliver {
        account: Some(Arc::clone(account)),
        source: submit.destination.clone(),
        destination: submit.source.clone(),
        esm_class: RECEIPT,
        data_coding: 0,
        text: text.into_bytes(),
        receipt: config.receipts.tlvs.then_some(ReceiptTlvs {
            // The id of the answer (SMPP 3.4 §5.3.2.12), whatever form the text has.
            message_id: config.answer_ids.write(number),
            state: *state,
            error: *error,
        }),
        dress: Dress::default(),
    }
}
