//! The settings of the world's organisation, and of another one beside it.

use bellhop_api::Desk;
use bellhop_channels::config::SecretSource;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_domain::{Timestamp, Zone};
use bellhop_settings::sealed::Keys;
use bellhop_store::guests::RestaurantSpec;
use bellhop_store::settings::{Change, Changes, SettingsBook};
use bellhop_store::{SqlStore, StoreError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What stands in the variable that the sender of SMS names.
pub const PASSWORD: &str = "hunter2-of-the-gateway";

/// The organisation's section, as it is read.
pub fn organisation() -> Value {
    json!({ "slug": "brand", "name": "Brand", "currency": "RUB", "timezone": "Europe/Moscow", "region": "RU",
            "locale": "ru", "attribution_hours": 72 })
}

/// A restaurant whose time zone is set.
pub fn restaurant() -> Value {
    json!({ "organisation": "brand", "name": "Arbat", "timezone": "Europe/Samara" })
}

/// A sender of SMS.
pub fn sms(organisation: &str, name: &str, rate: &str) -> Value {
    json!({ "organisation": organisation, "name": name, "provider": "sms_http", "rate": rate,
            "settings": { "preset": "smsc_ru", "values": { "login": "brand" },
                          "secrets": { "password": { "env": "SMSC_PASSWORD" } } } })
}

/// Writes the settings, at version 1; the organisations' rows stay as they are.
pub async fn settle(store: &SqlStore, now: Timestamp) -> Result<(), StoreError> {
    let marketing = json!({ "quiet_hours": "22:00-09:00", "release_minutes": 30, "frequency_cap": "1/day",
                            "stop_covers": "channel", "ask_back": { "en": "" }, "warm_up": [] });
    let mut rival = organisation();
    rival["slug"] = json!("rival");
    let put = |key, body| Change { key, body: Some(body) };
    let changes = [
        put(SettingKey::Marketing, marketing),
        put(SettingKey::Organisation("brand".to_owned()), organisation()),
        put(SettingKey::restaurant("brand", "Arbat"), restaurant()),
        put(SettingKey::sender("brand", "smsc"), sms("brand", "smsc", "10/s")),
        put(SettingKey::Organisation("rival".to_owned()), rival),
        put(SettingKey::sender("rival", "kitchen"), sms("rival", "kitchen", "7/s")),
        put(SettingKey::sender("rival", "smsc"), sms("rival", "smsc", "7/s")),
    ];
    let arbat = RestaurantSpec {
        organisation: "brand".to_owned(),
        name: "Arbat".to_owned(),
        timezone: Some(Zone::named("Europe/Samara").unwrap()),
        contact: None,
    };
    let changes = Changes {
        based_on: SettingsVersion(0),
        changes: &changes,
        organisations: &[],
        restaurants: &[arbat],
        file: None,
        who: "anna",
        now,
    };
    store.change_settings(changes).await.map(|_| ())
}

fn environment(name: &str) -> Option<String> {
    match name {
        "SMSC_PASSWORD" => Some(PASSWORD.to_owned()),
        "KEY" => Some("ab".repeat(32)),
        _ => None,
    }
}

fn nonce() -> [u8; 12] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    nonce
}

/// By what the API changes settings, with a key to seal by.
pub fn desk(book: Arc<dyn SettingsBook>) -> Desk {
    let keys = Keys::read(&[SecretSource::Env("KEY".to_owned())], &environment).unwrap();
    Desk {
        book,
        keys: Arc::new(keys),
        environment,
        nonce,
        randomness: || [7; 32],
    }
}
