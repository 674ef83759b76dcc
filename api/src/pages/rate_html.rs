//! The rating page as HTML.

use super::door::Visitor;
use super::html::{escaped, put};
use super::show::{hidden, told};
use bellhop_domain::event::STARS;
use bellhop_store::events::PageOrder;

pub(super) fn question(visitor: &Visitor, order: &PageOrder) -> String {
    let texts = visitor.texts;
    let mut html = format!(
        "<header><p>{}</p><h1>{}</h1></header><section><p>{}</p>\
         <form method=\"post\" action=\"{}/rate\" enctype=\"multipart/form-data\">{}{}\
         <fieldset><legend>{}</legend><div class=\"stars\">",
        escaped(&visitor.organisation.name),
        texts.rate_title,
        told(visitor, order),
        visitor.path,
        hidden("form", &visitor.form),
        hidden("order", &order.number.to_string()),
        texts.rate_stars,
    );
    // From the last to the first: the style lights those after a chosen one, and shows them the other way about.
    for stars in STARS.rev() {
        put(
            &mut html,
            format_args!(
                "<input type=\"radio\" name=\"stars\" id=\"stars-{stars}\" value=\"{stars}\" required>\
                 <label for=\"stars-{stars}\" aria-label=\"{stars}\">★</label>"
            ),
        );
    }
    put(
        &mut html,
        format_args!(
            "</div></fieldset><label for=\"words\">{}</label><textarea id=\"words\" name=\"words\" maxlength=\"4000\"></textarea>\
             <label for=\"photo\">{}</label>\
             <input id=\"photo\" type=\"file\" name=\"photo\" accept=\"image/jpeg,image/png,image/webp\" multiple>\
             <button class=\"main\">{}</button></form></section>",
            texts.rate_words, texts.rate_photos, texts.rate_send
        ),
    );
    html
}

/// With the places where others look for the restaurant.
pub(super) fn thanks(visitor: &Visitor, order: &PageOrder, stars: i64) -> String {
    let texts = visitor.texts;
    let settings = &visitor.organisation.settings.guest_page;
    let mut html = format!(
        "<section class=\"said\" role=\"status\"><p>{}</p></section>",
        texts.rate_thanks
    );
    let links = settings.links(order.restaurant.as_deref(), stars);
    if !links.is_empty() {
        put(&mut html, format_args!("<section><p>{}</p>", texts.rate_maps));
        for link in links {
            put(
                &mut html,
                format_args!(
                    "<p><a class=\"button wide\" rel=\"noreferrer\" href=\"{}\">{}</a></p>",
                    escaped(&link.url),
                    link.service
                ),
            );
        }
        html.push_str("</section>");
    }
    put(
        &mut html,
        format_args!(
            "<p><a class=\"button wide\" href=\"{}\">{}</a></p>",
            visitor.path, texts.back
        ),
    );
    html
}
