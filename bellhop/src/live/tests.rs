//! From settings in a real database to what is in force, change by change.

use super::making::Making;
use super::{Follower, TRIED_AGAIN};
use crate::config::Config;
use crate::opening::{self, Parts};
use crate::{applying, secrets};
use bellhop_api::Served;
use bellhop_campaigns::Sender;
use bellhop_domain::Timestamp;
use bellhop_domain::setting::SettingKey;
use bellhop_store::SettingsBook;
use bellhop_store::SqlStore;
use bellhop_store::settings::{Change, TroubleReports};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// An installation with two gateways, whose passwords lie in files.
struct Desk {
    config: Config,
    parts: Parts,
    making: Making,
    folder: tempfile::TempDir,
}

fn password(folder: &Path, of: &str) -> PathBuf {
    folder.join(format!("{of}-password"))
}

fn gateway(folder: &Path, name: &str) -> String {
    // Nobody serves at port 9.
    format!(
        "[[sender]]\norganisation = \"default\"\nname = {name:?}\nprovider = \"sms_http\"\nrate = \"1/s\"\n\
         [sender.settings]\npreset = \"smsc_ru\"\nbase_url = \"http://127.0.0.1:9\"\nvalues = {{ login = \"bellhop\" }}\n\
         secrets = {{ password = {{ file = {:?} }} }}\n",
        password(folder, name)
    )
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["first", "second"] {
            std::fs::write(password(folder.path(), name), "hunter2").unwrap();
        }
        let file = folder.path().join("bellhop.toml");
        let store = folder.path().join("bellhop.db");
        let senders = ["first", "second"].map(|name| gateway(folder.path(), name));
        let text = format!("[store]\nurl = \"sqlite:{}\"\n{}", store.display(), senders.concat());
        std::fs::write(&file, text).unwrap();
        let config = Config::load(Some(&file)).unwrap();
        let parts = opening::begin(&config, "tester").await.unwrap();
        let making = Making::new(secrets::keys(&config).unwrap());
        Self {
            config,
            parts,
            making,
            folder,
        }
    }

    fn next(&mut self) -> Served {
        self.making.next(&self.parts).unwrap()
    }

    /// Changes the document of `first`, and reads all again.
    async fn change(&mut self, edit: impl Fn(&mut Value)) -> Served {
        let key = SettingKey::sender("default", "first");
        let base = self.parts.store.load_settings().await.unwrap();
        let mut body = base.get(&key).unwrap().body.clone();
        edit(&mut body);
        let keys = secrets::keys(&self.config).unwrap();
        let (on, body) = (applying::ground(&keys, "tester"), Some(body));
        let changes = [Change { key, body }];
        let changed = bellhop_settings::change(self.parts.store.as_ref(), on, &base, &changes, None);
        let version = changed.await.unwrap();
        self.parts = opening::read(SqlStore::clone(&self.parts.store)).await.unwrap();
        assert_eq!(self.parts.version, version);
        self.next()
    }
}

/// The senders `first` and `second`.
fn both(served: &Served) -> [Arc<Sender>; 2] {
    let senders: Vec<_> = served.in_force.senders.iter().cloned().collect();
    senders.try_into().ok().unwrap()
}

#[tokio::test]
async fn what_did_not_change_is_the_same_and_a_provider_outlives_its_rate() {
    let mut desk = Desk::new().await;
    let first = both(&desk.next());
    let again = both(&desk.next());
    assert!(Arc::ptr_eq(&first[0], &again[0]) && Arc::ptr_eq(&first[1], &again[1]));

    let before = both(&desk.next());
    let faster = both(&desk.change(|it| it["rate"] = json!("9/s")).await);
    assert_eq!(faster[0].rate, "9/s".parse().unwrap());
    assert!(!Arc::ptr_eq(&faster[0], &before[0]) && faster[0].provider.is(&before[0].provider));
    assert!(Arc::ptr_eq(&faster[1], &before[1]), "nobody touched it");

    let other = both(
        &desk
            .change(|it| it["settings"]["values"]["login"] = json!("other"))
            .await,
    );
    assert!(!other[0].provider.is(&faster[0].provider), "of other settings");

    let anew = both(&desk.change(|_| {}).await);
    assert!(!anew[0].provider.is(&other[0].provider), "its secrets are read again");
    assert!(Arc::ptr_eq(&anew[1], &before[1]));
}

#[tokio::test]
async fn a_sender_that_cannot_be_made_stays_as_it_was_and_nobody_waits_for_it() {
    let mut desk = Desk::new().await;
    let before = both(&desk.next());
    std::fs::remove_file(password(desk.folder.path(), "first")).unwrap();
    let after = both(
        &desk
            .change(|it| it["settings"]["values"]["login"] = json!("other"))
            .await,
    );
    assert!(Arc::ptr_eq(&after[0], &before[0]), "it stays in force");
    let [told] = &desk.making.troubles[..] else {
        panic!("one trouble: {:?}", desk.making.troubles);
    };
    assert!(
        told.contains("default/first stays as it was") && told.contains("first-password"),
        "{told}"
    );

    std::fs::write(password(desk.folder.path(), "first"), "hunter3").unwrap();
    let mended = both(&desk.next());
    assert!(desk.making.troubles.is_empty());
    assert!(!mended[0].provider.is(&before[0].provider), "the file has come");

    // A process that starts without the file lacks this sender but has all others.
    std::fs::remove_file(password(desk.folder.path(), "first")).unwrap();
    let mut fresh = Making::new(secrets::keys(&desk.config).unwrap());
    let names: Vec<_> = fresh
        .next(&desk.parts)
        .unwrap()
        .in_force
        .senders
        .iter()
        .map(|it| it.name.clone())
        .collect();
    assert_eq!(names, ["second"]);
}

#[tokio::test]
async fn what_can_be_made_now_does_not_wait_for_what_cannot() {
    let desk = Desk::new().await;
    for name in ["first", "second"] {
        std::fs::remove_file(password(desk.folder.path(), name)).unwrap();
    }
    let mut follower = Follower::new(&desk.config, &desk.parts, String::new()).unwrap();
    let settings = follower.settings();
    assert_eq!(settings.in_force.now().senders.iter().count(), 0);

    std::fs::write(password(desk.folder.path(), "first"), "hunter2").unwrap();
    follower.tried = follower.tried.checked_sub(TRIED_AGAIN).unwrap();
    follower.look().await.unwrap();
    let there: Vec<_> = settings
        .in_force
        .now()
        .senders
        .iter()
        .map(|it| it.name.clone())
        .collect();
    assert_eq!(there, ["first"]);
    assert_eq!(follower.making.troubles.len(), 1);
}

#[tokio::test]
async fn what_a_process_could_not_make_is_in_the_database_until_it_ends() {
    let desk = Desk::new().await;
    std::fs::remove_file(password(desk.folder.path(), "first")).unwrap();
    let store = desk.parts.store.clone();
    let told = async || store.troubles(Timestamp::now()).await.unwrap();
    let follower = Follower::new(&desk.config, &desk.parts, "up here-1".to_owned()).unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(follower.run(stop.clone()));
    let reported = async {
        while told().await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reported).await.unwrap();
    let [it] = &told().await[..] else {
        panic!("one process");
    };
    assert_eq!((it.process.as_str(), it.version), ("up here-1", desk.parts.version));
    assert!(it.troubles[0].contains("default/first is not there"), "{it:?}");
    stop.cancel();
    running.await.unwrap();
    assert_eq!(told().await, []);
}
