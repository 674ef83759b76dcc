//! How long a rendering takes: printed, and bounded so loosely that only a blunder in the design exceeds it.

use crate::guest::anna;
use bellhop_domain::time::Zone;
use bellhop_templating::{Currency, Locale, RenderContext, Surface, Template};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The best of several rounds, per rendering.
fn cost(source: &str) -> Duration {
    const ROUND: u32 = 2_000;
    let template = Template::compile(source, Surface::Sms).unwrap();
    let zone = Zone::named("Asia/Yekaterinburg").unwrap();
    let now = zone.parse("2026-03-01T09:00:00").unwrap();
    let currency = Currency::from_code("RUB").unwrap();
    let context = RenderContext {
        locale: Locale::russian(),
        zone: &zone,
        now,
        seed: 1,
        currency,
    };
    let values = anna().values;
    let round = || {
        let start = Instant::now();
        (0..ROUND).for_each(|_| drop(black_box(template.render(black_box(&values), &context))));
        start.elapsed() / ROUND
    };
    (0..7).map(|_| round()).min().unwrap()
}

#[test]
fn rendering_a_million_takes_seconds() {
    let table = [
        ("plain text", "Скучаем по вам! Ждём в гости на этой неделе."),
        ("name and link", "{name}, скучаем по вам! Ждём в гости: {link}"),
        (
            "greeting, variation, date",
            "{greeting}! {{ vary(\"Ждём\", \"Скучаем\") }} до {valid_to}",
        ),
        (
            "plural",
            "У вас {{ bonus_amount | plural(\"бонус\", \"бонуса\", \"бонусов\") }}",
        ),
        (
            "condition",
            "{% if bonus_amount > 100 and promo_code %}Код {promo_code}{% endif %}",
        ),
    ];
    for (what, source) in table {
        let cost = cost(source);
        println!("{what:>26}: {cost:?}");
        assert!(cost < Duration::from_micros(200), "{what}: {cost:?}");
    }
}
