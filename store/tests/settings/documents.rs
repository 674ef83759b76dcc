//! Documents, their versions and their history.

use crate::database::Database;
use crate::on_both;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_domain::{Timestamp, Zone};
use bellhop_store::guests::{OrganisationSpec, Organisations, Settings};
use bellhop_store::settings::{Change, Changes, FileSections, PastOf, SettingsBook};
use bellhop_store::{SqlStore, StoreError};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_764_000_000_000);

on_both!(
    what_is_written_is_read_with_its_version,
    a_change_of_what_has_moved_is_refused_whole,
    of_many_writers_each_version_has_one,
    what_is_removed_comes_again_and_its_history_stays,
    an_organisations_own_history_has_nothing_of_what_holds_for_all,
    secrets_stay_out_of_history_and_audit,
    an_organisations_row_follows_in_the_same_transaction,
);

fn pizza() -> SettingKey {
    SettingKey::Organisation("pizza".to_owned())
}

fn sms() -> SettingKey {
    SettingKey::sender("pizza", "sms")
}

fn put(key: SettingKey, body: Value) -> Change {
    Change { key, body: Some(body) }
}

fn spec(name: &str) -> OrganisationSpec {
    OrganisationSpec {
        slug: "pizza".to_owned(),
        name: name.to_owned(),
        currency: "RUB".to_owned(),
        timezone: Zone::named("Europe/Moscow").unwrap(),
        settings: Settings::default(),
    }
}

async fn change(store: &SqlStore, based_on: i64, changes: &[Change]) -> Result<SettingsVersion, StoreError> {
    let organisations = match changes.iter().any(|it| it.key == pizza()) {
        true => vec![spec("Pizza")],
        false => Vec::new(),
    };
    let changes = Changes {
        based_on: SettingsVersion(based_on),
        changes,
        organisations: &organisations,
        restaurants: &[],
        file: None,
        who: "anna",
        now: NOW,
    };
    store.change_settings(changes).await
}

async fn what_is_written_is_read_with_its_version(database: Database) {
    let store = &database.store;
    assert_eq!(store.settings_version().await.unwrap(), SettingsVersion(0));
    assert_eq!(store.load_settings().await.unwrap().settings, []);
    let all = [
        put(sms(), json!({"rate": "1/s"})),
        put(SettingKey::Marketing, json!({"release_minutes": 30})),
        put(pizza(), json!({"name": "Pizza"})),
    ];
    assert_eq!(change(store, 0, &all).await.unwrap(), SettingsVersion(1));
    let rate = json!({"rate": "2/s"});
    change(store, 1, &[put(sms(), rate.clone())]).await.unwrap();
    let read = store.load_settings().await.unwrap();
    assert_eq!(
        (read.version, store.settings_version().await.unwrap()),
        (SettingsVersion(2), SettingsVersion(2))
    );
    let versions: Vec<_> = read.settings.iter().map(|it| (it.key.clone(), it.version.0)).collect();
    assert_eq!(versions, [(SettingKey::Marketing, 1), (pizza(), 1), (sms(), 2)]);
    assert_eq!(read.get(&sms()).unwrap().body, rate);
    // The file's sections are kept until others come.
    let file = FileSections::from([("marketing".to_owned(), json!({"release_minutes": 5}))]);
    let noted = Changes {
        based_on: read.version,
        changes: &[],
        organisations: &[],
        restaurants: &[],
        file: Some(&file),
        who: "up",
        now: NOW,
    };
    store.change_settings(noted).await.unwrap();
    change(store, 3, &[put(sms(), json!({}))]).await.unwrap();
    assert_eq!(store.load_settings().await.unwrap().file, file);
}

async fn a_change_of_what_has_moved_is_refused_whole(database: Database) {
    let store = &database.store;
    change(store, 0, &[put(pizza(), json!({"name": "Pizza"}))])
        .await
        .unwrap();
    let late = [put(sms(), json!({})), put(pizza(), json!({"name": "Late"}))];
    let refused = change(store, 0, &late).await.unwrap_err();
    let StoreError::Moved { expected, found } = refused else {
        panic!("{refused}");
    };
    assert_eq!((expected.0, found.0), (0, 1));
    let read = store.load_settings().await.unwrap();
    assert_eq!((read.version.0, read.settings.len()), (1, 1));
    assert_eq!(read.settings[0].body["name"], "Pizza");
    assert_eq!(
        store
            .settings_history(PastOf::OrganisationAndAll("pizza"), 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn of_many_writers_each_version_has_one(database: Database) {
    let store = &database.store;
    change(store, 0, &[put(pizza(), json!({}))]).await.unwrap();
    let writers = (0..8).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { change(&store, 1, &[put(sms(), json!({"n": n}))]).await.is_ok() })
    });
    let mut won = 0;
    for writer in writers.collect::<Vec<_>>() {
        won += u32::from(writer.await.unwrap());
    }
    assert_eq!((won, store.settings_version().await.unwrap().0), (1, 2));
}

async fn what_is_removed_comes_again_and_its_history_stays(database: Database) {
    let store = &database.store;
    change(store, 0, &[put(pizza(), json!({})), put(sms(), json!({"rate": "1/s"}))])
        .await
        .unwrap();
    let gone = Change { key: sms(), body: None };
    change(store, 1, &[gone]).await.unwrap();
    assert_eq!(store.load_settings().await.unwrap().get(&sms()), None);
    change(store, 2, &[put(sms(), json!({"rate": "3/s"}))]).await.unwrap();
    assert_eq!(store.load_settings().await.unwrap().get(&sms()).unwrap().version.0, 3);
    let of_sms: Vec<_> = store
        .settings_history(PastOf::OrganisationAndAll("pizza"), 10)
        .await
        .unwrap();
    let of_sms: Vec<_> = of_sms.into_iter().filter(|it| it.key == sms()).collect();
    let told: Vec<_> = of_sms
        .iter()
        .map(|it| (it.version.0, it.before.clone(), it.after.clone()))
        .collect();
    let rate = |rate: &str| Some(json!({ "rate": rate }));
    assert_eq!(
        told,
        [(3, None, rate("3/s")), (2, rate("1/s"), None), (1, None, rate("1/s"))]
    );
    assert!(of_sms.iter().all(|it| it.who == "anna" && it.at == NOW));
    assert_eq!(
        store
            .settings_history(PastOf::OrganisationAndAll("sushi"), 10)
            .await
            .unwrap(),
        [],
        "another organisation's are not told"
    );
    let audit = database
        .texts("SELECT action || ' ' || object FROM audit_log ORDER BY id")
        .await;
    let expected = [
        "setting.add organisation pizza",
        "setting.add sender pizza/sms",
        "setting.remove sender pizza/sms",
        "setting.add sender pizza/sms",
    ];
    assert_eq!(audit, expected);
}

async fn an_organisations_own_history_has_nothing_of_what_holds_for_all(database: Database) {
    let store = &database.store;
    let all = [put(SettingKey::Marketing, json!({})), put(pizza(), json!({}))];
    change(store, 0, &all).await.unwrap();
    let told = async |of| store.settings_history(of, 10).await.unwrap();
    let own = told(PastOf::Organisation("pizza")).await;
    assert_eq!(own.iter().map(|it| &it.key).collect::<Vec<_>>(), [&pizza()]);
    assert_eq!(told(PastOf::OrganisationAndAll("pizza")).await.len(), 2);
    assert!(told(PastOf::Organisation("sushi")).await.is_empty());
}

async fn secrets_stay_out_of_history_and_audit(database: Database) {
    let store = &database.store;
    let sealed = |text: &str| put(sms(), json!({"settings": {"password": {"sealed": text}}}));
    change(store, 0, &[sealed("first-hunter2")]).await.unwrap();
    change(store, 1, &[sealed("second-hunter2")]).await.unwrap();
    let kept = store.load_settings().await.unwrap();
    assert!(
        kept.settings[0].body.to_string().contains("second-hunter2"),
        "the setting itself has it"
    );
    let history = format!(
        "{:?}",
        store
            .settings_history(PastOf::OrganisationAndAll("pizza"), 10)
            .await
            .unwrap()
    );
    let audit = database
        .texts("SELECT COALESCE(detail, '') || object FROM audit_log")
        .await;
    assert!(!history.contains("hunter2") && !audit.concat().contains("hunter2"));
    assert!(history.contains("sealed"), "{history}");
}

async fn an_organisations_row_follows_in_the_same_transaction(database: Database) {
    let store = &database.store;
    change(store, 0, &[put(pizza(), json!({}))]).await.unwrap();
    let before = store.organisation("pizza").await.unwrap().unwrap();
    let org = before.id.0;
    let insert = format!("INSERT INTO customers (org_id, external_id) VALUES ({org}, 'c1'), ({org}, 'c2')");
    database.exec(&insert).await;
    let mut slower = spec("Slow Pizza");
    slower.settings.retention =
        serde_json::from_value(json!({"cooling_days": 20, "lost_days": 40, "new_days": 14, "returned_days": 14}))
            .unwrap();
    for (based_on, name) in [(0, "Pizza"), (1, "Slow Pizza")] {
        let changes = Changes {
            based_on: SettingsVersion(based_on),
            changes: &[put(pizza(), json!({"name": "Slow Pizza"}))],
            organisations: std::slice::from_ref(&slower),
            restaurants: &[],
            file: None,
            who: "anna",
            now: NOW,
        };
        assert_eq!(store.change_settings(changes).await.is_ok(), based_on == 1);
        assert_eq!(store.organisation("pizza").await.unwrap().unwrap().name, name);
    }
    let after = store.organisation("pizza").await.unwrap().unwrap();
    assert_eq!(
        (after.id, after.settings.retention),
        (before.id, slower.settings.retention)
    );
    let stale = database
        .texts("SELECT CAST(COUNT(*) AS TEXT) FROM stale_customers")
        .await;
    assert_eq!(stale, ["2"], "facts that hang on the threshold are computed anew");
}
