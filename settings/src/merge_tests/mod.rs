//! What comes of a file, of what was last brought in from it, and of what is in the database.

mod rule;
mod table;

use crate::sections::tests::defaults;
use crate::{Document, Merged, Said, Sections, SenderSection, merge, plan, remembered};
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_store::settings::{Setting, Snapshot};
use serde_json::{Value, json};

fn sender(name: &str) -> SenderSection {
    let section = json!({
        "organisation": "default", "name": name, "provider": "sms_http", "rate": "1/s",
        "settings": { "values": { "login": "b" }, "secrets": { "password": { "file": "/etc/sms" } } },
    });
    serde_json::from_value(section).unwrap()
}

fn with(senders: &[&str]) -> Sections {
    let mut sections = defaults();
    sections.senders = senders.iter().map(|name| sender(name)).collect();
    sections
}

fn settings(documents: Vec<Document>) -> Vec<Setting> {
    let mut settings: Vec<_> = documents
        .into_iter()
        .map(|it| Setting {
            key: it.key,
            body: it.body,
            version: SettingsVersion(1),
        })
        .collect();
    settings.sort_by(|a, b| a.key.cmp(&b.key));
    settings
}

/// A database into which a file was brought.
fn brought(file: &Sections) -> Snapshot {
    let merged = merge(file, Said::ALL, &Snapshot::default()).unwrap();
    assert_eq!(merged.kept, []);
    Snapshot {
        version: SettingsVersion(1),
        settings: settings(merged.documents),
        file: merged.file,
    }
}

fn organisation(base: &mut Snapshot) -> &mut Value {
    document(base, &SettingKey::Organisation("default".to_owned()))
}

fn document<'a>(base: &'a mut Snapshot, key: &SettingKey) -> &'a mut Value {
    let found = base.settings.iter_mut().find(|it| it.key == *key);
    &mut found.unwrap().body
}

/// The lines of the plan, and what is kept: `KEY FIELD database's/file's`.
fn told(base: &Snapshot, merged: &Merged, said: Said) -> (Vec<String>, Vec<String>) {
    let plan = plan(base, &merged.documents, said, false).to_string();
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
    let kept = merged.kept.iter().map(|it| match &it.field {
        Some(field) => format!(
            "{} {} {}/{}",
            it.key,
            field.field,
            side(&field.before),
            side(&field.after)
        ),
        None => format!("{} removed", it.key),
    });
    (
        plan.lines().map(|line| line.trim().to_owned()).collect(),
        kept.collect(),
    )
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn what_a_file_was_lent_is_compared_once_it_says_it_itself() {
    let senders_alone = Said {
        marketing: false,
        organisations: false,
        ..Said::ALL
    };
    let mut file = with(&["sms"]);
    let mut base = brought(&file);
    organisation(&mut base)["quiet_hours"] = json!("off");
    // Without a section of its own an organisation gets only the new order of its senders.
    file.senders.insert(0, sender("app"));
    file.organisations[0].name = "Lent".to_owned();
    let merged = merge(&file, senders_alone, &base).unwrap();
    let (lines, kept) = told(&base, &merged, senders_alone);
    let expected = [
        "~ organisation default",
        r#"senders: ["sms"] → ["app","sms"]"#,
        "+ sender default/app",
    ];
    assert_eq!((lines, kept), (owned(&expected), vec![]));
    assert_eq!(merged.file["organisation default"]["name"], "My restaurants");
    assert_eq!(merged.file, remembered(&file, senders_alone, &base).unwrap());
    let marketing = base.settings.iter().find(|it| it.key == SettingKey::Marketing).cloned();
    let mut next = Snapshot {
        settings: settings(merged.documents),
        file: merged.file,
        ..base
    };
    next.settings.extend(marketing);
    file.organisations[0].name = "Pizza".to_owned();
    let merged = merge(&file, Said::ALL, &next).unwrap();
    let (lines, kept) = told(&next, &merged, Said::ALL);
    let expected = ["~ organisation default", "name: My restaurants → Pizza"];
    assert_eq!((lines, kept), (owned(&expected), vec![]));
}

#[test]
fn of_a_file_that_is_not_remembered_nothing_comes_over_what_is_there() {
    let mut base = brought(&with(&["sms"]));
    // As if it were of another form.
    base.file.values_mut().for_each(|it| *it = json!("1f"));
    let mut file = with(&["sms"]);
    assert_eq!(merge(&file, Said::ALL, &base).unwrap().kept, []);
    file.senders[0].rate = "9/s".to_owned();
    let merged = merge(&file, Said::ALL, &base).unwrap();
    let kept = merged
        .kept
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    assert_eq!(
        kept,
        "sender default/sms: rate is 1/s in the database and 9/s in the file; it may have been changed in both, and the \
         database's stays; `bellhop apply FILE` takes the file's"
    );
    assert!(plan(&base, &merged.documents, Said::ALL, false).changes_nothing());
}

#[test]
fn nothing_secret_is_remembered_and_what_both_have_lost_is_forgotten() {
    let mut file = with(&["sms"]);
    file.senders[0].settings["secrets"]["password"] = json!({ "sealed": "v1.k.hunter2" });
    file.senders[0].settings["base_url"] = json!("http://anna:hunter2@h");
    let mut base = brought(&file);
    assert!(!json!(base.file).to_string().contains("hunter2"), "{:?}", base.file);
    assert_eq!(merge(&file, Said::ALL, &base).unwrap().kept, []);
    let key = SettingKey::sender("default", "sms");
    file.senders.clear();
    assert!(
        merge(&file, Said::ALL, &base)
            .unwrap()
            .file
            .contains_key(&key.to_string())
    );
    base.settings.retain(|it| it.key != key);
    assert!(
        !merge(&file, Said::ALL, &base)
            .unwrap()
            .file
            .contains_key(&key.to_string())
    );
}
