//! What a guest's page shows, as HTML. Pure: it is given all that is known.

use super::door::Visitor;
use super::html::{escaped, put};
use super::money::{day, number, sum};
use bellhop_domain::consent::WordSource;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{Channel, Purpose};
use bellhop_store::events::{PageOrder, Reported};
use bellhop_store::guests::GuestFacts;

/// All that the page is about.
pub(super) struct Known<'a> {
    pub facts: &'a GuestFacts,
    pub reported: &'a Reported,
    pub orders: &'a [PageOrder],
    pub code: Option<&'a str>,
}

/// By what a word on the page is known in the ledger.
pub(super) const HOW: &str = "the guest's own page";
pub(super) const SOURCE: WordSource = WordSource::Guest;

pub(super) fn page(visitor: &Visitor, known: &Known<'_>, said: bool) -> String {
    let texts = visitor.texts;
    let mut html = String::from("<header>");
    let hello = match visitor
        .guest
        .name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        Some(name) => format!("{}, {}!", texts.hello, escaped(name)),
        None => texts.hello_nobody.to_owned(),
    };
    let brand = escaped(&visitor.organisation.name);
    put(
        &mut html,
        format_args!("<p>{brand}</p><h1>{hello}</h1><p>{}</p></header>", texts.about),
    );
    if said {
        put(
            &mut html,
            format_args!(
                "<section class=\"said\" role=\"status\"><p>{}</p></section>",
                texts.said
            ),
        );
    }
    subscriptions(&mut html, visitor, known.facts);
    bonuses(&mut html, visitor, known.reported);
    invitation(&mut html, visitor, known.code);
    orders(&mut html, visitor, known.orders);
    put(
        &mut html,
        format_args!(
            "<section><h2>{}</h2><p><a class=\"button bad wide\" href=\"{}/erase\">{}</a></p></section>",
            texts.my_data, visitor.path, texts.erase_link
        ),
    );
    html
}

/// The channels that there is something to say about: those that reach the guest, and those that were switched.
fn channels(facts: &GuestFacts) -> Vec<Channel> {
    let reached = |channel: &Channel| facts.addresses.iter().any(|(kind, _)| kind.channel() == *channel);
    let spoken_of = |channel: &Channel| facts.consents.contains(channel) || facts.silenced.contains(channel);
    Channel::ALL
        .into_iter()
        .filter(|it| reached(it) || spoken_of(it))
        .collect()
}

fn subscriptions(html: &mut String, visitor: &Visitor, facts: &GuestFacts) {
    let texts = visitor.texts;
    put(
        html,
        format_args!(
            "<section><h2>{}</h2><p class=\"soft\">{}</p>",
            texts.subscriptions, texts.subscriptions_about
        ),
    );
    if facts.blacklisted {
        put(html, format_args!("<p>{}</p>", texts.stopped_elsewhere));
    }
    for channel in channels(facts) {
        put(html, format_args!("<h3>{}</h3>", texts.channel(channel)));
        let (offers, silent) = (facts.consents.contains(&channel), facts.silenced.contains(&channel));
        switch(html, visitor, channel, Purpose::Marketing, offers);
        switch(html, visitor, channel, Purpose::Notification, !silent);
    }
    if !facts.consents.is_empty() {
        put(
            html,
            format_args!(
                "<form method=\"post\" action=\"{}/consents\">{}{}<button class=\"wide bad\">{}</button></form>",
                visitor.path,
                hidden("form", &visitor.form),
                hidden("word", "marketing off"),
                texts.all_offers_off
            ),
        );
    }
    html.push_str("</section>");
}

fn switch(html: &mut String, visitor: &Visitor, channel: Channel, purpose: Purpose, is_on: bool) {
    let texts = visitor.texts;
    let what = match purpose {
        Purpose::Notification => texts.notifications,
        _ => texts.offers,
    };
    let (state, class, verb, word) = match is_on {
        true => (texts.on, "on", texts.switch_off, "off"),
        false => (texts.off, "soft", texts.switch_on, "on"),
    };
    let word = format!("{} {word} {}", purpose.name(), channel.name());
    let channel = texts.channel(channel);
    put(
        html,
        format_args!(
            "<div class=\"row\"><div>{what}<br><span class=\"{class}\">{state}</span></div>\
             <form method=\"post\" action=\"{}/consents\">{}{}\
             <button aria-label=\"{verb}: {what}, {channel}\">{verb}</button></form></div>",
            visitor.path,
            hidden("form", &visitor.form),
            hidden("word", &word),
        ),
    );
}

pub(super) fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
}

fn bonuses(html: &mut String, visitor: &Visitor, reported: &Reported) {
    let Some(bonuses) = &reported.bonuses else { return };
    let (texts, zone) = (visitor.texts, visitor.guest.timezone.as_str());
    put(
        html,
        format_args!(
            "<section><h2>{}</h2><p class=\"big\">{}</p><p class=\"soft\">{} {}</p>",
            texts.bonuses,
            number(bonuses.balance),
            texts.bonuses_as_of,
            day(bonuses.as_of, zone, texts)
        ),
    );
    for burn in bonuses.burns.iter().filter(|burn| burn.at > visitor.now).take(12) {
        put(
            html,
            format_args!(
                "<div class=\"row\"><div>{}</div><div class=\"soft\">{} {}</div></div>",
                number(burn.amount),
                texts.burns,
                day(burn.at, zone, texts)
            ),
        );
    }
    html.push_str("</section>");
}

fn invitation(html: &mut String, visitor: &Visitor, code: Option<&str>) {
    let texts = visitor.texts;
    put(
        html,
        format_args!(
            "<section><h2>{}</h2><p class=\"soft\">{}</p>",
            texts.invite, texts.invite_about
        ),
    );
    match code {
        Some(code) => {
            put(html, format_args!("<p class=\"code\">{}</p>", escaped(code)));
            if let Some(link) = visitor.organisation.settings.guest_page.invitation(code) {
                let link = escaped(&link);
                put(
                    html,
                    format_args!("<p class=\"link\"><a href=\"{link}\">{link}</a></p>"),
                );
            }
        }
        None => put(
            html,
            format_args!(
                "<form method=\"post\" action=\"{}/invitation\">{}<button class=\"wide\">{}</button></form>",
                visitor.path,
                hidden("form", &visitor.form),
                texts.make_code
            ),
        ),
    }
    html.push_str("</section>");
}

fn orders(html: &mut String, visitor: &Visitor, orders: &[PageOrder]) {
    let texts = visitor.texts;
    put(html, format_args!("<section><h2>{}</h2>", texts.orders));
    if orders.is_empty() {
        put(html, format_args!("<p class=\"soft\">{}</p>", texts.no_orders));
    }
    for order in orders {
        put(
            html,
            format_args!("<div class=\"row\"><div>{}</div>", told(visitor, order)),
        );
        match order.stars {
            Some(stars) => put(html, format_args!("<div>{}</div>", starred(stars))),
            None if order.status == OrderStatus::Delivered => put(
                html,
                format_args!(
                    "<a class=\"button\" href=\"{}/rate/{}\">{}</a>",
                    visitor.path, order.number, texts.rate
                ),
            ),
            None => {}
        }
        html.push_str("</div>");
    }
    html.push_str("</section>");
}

/// An order in a few lines.
pub(super) fn told(visitor: &Visitor, order: &PageOrder) -> String {
    let texts = visitor.texts;
    let currency = visitor.organisation.currency.as_str();
    let mut html = format!(
        "{}, {}<br><span class=\"soft\">{}",
        day(order.placed_at, &visitor.guest.timezone, texts),
        sum(order.total, currency),
        texts.status(order.status)
    );
    if let Some(restaurant) = &order.restaurant {
        put(&mut html, format_args!(" · {}", escaped(restaurant)));
    }
    let dishes: Vec<String> = order.items.iter().take(6).map(|item| item.dish.clone()).collect();
    if !dishes.is_empty() {
        let more = if order.items.len() > 6 { "…" } else { "" };
        put(&mut html, format_args!("<br>{}{more}", escaped(&dishes.join(", "))));
    }
    html + "</span>"
}

fn starred(stars: i64) -> String {
    let stars = usize::try_from(stars).unwrap_or_default().min(5);
    format!("<span aria-label=\"{stars} / 5\">{}</span>", "★".repeat(stars))
}
