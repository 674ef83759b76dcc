//! Every preset is a program that can be switched on once its links are the brand's.

use super::{at, cart, event, order, zone};
use bellhop_domain::event::{Event, EventKind};
use bellhop_domain::mailing::Contents;
use bellhop_domain::{Purpose, Timestamp};
use bellhop_programs::Definition;
use bellhop_programs::definition::Trigger;
use bellhop_programs::engine::{Occasion, Sending, on_event, values_at_sending, values_of};
use bellhop_programs::presets::{PRESETS, Preset};
use bellhop_templating::{Currency, Locale, RenderContext, Surface, Template, Values};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

fn preset(name: &str) -> Definition {
    Preset::named(name)
        .unwrap()
        .definition()
        .unwrap_or_else(|faults| panic!("{name}: {faults:?}"))
}

#[test]
fn every_preset_can_be_switched_on() {
    for it in PRESETS {
        let definition = preset(it.name);
        assert_eq!(definition.preset.as_deref(), Some(it.name));
        let found = bellhop_programs::check(&definition, &BTreeSet::new());
        assert_eq!(found, [], "{}", it.name);
        // What is stored says the same.
        let stored = serde_json::to_string(&definition).unwrap();
        assert_eq!(bellhop_programs::read(&stored).unwrap(), definition, "{}", it.name);
    }
    assert_eq!(Preset::named("lottery"), None);
}

#[test]
fn every_file_is_a_preset_and_every_preset_is_in_the_docs() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/presets");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<_> = files.map(|it| it.strip_suffix(".json").unwrap().to_owned()).collect();
    let known: BTreeSet<_> = PRESETS.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(files, known);
    let docs = include_str!("../../../docs/programs.md");
    for it in PRESETS {
        assert!(
            docs.contains(&format!("`{}`", it.name)),
            "{} is not in docs/programs.md",
            it.name
        );
    }
}

/// PRODUCT.md §7: which are marketing, and which notifications.
#[test]
fn presets_are_for_what_the_product_says() {
    let of = |purpose| {
        let all = PRESETS.iter().filter(move |it| preset(it.name).purpose() == purpose);
        all.map(|it| it.name).collect::<Vec<_>>()
    };
    assert_eq!(
        of(Purpose::Marketing),
        [
            "referral-bonus",
            "birthday-bonus",
            "birthday-message",
            "abandoned-cart",
            "bonus-expiry",
            "retention-change",
            "review-bonus",
            "welcome-bonus"
        ]
    );
    let keeps_quiet_hours = |name: &&str| preset(name).mailing().keeps_quiet_hours();
    let notifications = of(Purpose::Notification);
    let (waiting, at_once): (Vec<_>, Vec<_>) = notifications.into_iter().partition(keeps_quiet_hours);
    assert_eq!(waiting, ["review-request"]);
    assert_eq!(
        at_once,
        [
            "bonus-accrued",
            "order-placed",
            "order-cooking",
            "order-on-its-way",
            "order-delivered",
            "custom"
        ]
    );
}

/// An event of the kind that a preset waits for; `None` for dates.
fn event_for(definition: &Definition, now: Timestamp) -> Option<Event> {
    let Trigger::Event(filter) = &definition.trigger else {
        return None;
    };
    let mut told = match filter.kind {
        EventKind::CartChanged => cart(1, now, "1250.50"),
        EventKind::ReferralOrdered => {
            let data =
                json!({"referral": {"customer_id": "C-2", "name": "Пётр"}, "order": {"number": "A-2", "total": "900"}});
            event(1, EventKind::ReferralOrdered, now, data)
        }
        EventKind::BonusesAccrued => event(1, filter.kind, now, json!({"bonus_amount": "120", "balance": "1520.5"})),
        EventKind::ReviewLeft => event(1, filter.kind, now, json!({"review": {"stars": 5, "order": "A-1"}})),
        EventKind::GuestRegistered => event(1, filter.kind, now, json!({"guest": {"source": "app"}})),
        EventKind::Custom => event(1, filter.kind, now, json!({"guests": 4, "time": "19:30"})),
        kind => order(1, kind, now, "A-1", "site"),
    };
    told.name = filter.name.clone();
    Some(told)
}

/// Every text of every preset, for a guest with a name and for one of whom nothing is known.
#[test]
fn what_guests_read() {
    let moscow = zone("Europe/Moscow");
    let now = at("2026-12-11T07:00:00Z");
    let mut read = String::new();
    for it in PRESETS {
        let definition = preset(it.name);
        let given = definition.given();
        let event = event_for(&definition, now);
        let occasion = Occasion("burn:2026-12-14".to_owned());
        let burns = [bellhop_programs::engine::Burn {
            amount: "320".parse().unwrap(),
            at: at("2026-12-14T21:00:00Z"),
        }];
        if let Some(event) = &event {
            assert_eq!(on_event(&definition, event, &moscow).len(), 1, "{}", it.name);
        }
        let values = event
            .map(|event| values_of(&given, &event, &moscow))
            .unwrap_or_default();
        let sending = Sending {
            occasion: &occasion,
            burns: &burns,
            zone: &moscow,
            now,
        };
        let burn = matches!(definition.trigger, Trigger::BonusesBurn(_));
        let elsewhere = Occasion("birthday:2026".to_owned());
        let sending = Sending {
            occasion: if burn { &occasion } else { &elsewhere },
            ..sending
        };
        let values = values_at_sending(&definition, &given, values, &sending).unwrap();
        for name in [Some("Анна"), None] {
            for text in texts(&definition.contents, name, &values, now) {
                read.push_str(&format!("{}: {text}\n", it.name));
            }
        }
    }
    for line in [
        "referral-bonus: Пётр у нас. Дарим вам 300 бонусов до 10 января 2027",
        "birthday-bonus: Друг, подарок ко дню рождения",
        "birthday-bonus: Дарим 500 бонусов. Потратьте до 25 декабря",
        "abandoned-cart: Борщ ещё в корзине",
        "abandoned-cart: Осталось оформить заказ на 1 250,50 ₽",
        "bonus-expiry: Сгорает 320 бонусов",
        "bonus-expiry: Потратьте их до 14 декабря: осталось 3 дня",
        "bonus-accrued: Всего у вас 1 520,5",
        "order-placed: Заказ A-1 принят",
        "custom: Ждём вас в 19:30, гостей: 4",
    ] {
        let plain = read.replace(['\u{a0}', '\u{202f}'], " ");
        assert!(plain.lines().any(|it| it == line), "nobody reads {line:?}: {plain}");
    }
}

fn texts(contents: &Contents, name: Option<&str>, values: &BTreeMap<String, String>, now: Timestamp) -> Vec<String> {
    let moscow = zone("Europe/Moscow");
    let context = RenderContext {
        locale: Locale::russian(),
        zone: &moscow,
        now,
        seed: 1,
        currency: Currency::from_code("RUB").unwrap(),
    };
    let values = Values {
        name,
        link: Some("https://b.example/x"),
        attributes: values,
        ..Values::default()
    };
    let mut all = Vec::new();
    let Ok(_) = contents.try_map(|_, text| {
        let template = Template::compile(text, Surface::Push).unwrap();
        all.push(
            template
                .render(&values, &context)
                .unwrap_or_else(|error| panic!("{text}: {error}")),
        );
        Ok::<_, std::convert::Infallible>(())
    });
    all
}
