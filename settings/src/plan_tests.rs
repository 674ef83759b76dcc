//! What a file would change, as a table.

use crate::sections::tests::defaults;
use crate::{RestaurantSection, Said, Sections, SenderSection, given, plan};
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_store::settings::{Setting, Snapshot};
use serde_json::json;

fn sender(name: &str, rate: &str) -> SenderSection {
    let section = json!({
        "organisation": "default", "name": name, "provider": "sms_http", "rate": rate,
        "settings": { "secrets": { "password": { "file": "/etc/sms" } } },
    });
    serde_json::from_value(section).unwrap()
}

fn with(senders: &[(&str, &str)]) -> Sections {
    let mut sections = defaults();
    sections.senders = senders.iter().map(|(name, rate)| sender(name, rate)).collect();
    sections
}

/// A database to which these sections were applied.
fn base(sections: &Sections) -> Snapshot {
    let mut settings: Vec<_> = sections
        .documents()
        .unwrap()
        .into_iter()
        .map(|it| Setting {
            key: it.key,
            body: it.body,
            version: SettingsVersion(3),
        })
        .collect();
    settings.sort_by(|a, b| a.key.cmp(&b.key));
    Snapshot {
        version: SettingsVersion(7),
        settings,
        ..Snapshot::default()
    }
}

/// The lines of the plan, and the number of its changes.
fn told(base: &Snapshot, file: &Sections, said: Said, prune: bool) -> (Vec<String>, usize) {
    let plan = plan(base, &given(file, said, base).unwrap(), said, prune);
    assert_eq!(plan.based_on, base.version);
    let lines = plan.to_string().lines().map(|line| line.trim().to_owned()).collect();
    (lines, plan.changes().len())
}

const SENDERS: Said = Said {
    marketing: false,
    organisations: false,
    restaurants: false,
    senders: true,
};

#[test]
fn a_plan_says_what_is_added_changed_and_only_there() {
    let two = with(&[("sms", "1/s"), ("old", "1/s")]);
    let kept = "(only in the database; it stays without --prune)";
    for (what, there, file, said, prune, lines, changes) in [
        (
            "a first time",
            Snapshot::default(),
            with(&[("sms", "1/s")]),
            Said::ALL,
            false,
            vec![
                "+ marketing".to_owned(),
                "+ organisation default".to_owned(),
                "+ sender default/sms".to_owned(),
            ],
            3,
        ),
        ("the same again", base(&two), two.clone(), Said::ALL, true, vec![], 0),
        (
            "a rate",
            base(&two),
            with(&[("sms", "2/s"), ("old", "1/s")]),
            Said::ALL,
            false,
            vec!["~ sender default/sms".to_owned(), "rate: 1/s → 2/s".to_owned()],
            1,
        ),
        (
            "another order",
            base(&two),
            with(&[("old", "1/s"), ("sms", "1/s")]),
            Said::ALL,
            false,
            vec![
                "~ organisation default".to_owned(),
                "senders: [\"sms\",\"old\"] → [\"old\",\"sms\"]".to_owned(),
            ],
            1,
        ),
        (
            "one that the file has not keeps its place",
            base(&two),
            with(&[("sms", "1/s")]),
            Said::ALL,
            false,
            vec![format!("- sender default/old {kept}")],
            0,
        ),
        (
            "pruned",
            base(&two),
            with(&[("sms", "1/s")]),
            Said::ALL,
            true,
            vec!["- sender default/old".to_owned()],
            1,
        ),
        (
            "a file without senders prunes none",
            base(&two),
            defaults(),
            Said {
                senders: false,
                ..Said::ALL
            },
            true,
            vec![],
            0,
        ),
        (
            "the order of an organisation that the file does not speak of",
            base(&two),
            {
                let mut lent = with(&[("new", ""), ("sms", "1/s")]);
                lent.organisations[0].name = "Lent".to_owned();
                lent
            },
            SENDERS,
            false,
            vec![
                "~ organisation default".to_owned(),
                "senders: [\"sms\",\"old\"] → [\"new\",\"sms\",\"old\"]".to_owned(),
                "+ sender default/new".to_owned(),
                format!("- sender default/old {kept}"),
            ],
            2,
        ),
        (
            "what the file was only lent changes nothing",
            base(&two),
            {
                let mut lent = two.clone();
                lent.marketing.release_minutes = 5;
                lent.organisations[0].name = "Lent".to_owned();
                lent.senders[0].rate = "9/s".to_owned();
                lent
            },
            SENDERS,
            false,
            vec!["~ sender default/sms".to_owned(), "rate: 1/s → 9/s".to_owned()],
            1,
        ),
    ] {
        assert_eq!(told(&there, &file, said, prune), (lines, changes), "{what}");
    }
}

#[test]
fn a_field_of_each_kind_is_told_with_its_old_and_new_value() {
    let before = with(&[("sms", "1/s")]);
    let mut after = before.clone();
    after.marketing.release_minutes = 5;
    after.organisations[0].quiet_hours = Some("off".to_owned());
    after.senders[0].settings["secrets"]["password"] = json!({ "sealed": "v1.k.hunter2" });
    let (lines, changes) = told(&base(&before), &after, Said::ALL, false);
    let expected = [
        "~ marketing",
        "release_minutes: 30 → 5",
        "~ organisation default",
        "quiet_hours: (none) → off",
        "~ sender default/sms",
        "settings.secrets.password: (none) → sealed",
        "settings.secrets.password.file: /etc/sms → (none)",
    ];
    assert_eq!(
        (lines.iter().map(String::as_str).collect::<Vec<_>>(), changes),
        (expected.to_vec(), 3)
    );
}

#[test]
fn documents_are_the_sections_that_they_came_from() {
    let mut sections = with(&[("sms", "1/s"), ("app", "2/s"), ("another", "")]);
    let read = Sections::of(&base(&sections)).unwrap();
    sections.organisations[0].senders = ["sms", "app", "another"].map(str::to_owned).to_vec();
    assert_eq!(read, sections, "the order of senders is kept");
    assert!(
        Sections::of(&Snapshot::default())
            .unwrap_err()
            .to_string()
            .contains("bellhop apply")
    );
    let mut wrong = base(&sections);
    for it in wrong
        .settings
        .iter_mut()
        .filter(|it| it.key == SettingKey::sender("default", "app"))
    {
        it.body["name"] = json!("web");
    }
    let refused = Sections::of(&wrong).unwrap_err().to_string();
    assert!(refused.starts_with("sender default/app: "), "{refused}");
    for it in wrong.settings.iter_mut() {
        it.body["ratee"] = json!("hunter2");
    }
    let refused = Sections::of(&wrong).unwrap_err().to_string();
    assert!(refused.contains("ratee") && !refused.contains("hunter2"), "{refused}");
}

#[test]
fn a_restaurants_zone_is_set_by_its_section_and_leaves_with_its_organisation() {
    let with_zone = |zone: &str| {
        let mut sections = with(&[]);
        sections.restaurants = vec![RestaurantSection {
            organisation: "default".to_owned(),
            name: "Arbat".to_owned(),
            timezone: zone.to_owned(),
            phone: None,
            address: None,
        }];
        sections
    };
    let there = base(&with_zone("Europe/Moscow"));
    let (lines, _) = told(&base(&with(&[])), &with_zone("Europe/Moscow"), Said::ALL, false);
    assert_eq!(lines, ["+ restaurant default/Arbat"]);
    let (lines, _) = told(&there, &with_zone("Asia/Omsk"), Said::ALL, false);
    assert_eq!(
        lines,
        ["~ restaurant default/Arbat", "timezone: Europe/Moscow → Asia/Omsk"]
    );
    // A file without restaurants says nothing of them, unless their organisation is taken out.
    let without = Said {
        restaurants: false,
        ..Said::ALL
    };
    assert_eq!(told(&there, &with(&[]), without, true).0, Vec::<String>::new());
    let mut other = with(&[]);
    other.organisations[0].slug = "other".to_owned();
    let (lines, changes) = told(&there, &other, without, true);
    let left = ["- organisation default", "- restaurant default/Arbat"];
    assert_eq!((&lines[1..], changes), (&left.map(str::to_owned)[..], 3));
    let mut reached = with_zone("Europe/Moscow");
    reached.restaurants[0].phone = Some("+7 999 000-00-00".to_owned());
    let (lines, _) = told(&there, &reached, Said::ALL, false);
    assert_eq!(lines[0], "~ restaurant default/Arbat");
    assert!(lines[1].contains("+7 999 000-00-00"), "{lines:?}");
    for wrong in ["", "two\nlines", &"x".repeat(201)] {
        reached.restaurants[0].address = Some(wrong.to_owned());
        let problem = reached.checked().unwrap_err().to_string();
        assert!(problem.starts_with("restaurant \"Arbat\": address: "), "{problem}");
    }
    let mut wrong = with_zone("MSK");
    let problem = wrong.checked().unwrap_err().to_string();
    assert!(problem.starts_with("restaurant \"Arbat\": timezone: "), "{problem}");
    wrong.restaurants[0].timezone = "Asia/Omsk".to_owned();
    wrong.restaurants.push(wrong.restaurants[0].clone());
    assert!(wrong.checked().unwrap_err().to_string().contains("has two sections"));
    wrong.restaurants[1].organisation = "nobody".to_owned();
    assert!(wrong.checked().unwrap_err().to_string().contains("\"nobody\", which"));
}
