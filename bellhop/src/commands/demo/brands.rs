//! The demo's two brands, each an organisation with senders of its own.
//!
//! An organisation uses its first sender for a kind of address, so the second brand shows the other way to send an
//! SMS and a WhatsApp message.

use bellhop_domain::Channel;
use bellhop_settings::OrganisationSection;
use bellhop_simulator::{Channel as Far, Running};
use secrecy::SecretString;

/// Which of the brands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand {
    /// The configuration's first organisation.
    Pizza,
    Sushi,
}

/// The second brand's slug.
pub const SUSHI: &str = "demo-sushi";

/// A channel of a brand, and the simulated providers that it goes through.
pub struct Way {
    pub brand: Brand,
    pub channel: Channel,
    pub through: &'static str,
    pub lanes: &'static [Far],
}

/// Every way, in the order of the last table.
pub const WAYS: [Way; 7] = [
    way(Brand::Pizza, Channel::Push, "FCM, APNs", &[Far::Push, Far::Apns]),
    way(
        Brand::Pizza,
        Channel::WebPush,
        "browsers' push service",
        &[Far::WebPush],
    ),
    way(Brand::Pizza, Channel::WhatsApp, "WhatsApp Cloud API", &[Far::Whatsapp]),
    way(Brand::Pizza, Channel::Telegram, "Telegram bot", &[Far::Telegram]),
    way(Brand::Pizza, Channel::Sms, "SMS gateway over HTTP", &[Far::Sms]),
    way(Brand::Sushi, Channel::WhatsApp, "WhatsApp number by WAHA", &[Far::Waha]),
    way(Brand::Sushi, Channel::Sms, "SMSC over SMPP", &[Far::Smpp]),
];

const fn way(brand: Brand, channel: Channel, through: &'static str, lanes: &'static [Far]) -> Way {
    Way {
        brand,
        channel,
        through,
        lanes,
    }
}

/// The second brand, beside the configured one.
pub fn sushi(beside: &OrganisationSection) -> OrganisationSection {
    OrganisationSection {
        slug: SUSHI.to_owned(),
        name: "Sushi".to_owned(),
        ..beside.clone()
    }
}

/// Both brands' API keys, for guests who open and order.
pub struct Keys {
    pub pizza: SecretString,
    pub sushi: SecretString,
}

/// Lets the providers call the brands' webhooks.
pub fn connect(simulator: &Running, api_url: &str, pizza: &str) {
    for (lane, organisation, sender) in [
        (Far::Sms, pizza, "sms"),
        (Far::Whatsapp, pizza, "whatsapp"),
        (Far::Telegram, pizza, "telegram"),
        (Far::Waha, SUSHI, "whatsapp"),
    ] {
        let url = format!("{api_url}/webhooks/{organisation}/{sender}");
        simulator.set_callback_url(lane, Some(url));
    }
}
