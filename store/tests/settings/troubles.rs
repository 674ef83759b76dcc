//! What processes tell of settings that they could not make, and for how long it is believed.

use crate::database::Database;
use crate::on_both;
use bellhop_domain::Timestamp;
use bellhop_domain::setting::SettingsVersion;
use bellhop_store::settings::{TroubleReports, Troubled};

on_both!(what_a_process_has_told_holds_until_it_is_mended_or_silent);

const NOW: Timestamp = Timestamp(1_764_000_000_000);

fn after(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1_000)
}

async fn what_a_process_has_told_holds_until_it_is_mended_or_silent(database: Database) {
    let store = &database.store;
    let told = |process: &str, version, troubles: &[&str]| Troubled {
        process: process.to_owned(),
        version: SettingsVersion(version),
        troubles: troubles.iter().map(|&it| it.to_owned()).collect(),
    };
    let (worker, api) = (
        told("worker b-2", 7, &["sms: no file", "app: \"x\""]),
        told("api a-1", 7, &["sms: no file"]),
    );
    for (it, at) in [(&worker, 0), (&api, 5)] {
        store.tell_troubles(it, after(at)).await.unwrap();
    }
    assert_eq!(store.troubles(after(10)).await.unwrap(), [api.clone(), worker]);
    // The worker is silent, and the API has another trouble.
    let other = told("api a-1", 8, &["app: no key"]);
    store.tell_troubles(&other, after(61)).await.unwrap();
    assert_eq!(store.troubles(after(61)).await.unwrap(), [other]);
    assert_eq!(
        database.texts("SELECT process FROM settings_troubles").await,
        ["api a-1"]
    );
    store.tell_troubles(&told("api a-1", 9, &[]), after(62)).await.unwrap();
    assert_eq!(store.troubles(after(62)).await.unwrap(), []);
}
