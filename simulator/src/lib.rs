//! The far side of Bellhop's providers over their real protocols, for the demo, tests, proofs and benches.
//!
//! It keeps its own ledger of what it accepted, from whom, when and how often, whatever it then answered. It fails by
//! probability, by seed and by magic recipient as its README lists. If asked, it plays guests who open, follow
//! links and order.
//!
//! It never shares code with the clients it tests: every wire format here is written a second time, from the
//! providers' documents alone, so that a mistake on one side is noticed by the other. It is not a real provider:
//! nothing leaves the machine.

mod admin;
mod answers;
mod apns;
mod callbacks;
mod channel;
mod config;
mod draw;
mod error;
mod faults;
mod fcm;
mod graph;
mod green_api;
mod launch;
mod ledger;
mod linked_phone;
mod ordered;
mod people;
mod refusals;
mod running;
mod sections;
mod serve;
mod smpp;
mod sms;
mod telegram;
mod timeline;
mod waha;
mod web_push;
mod world;

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use callbacks::CallbackConfig;
pub use config::{ApnsConfig, FcmConfig, PeopleConfig, ReportsConfig, SimulatorConfig, SmsConfig, Tls, WebPushConfig};
pub use error::StartError;
pub use faults::{ChannelFaults, Fault, Faults, InvalidFaults, ResetScope};
pub use graph::{GraphConfig, GraphTemplate};
pub use green_api::{GreenApiConfig, GreenApiState};
pub use ledger::{ByChannel, Channel, ChannelSummary, Summary};
pub use linked_phone::LinkedPhoneConfig;
pub use people::PeopleSummary;
pub use running::Running;
pub use smpp::{IdForm, SmppConfig, SmppReceipts};
pub use telegram::TelegramConfig;
pub use waha::{WahaConfig, WahaEngine, WahaState};

use apns::Apns;
use fcm::Fcm;
use graph::Graph;
use green_api::GreenApi;
use launch::Launch;
use smpp::Smpp;
use sms::Sms;
use telegram::Telegram;
use waha::Waha;
use web_push::WebPush;
use world::World;

/// Starts simulators; see [`Simulator::start`].
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Binds the listeners of the providers that are configured and serves them on the current Tokio runtime until [`Running::shutdown`] or drop.
    ///
    /// # Errors
    /// When a port is taken, a file cannot be written or read, or the configuration is impossible; each error says which.
    pub async fn start(config: SimulatorConfig) -> Result<Running, StartError> {
        config.faults.validate()?;
        let stop = CancellationToken::new();
        // From here on an error stops what was started.
        let guard = stop.clone().drop_guard();
        let world = Arc::new(World::new(config.seed, config.faults.clone()));
        let mut launch = Launch::new(world, &config.tls, config.fcm.max_concurrent_streams, stop)?;
        let fcm = Fcm::open(&mut launch, config.fcm_addr, &config.fcm).await?;
        Sms::open(&mut launch, config.sms_addr, &config.sms).await?;
        let apns = match &config.apns {
            Some(section) => Some(Apns::open(&mut launch, section).await?),
            None => None,
        };
        if let Some(smpp) = &config.smpp {
            Smpp::open(&mut launch, smpp).await?;
        }
        Waha::open(&mut launch, config.waha.as_ref()).await?;
        GreenApi::open(&mut launch, config.green_api.as_ref()).await?;
        Telegram::open(&mut launch, config.telegram.as_ref()).await?;
        if let Some(whatsapp) = &config.whatsapp {
            Graph::open(&mut launch, whatsapp).await?;
        }
        let web_push = WebPush::open(&mut launch, config.web_push.as_ref()).await?;
        let admin_addr = launch.serve_admin(config.admin_addr).await?;
        let running = Running {
            admin_addr,
            ca_pem: config.tls.ca_file().map(Path::to_owned),
            fcm,
            web_push,
            apns,
            world: launch.world(),
            guard,
            stop: launch.stop(),
            tasks: launch.tasks(),
            connections: launch.connections(),
            listeners: launch.listeners,
            callback_urls: launch.callback_urls,
        };
        config.people.iter().try_for_each(|people| running.invite(people))?;
        running.write_service_account(config.fcm.service_account_file.as_deref())?;
        Ok(running)
    }
}
