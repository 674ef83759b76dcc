//! What was changed in the file, elsewhere, or in both, as a table.

use super::{brought, document, organisation, owned, sender, settings, told, with};
use crate::{Said, Sections, merge, plan, remembered};
use bellhop_domain::setting::SettingKey;
use bellhop_store::settings::Snapshot;
use serde_json::json;

type Change = fn(&mut Sections);
type Elsewhere = fn(&mut Snapshot);
/// What it is, both changes, the lines that come in, and those that are told.
type Case<'a> = (&'a str, Change, Elsewhere, &'a [&'a str], &'a [&'a str]);

#[test]
fn what_changed_in_the_file_comes_in_and_what_changed_elsewhere_stays() {
    let cases: [Case; 11] = [
        (
            "a new sender beside quiet hours that were set elsewhere",
            |file| file.senders.push(sender("app")),
            |there| organisation(there)["quiet_hours"] = json!("off"),
            &[
                "~ organisation default",
                r#"senders: ["sms"] → ["sms","app"]"#,
                "+ sender default/app",
            ],
            &[],
        ),
        (
            "a field beside another",
            |file| file.organisations[0].attribution_hours = 48,
            |there| organisation(there)["quiet_hours"] = json!("off"),
            &["~ organisation default", "attribution_hours: 72 → 48"],
            &[],
        ),
        (
            "a field of a table beside another",
            |file| file.senders[0].settings["values"]["sender"] = json!("PIZZA"),
            |there| document(there, &SettingKey::sender("default", "sms"))["settings"]["values"]["login"] = json!("c"),
            &["~ sender default/sms", "settings.values.sender: (none) → PIZZA"],
            &[],
        ),
        (
            "one field, in both",
            |file| file.senders[0].rate = "9/s".to_owned(),
            |there| document(there, &SettingKey::sender("default", "sms"))["rate"] = json!("7/s"),
            &[],
            &["sender default/sms rate 7/s/9/s"],
        ),
        (
            "the same in both",
            |file| file.senders[0].rate = "9/s".to_owned(),
            |there| document(there, &SettingKey::sender("default", "sms"))["rate"] = json!("9/s"),
            &[],
            &[],
        ),
        (
            "a reference is one value, and what is sealed is not told",
            |file| file.senders[0].settings["secrets"]["password"] = json!({ "env": "SMS" }),
            |there| {
                let sms = document(there, &SettingKey::sender("default", "sms"));
                sms["settings"]["secrets"]["password"] = json!({ "sealed": "v1.k.hunter2" });
            },
            &[],
            &[r#"sender default/sms settings.secrets.password sealed/{"env":"SMS"}"#],
        ),
        (
            "a table that the file takes out, and that has changed",
            |file| {
                file.senders[0].settings.as_object_mut().unwrap().remove("values");
            },
            |there| document(there, &SettingKey::sender("default", "sms"))["settings"]["values"]["login"] = json!("c"),
            &[],
            &[r#"sender default/sms settings.values {"login":"c"}/-"#],
        ),
        (
            "a field that the file takes out",
            |file| {
                file.senders[0].settings.as_object_mut().unwrap().remove("values");
            },
            |there| organisation(there)["quiet_hours"] = json!("off"),
            &["~ sender default/sms", "settings.values.login: b → (none)"],
            &[],
        ),
        (
            "a section that was removed elsewhere, and has not changed",
            |file| file.marketing.release_minutes = 5,
            |there| {
                there
                    .settings
                    .retain(|it| it.key != SettingKey::sender("default", "sms"))
            },
            &["~ marketing", "release_minutes: 30 → 5"],
            &[],
        ),
        (
            "a section that was removed elsewhere, and has changed",
            |file| file.senders[0].rate = "9/s".to_owned(),
            |there| {
                there
                    .settings
                    .retain(|it| it.key != SettingKey::sender("default", "sms"))
            },
            &[],
            &["sender default/sms removed"],
        ),
        (
            "a section that the file has not any more",
            |file| file.senders.clear(),
            |_| {},
            &["- sender default/sms (only in the database; it stays without --prune)"],
            &[],
        ),
    ];
    for (what, change, elsewhere, lines, kept) in cases {
        let (mut file, mut base) = (with(&["sms"]), brought(&with(&["sms"])));
        change(&mut file);
        elsewhere(&mut base);
        let merged = merge(&file, Said::ALL, &base).unwrap();
        let found = told(&base, &merged, Said::ALL);
        assert_eq!(
            (&found.0[..], &found.1[..]),
            (&owned(lines)[..], &owned(kept)[..]),
            "{what}"
        );
        // The next start brings nothing in, and tells again what was kept.
        let removed: Vec<_> = base
            .settings
            .iter()
            .filter(|it| !merged.documents.iter().any(|d| d.key == it.key))
            .cloned()
            .collect();
        let next = Snapshot {
            settings: [settings(merged.documents), removed].concat(),
            file: merged.file,
            ..base
        };
        let again = merge(&file, Said::ALL, &next).unwrap();
        assert_eq!(again.kept, merged.kept, "{what}");
        assert_eq!(again.file, next.file, "{what}");
        assert!(
            plan(&next, &again.documents, Said::ALL, false).changes_nothing(),
            "{what}"
        );
        // Once the file was taken as a whole, there is nothing left to tell.
        let whole = Snapshot {
            settings: settings(crate::given(&file, Said::ALL, &next).unwrap()),
            file: remembered(&file, Said::ALL, &next).unwrap(),
            ..next
        };
        assert_eq!(merge(&file, Said::ALL, &whole).unwrap().kept, [], "{what}");
    }
}
