//! A guest to render for.

use bellhop_domain::time::{Timestamp, Zone};
use bellhop_templating::{
    Attributes, Currency, Locale, RenderContext, RenderError, Restaurant, Surface, Template, Values,
};
use std::borrow::Cow;

#[derive(Clone, Copy)]
pub struct Guest {
    pub values: Values<'static>,
    pub locale: Locale,
    pub now: &'static str,
    pub seed: u64,
}

struct Custom;

impl Attributes for Custom {
    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(match key {
            "favourite_place" => "окна",
            "blank" => " ",
            "visits" => "12",
            "zero" => "0",
            "vip" => "false",
            "since" => "2019-12-31",
            // Values of an event, as a program's message brings them along.
            "cart.total" => "1250.50",
            "cart.items[0].dish" => "Борщ",
            "order.number" => "0042",
            "order.placed_at" => "2026-02-28",
            "cart_total" => "another name",
            _ => return None,
        }))
    }
}

/// Anna of Yekaterinburg (UTC+5), on 1 March 2026 at 09:00 local time.
pub fn anna() -> Guest {
    let values = Values {
        name: Some("Анна"),
        link: Some("https://b.example/x"),
        promo_code: Some("ОСЕНЬ"),
        bonus_amount: Some(1_234.into()),
        valid_to: Some(jiff::civil::date(2026, 3, 5)),
        days_left: None,
        last_dish: Some("Пицца"),
        favourite_dish: Some("Борщ"),
        favourite_category: Some("Супы"),
        orders_count: Some(7),
        average_check: Some("1234.50".parse().unwrap()),
        // 21 February, half past eleven in the evening where she is.
        last_order: Some(Timestamp(1_771_698_600_000)),
        restaurant: Restaurant {
            name: Some("На Ленина"),
            phone: Some("+7 343 200-00-00"),
            address: Some("ул. Ленина, 5"),
        },
        attributes: &Custom,
    };
    Guest {
        values,
        locale: Locale::russian(),
        now: "2026-03-01T04:00:00Z",
        seed: 1,
    }
}

impl Guest {
    pub fn renders(&self, template: &Template) -> Result<String, RenderError> {
        let zone = Zone::named("Asia/Yekaterinburg").unwrap();
        let now = zone.parse(self.now).unwrap();
        let currency = Currency::from_code("RUB").unwrap();
        template.render(
            &self.values,
            &RenderContext {
                locale: self.locale,
                zone: &zone,
                now,
                seed: self.seed,
                currency,
            },
        )
    }

    /// The text of an SMS made of `source`, which must compile.
    pub fn reads(&self, source: &str) -> Result<String, RenderError> {
        let template = Template::compile(source, Surface::Sms).unwrap_or_else(|error| panic!("{source}: {error}"));
        self.renders(&template)
    }
}
