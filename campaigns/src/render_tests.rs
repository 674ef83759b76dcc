use super::*;
use crate::Lists;
use bellhop_channels::{Action, Chat, Content as Shown, Header, TemplateButtonKind, WhatsApp};
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::mailing::MailingSpec;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_772_355_600_000);

fn contents(contents: Value, link: Option<&str>) -> RunContents {
    let mut file = json!({"name": "n", "audience": {}, "contents": contents, "waterfall": []});
    if let Some(link) = link {
        file["link"] = link.into();
    }
    let spec: MailingSpec<Value> = serde_json::from_value(file).unwrap();
    RunContents::compile(&spec).unwrap()
}

fn render(contents: &RunContents, channel: Channel, free_text: bool) -> Result<Content, CannotRender> {
    let profile = Profile {
        name: Some("Анна".to_owned()),
        ..Profile::default()
    };
    render_for(contents, channel, free_text, &profile)
}

fn render_for(
    contents: &RunContents,
    channel: Channel,
    free_text: bool,
    profile: &Profile,
) -> Result<Content, CannotRender> {
    let to = Recipient {
        message: "3kTMd8aZ01x".parse().unwrap(),
        profile,
        free_text,
    };
    let defaults = OrgDefaults {
        locale: Locale::parse("ru").unwrap(),
        zone: Zone::utc(),
        frequency_cap: FrequencyCap::NONE,
        currency: Currency::from_code("RUB").unwrap(),
    };
    contents.render(channel, &to, &defaults, "https://b.example", NOW)
}

#[test]
fn a_click_and_each_button_lead_through_the_personal_address() {
    let web_push = json!({"web_push": {"title": "{{ name }}", "body": "b", "icon": "https://i.example",
        "actions": [{"title": "Меню, {{ name }}", "link": "https://m.example"}]}});
    let rendered = render(
        &contents(web_push.clone(), Some("https://x.example")),
        Channel::WebPush,
        true,
    )
    .unwrap();
    let lists = Lists::of(&rendered);
    let Shown::WebPush(shown) = lists.shown(&rendered) else {
        panic!("{rendered:?}")
    };
    assert_eq!((shown.title, shown.icon), ("Анна", Some("https://i.example")));
    assert_eq!(shown.link, Some("https://b.example/p/3kTMd8aZ01x"));
    let action = shown.actions[0];
    assert_eq!(
        (action.title, action.link),
        ("Меню, Анна", "https://b.example/p/3kTMd8aZ01x/0")
    );
    // There is no link to lead to.
    let bare = render(&contents(web_push, None), Channel::WebPush, true).unwrap();
    assert!(matches!(bare, Content::WebPush(shown) if shown.link.is_none()));
}

#[test]
fn a_brands_own_data_fill_the_variables_that_texts_know() {
    let text = "{{ promo_code }}: {{ bonus_amount | plural(\"бонус\", \"бонуса\", \"бонусов\") }} до {{ valid_to }}, {{ days_left }}";
    let contents = contents(json!({ "sms": { "text": text } }), None);
    let needs = contents.needs(Channel::Sms);
    for key in ["promo_code", "bonus_amount", "valid_to", "days_left"] {
        assert!(needs.attributes.iter().any(|needed| needed == key), "{key}: {needs:?}");
    }
    let own = |valid_to: &str| {
        let pairs = [
            ("promo_code", "ОСЕНЬ"),
            ("bonus_amount", "1 234"),
            ("valid_to", valid_to),
        ];
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    };
    let rendered = |valid_to: &str| {
        let profile = Profile {
            attributes: own(valid_to),
            ..Profile::default()
        };
        render_for(&contents, Channel::Sms, true, &profile)
    };
    for valid_to in ["2026-03-05", "05.03.2026"] {
        let Ok(Content::Sms(sms)) = rendered(valid_to) else {
            panic!("{:?}", rendered(valid_to))
        };
        assert_eq!(sms.text.replace('\u{a0}', " "), "ОСЕНЬ: 1 234 бонуса до 5 марта, 4");
    }
}

#[test]
fn whatsapp_is_free_within_the_window_and_a_template_outside() {
    let text = json!({"text": "{{ name }}: {link}"});
    let template = json!({"name": "back", "language": "ru", "header": {"text": "{{ name }}"},
        "parameters": ["{{ name }}", "{{ nick or \"гость\" }}"],
        "buttons": [{"index": 0, "kind": "url"}, {"index": 1, "kind": "copy_code", "parameter": "BACK"}]});
    let both = json!({"text": text["text"], "template": template});
    for (content, free_text, is_template) in [
        (text.clone(), true, false),
        (text, false, false),
        (both.clone(), true, false),
        (both, false, true),
        (json!({"template": template}), true, true),
    ] {
        let contents = contents(json!({ "whatsapp": content }), Some("https://x.example"));
        let rendered = render(&contents, Channel::WhatsApp, free_text).unwrap();
        let lists = Lists::of(&rendered);
        match lists.shown(&rendered) {
            Shown::WhatsApp(WhatsApp::Text(text)) => {
                assert_eq!(text, "Анна: https://b.example/l/3kTMd8aZ01x");
                assert!(!is_template);
            }
            Shown::WhatsApp(WhatsApp::Template(shown)) => {
                assert!(is_template);
                assert_eq!((shown.name, shown.parameters), ("back", &["Анна", "гость"][..]));
                assert!(matches!(shown.header, Some(Header::Text("Анна"))));
                let buttons: Vec<_> = shown.buttons.iter().map(|b| (b.index, b.kind, b.parameter)).collect();
                assert_eq!(
                    buttons,
                    [
                        (0, TemplateButtonKind::Url, "3kTMd8aZ01x"),
                        (1, TemplateButtonKind::CopyCode, "BACK")
                    ]
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_file_has_its_caption() {
    let media = json!({"whatsapp": {"media": {"kind": "document", "url": "https://f.example", "caption": "{{ name }}",
        "filename": "menu.pdf"}}});
    let Ok(Content::WhatsApp(WhatsAppForm::Media(media))) = render(&contents(media, None), Channel::WhatsApp, true)
    else {
        panic!("no media")
    };
    assert_eq!(
        (media.caption.as_deref(), media.filename.as_deref()),
        (Some("Анна"), Some("menu.pdf"))
    );
}

#[test]
fn the_window_ends_with_its_last_instant() {
    let day = Duration::from_secs(86_400);
    let ago = |ms: i64| Some(Timestamp(NOW.0 - ms));
    for (window, last_inbound, free) in [
        (None, None, true),
        (Some(day), None, false),
        (Some(day), ago(0), true),
        (Some(day), ago(86_399_999), true),
        (Some(day), ago(86_400_000), false),
        (Some(day), Some(Timestamp(NOW.0 + 5_000)), true),
    ] {
        assert_eq!(
            may_write_freely(window, last_inbound, NOW),
            free,
            "{window:?} {last_inbound:?}"
        );
    }
}

#[test]
fn every_text_of_a_channel_says_what_it_needs() {
    let contents = contents(
        json!({
            "push": {"title": "t", "body": "b"},
            "web_push": {"title": "t", "body": "b", "actions": [{"title": "{{ city }}", "link": "https://b.example"}]},
            "whatsapp": {"text": "{{ nick }}", "template": {"name": "a", "language": "ru", "parameters": ["{{ last_dish }}"],
                "header": {"text": "{{ head }}"}, "buttons": [{"index": 0, "kind": "url", "parameter": "{{ code }}"}]}}
        }),
        None,
    );
    let needs = contents.needs(Channel::WhatsApp);
    assert_eq!(needs.attributes, ["nick", "head", "code"]);
    assert!(needs.last_dish && needs.profile && needs.last_inbound);
    assert_eq!(contents.needs(Channel::WebPush).attributes, ["city"]);
    assert_eq!(
        contents.needs(Channel::Push),
        bellhop_store::ledger::RenderNeeds::default()
    );
}

#[test]
fn what_is_not_said_cannot_be_rendered() {
    for channel in Channel::ALL {
        let rendered = render(&contents(json!({}), None), channel, true);
        assert!(matches!(rendered, Err(CannotRender::NoContent(c)) if c == channel));
    }
}

#[test]
fn a_messenger_that_knows_a_text_a_picture_and_a_button() {
    let chat = json!({"telegram": {"text": "{{ name }}: {link}", "image": "https://i.example/a.png",
        "button": {"title": "{{ name }}, look"}}});
    let contents = contents(chat, Some("https://x.example"));
    assert!(contents.needs(Channel::Telegram).profile);
    let rendered = render(&contents, Channel::Telegram, true).unwrap();
    let lists = Lists::of(&rendered);
    let Shown::Chat(Chat { text, image, button }) = lists.shown(&rendered) else {
        panic!("{rendered:?}")
    };
    assert_eq!(text, "Анна: https://b.example/l/3kTMd8aZ01x");
    assert_eq!(image, Some("https://i.example/a.png"));
    let personal = Action {
        title: "Анна, look",
        link: "https://b.example/l/3kTMd8aZ01x",
    };
    assert_eq!(button, Some(personal));
    let other = render(&contents, Channel::Sms, true);
    assert!(matches!(other, Err(CannotRender::NoContent(Channel::Sms))));
}

/// A mailing that names a list; each message brings these values along.
fn with_list(text: &str, given: Value) -> RunContents {
    let file = json!({"name": "n", "on_demand": {"values": given}, "promo_codes": "spring",
        "contents": {"sms": {"text": text}}, "waterfall": [{"channel": "sms"}]});
    let spec: MailingSpec<Value> = serde_json::from_value(file).unwrap();
    RunContents::compile(&spec).unwrap()
}

#[test]
fn a_list_fills_what_texts_show_of_it() {
    use bellhop_store::ledger::{MessagePromo, PromoUse};
    let used = |text: &str, given: Value| with_list(text, given).needs(Channel::Sms).promo.map(|it| it.used);
    assert_eq!(used("{promo_code} {valid_to}", json!([])), Some(PromoUse::Code));
    assert_eq!(used("{valid_to}", json!([])), Some(PromoUse::End));
    assert_eq!(used("{days_left}", json!([])), Some(PromoUse::End));
    assert_eq!(used("News", json!([])), None);
    assert_eq!(used("{promo_code}", json!([])), Some(PromoUse::Code));
    assert_eq!(used("{valid_to}", json!(["valid_to"])), None);
    let profile = |attributes: &[(&str, &str)]| Profile {
        promo: Some(MessagePromo {
            code: Some("A-1".to_owned()),
            // Midnight after the day before: 1 March 2026, 09:00 is NOW.
            ends_at: Some(Timestamp(1_772_496_000_000)),
        }),
        attributes: attributes
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        ..Profile::default()
    };
    let sms = |text: &str, given: Value, attributes: &[(&str, &str)]| {
        let rendered = render_for(&with_list(text, given), Channel::Sms, true, &profile(attributes)).unwrap();
        let Content::Sms(sms) = rendered else {
            panic!("{rendered:?}")
        };
        sms.text
    };
    let text = "{promo_code} {valid_to} {days_left}";
    assert_eq!(sms(text, json!([]), &[]), "A-1 2 марта 1");
    // An import of long ago says less than the list.
    let old = &[("promo_code", "OLD"), ("valid_to", "2026-03-20")][..];
    assert_eq!(sms(text, json!([]), old), "A-1 2 марта 1");
    // The last day of burning bonuses is what the message is about.
    let text = "{promo_code} {valid_to}";
    assert_eq!(sms(text, json!(["valid_to"]), &old[1..]), "A-1 20 марта");
}

#[test]
fn a_guests_orders_and_restaurant_are_told() {
    let text = "{{ orders_count }}, {{ average_check | money }}, {{ days_since_order }} дн., {{ favourite_dish }}, \
                {{ favourite_category }}, {{ restaurant_name }}, {{ restaurant_phone }}, {{ restaurant_address }}";
    let contents = contents(json!({ "sms": { "text": text } }), None);
    let needs = contents.needs(Channel::Sms);
    assert!(needs.orders && needs.restaurant && needs.favourite_dish && needs.favourite_category);
    assert_eq!((needs.attributes.len(), needs.last_dish), (0, false), "{needs:?}");
    let profile = Profile {
        favourite_dish: Some("Борщ".to_owned()),
        favourite_category: Some("Супы".to_owned()),
        orders: Some(OrderSums {
            count: 3,
            revenue: bellhop_domain::Money(10_000_000),
            // Late in the evening of the day before: 1 March, 08:00 UTC is now.
            last_at: Some(Timestamp(NOW.0 - 14 * 3_600_000)),
        }),
        restaurant: bellhop_store::ledger::HomeRestaurant {
            name: Some("Арбат".to_owned()),
            phone: Some("+7 495 200-00-00".to_owned()),
            address: Some("ул. Арбат, 1".to_owned()),
        },
        ..Profile::default()
    };
    let Ok(Content::Sms(sms)) = render_for(&contents, Channel::Sms, true, &profile) else {
        panic!("not rendered")
    };
    assert_eq!(
        sms.text,
        "3, 333,33 ₽, 1 дн., Борщ, Супы, Арбат, +7 495 200-00-00, ул. Арбат, 1"
    );
}

#[test]
fn what_a_guest_without_orders_lacks_is_an_error_or_the_fallback() {
    let profile = Profile {
        orders: Some(OrderSums::default()),
        ..Profile::default()
    };
    for (text, expected) in [
        ("{{ orders_count }}", Some("0")),
        ("{{ orders_count or \"пока без заказов\" }}", Some("пока без заказов")),
        ("{{ average_check | money }}", None),
        ("{{ days_since_order }}", None),
        ("{{ favourite_dish or \"Пицца\" }}", Some("Пицца")),
        ("{{ restaurant_phone }}", None),
        (
            "{% if restaurant_phone %}{restaurant_phone}{% else %}ждём{% endif %}",
            Some("ждём"),
        ),
    ] {
        let contents = contents(json!({ "sms": { "text": text } }), None);
        let rendered = render_for(&contents, Channel::Sms, true, &profile);
        match (rendered, expected) {
            (Ok(Content::Sms(sms)), Some(expected)) => assert_eq!(sms.text, expected, "{text}"),
            (Err(CannotRender::Text(RenderError::Missing { .. })), None) => {}
            (rendered, _) => panic!("{text}: {rendered:?}"),
        }
    }
}
