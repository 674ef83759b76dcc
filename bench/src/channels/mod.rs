//! `bellhop-bench channels`: APNs and web push with the whole ledger, as a fraction of the same client without one.
//!
//! Both send the same number of messages with the same texts to the same addresses, over TLS, to the same simulated
//! provider, with as many requests under way, from one process. *Bare*: the messages are rendered and in memory, and
//! the process only calls the provider. *Fleet*: a mailing from its launch to its last recorded outcome, as
//! `bellhop-bench fleet` times it. Encryption for browsers is also measured on its own: once on one thread, once on
//! all.

mod bare;
mod bare_sender;
mod encryption;
mod report;

pub use bare_sender::run as bare_sender;

use super::machine::Machine;
use super::mailing;
use super::progress;
use super::stage::Stage;
use super::timed::Pairs;
use anyhow::Result;
use bellhop_domain::EndpointKind;

/// The kinds of address that are sent to, each by a provider of its own.
const KINDS: [EndpointKind; 2] = [EndpointKind::Apns, EndpointKind::WebPush];

pub async fn run(messages: u32, pairs: u32, json: bool) -> Result<()> {
    progress(&format!(
        "bench channels: starting servers, loading {messages} guests with an app and a browser each"
    ));
    let stage = Stage::set(&KINDS, messages).await?;
    let machine = Machine::describe(&stage.cluster).await?;
    let encryption = encryption::measure(&stage).await?;
    progress(&encryption.line());
    let mut channels = KINDS.map(Pairs::new);
    let lists = bare::lists(&stage, &KINDS).await?;
    for _ in 0..pairs.max(1) {
        for (channel, list) in channels.iter_mut().zip(&lists) {
            let bare = bare::run(&stage, channel.kind, list).await?;
            progress(&channel.add(bare, mailing::run(&stage, channel.kind).await?));
        }
    }
    let loaded_in = stage.loaded_in;
    stage.strike().await?;
    report::print(
        &report::ChannelsReport {
            machine,
            messages,
            loaded_in,
            channels,
            encryption,
        },
        json,
    )
}
