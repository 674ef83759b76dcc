//! The far sides of the demo: every provider, simulated over its own protocol.

use super::brands::Keys;
use bellhop_simulator::{
    ApnsConfig, CallbackConfig, Channel as Far, ChannelFaults, Faults, FcmConfig, GraphConfig, GraphTemplate,
    PeopleConfig, SimulatorConfig, SmppConfig, TelegramConfig, Tls, WahaConfig, WebPushConfig,
};
use std::path::Path;

/// Providers in fast motion: a quarter of an hour passes in a second, and reports come within a second.
pub fn far_side(folder: &Path, api_url: &str, keys: &Keys) -> SimulatorConfig {
    let calls = || CallbackConfig {
        delay_ms: [100, 500],
        ..CallbackConfig::default()
    };
    SimulatorConfig {
        // A browser's subscription is an https address.
        tls: Tls::SelfSigned {
            ca_file: folder.join("authority.pem"),
        },
        people: Some(people(api_url, keys)),
        fcm: FcmConfig {
            service_account_file: Some(folder.join("firebase.json")),
            ..FcmConfig::default()
        },
        apns: Some(ApnsConfig {
            key_file: Some(folder.join("apns.p8")),
            ..ApnsConfig::default()
        }),
        web_push: Some(WebPushConfig::default()),
        whatsapp: Some(GraphConfig {
            access_token: "secret".into(),
            app_secret: "secret".into(),
            throughput_per_s: 1_000,
            templates: vec![GraphTemplate {
                name: "new_dish".to_owned(),
                language: "ru".to_owned(),
                category: "MARKETING".to_owned(),
                parameters: 2,
                ..GraphTemplate::default()
            }],
            webhooks: calls(),
            ..GraphConfig::default()
        }),
        telegram: Some(TelegramConfig::default()),
        smpp: Some(SmppConfig::default()),
        waha: Some(WahaConfig {
            api_key: "secret".into(),
            webhook: calls(),
            ..WahaConfig::default()
        }),
        faults: without_magic_numbers(),
        ..SimulatorConfig::default()
    }
}

fn people(api_url: &str, keys: &Keys) -> PeopleConfig {
    PeopleConfig {
        api_url: api_url.to_owned(),
        api_key: keys.pizza.clone(),
        lane_keys: [Far::Smpp, Far::Waha].map(|lane| (lane, keys.sushi.clone())).into(),
        promo: Some("BACK20".to_owned()),
        order_after_s: [600, 3_600],
        time_scale: 900.0,
        ..PeopleConfig::default()
    }
}

/// Faults without magic numbers: one random number in three hundred would be magic. Tokens are magic only if the
/// sample says so.
fn without_magic_numbers() -> Faults {
    let plain = || ChannelFaults {
        magic_recipients: false,
        ..ChannelFaults::default()
    };
    Faults {
        sms: plain(),
        smpp: plain(),
        whatsapp: plain(),
        waha: plain(),
        telegram: plain(),
        ..Faults::default()
    }
}
