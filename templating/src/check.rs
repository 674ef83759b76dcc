//! What is wrong with a mailing's texts, found before launch without looking at any recipient (PRODUCT.md §5).

use std::borrow::Cow;
use std::collections::BTreeSet;

use bellhop_domain::fault::{Found, Instead, Severity, Why};
use bellhop_domain::mailing::{Contents, HeaderContent, WhatsAppContent};

use crate::bracket::is_name;
use crate::character;
use crate::format::Surface;
use crate::placeholder;
use crate::sms;
use crate::template::Template;
use crate::values::{FILLED, VARIABLES};

/// An SMS of more parts than this is surely a mistake; each part costs money.
pub const MAX_SMS_PARTS: usize = 10;
/// From this many parts on the price is worth a look.
const COSTLY_SMS_PARTS: usize = 4;
/// A text counts as written in Latin letters if fewer than one in this many of its letters are missing from the GSM
/// alphabet.
const STRAYS_OF_LETTERS: usize = 4;
/// The longest WhatsApp text in characters (PROVIDERS.md §5.2).
const WHATSAPP_CHARS: usize = 4096;

/// Problems of all texts, in the order of the contents. `link` is what the mailing's link opens, if it has a link;
/// `attributes` are the keys of the custom attributes that any customer of the organisation has.
pub fn check(contents: &Contents, link: Option<&str>, attributes: &BTreeSet<String>) -> Vec<Found> {
    let mut check = Check {
        attributes,
        link: link.is_some_and(|link| !link.trim().is_empty()),
        found: Vec::new(),
    };
    if let Some(push) = &contents.push {
        check.notification("contents.push.title", &push.title);
        check.notification("contents.push.body", &push.body);
    }
    if let Some(web_push) = &contents.web_push {
        check.notification("contents.web_push.title", &web_push.title);
        check.notification("contents.web_push.body", &web_push.body);
        for (i, action) in web_push.actions.iter().enumerate() {
            check.notification(format!("contents.web_push.actions[{i}].title"), &action.title);
        }
    }
    if let Some(whatsapp) = &contents.whatsapp {
        check.whatsapp(whatsapp);
    }
    if let Some(sms) = &contents.sms {
        let link = check.link;
        check.text("contents.sms.text", &sms.text, Surface::Sms, |text, template| {
            text.sms_link(template, link);
            text.sms_size(&template.own_text());
        });
    }
    for (channel, chat) in contents.chats() {
        let link = check.link;
        let place = format!("contents.{channel}.text");
        check.text(place, &chat.text, Surface::Push, |text, template| {
            text.needs_link(template, link);
        });
        if let Some(button) = &chat.button {
            let place = format!("contents.{channel}.button.title");
            check.text(place, &button.title, Surface::Push, |text, template| {
                text.needs_link(template, link);
            });
        }
    }
    check.found
}

/// All texts of a mailing under examination.
struct Check<'a> {
    attributes: &'a BTreeSet<String>,
    /// Whether the mailing has a link.
    link: bool,
    found: Vec<Found>,
}

impl Check<'_> {
    /// What holds for every text, and then what holds for its kind.
    fn text(
        &mut self,
        place: impl Into<Cow<'static, str>>,
        source: &str,
        surface: Surface,
        more: impl FnOnce(&mut Text<'_>, &Template),
    ) {
        let mut text = Text {
            place: place.into(),
            found: &mut self.found,
        };
        if let Some(template) = text.compiled(source, surface) {
            text.variables(&template, self.attributes);
            text.filled(&template, self.attributes);
            text.placeholders(&template);
            more(&mut text, &template);
        }
    }

    fn notification(&mut self, place: impl Into<Cow<'static, str>>, source: &str) {
        self.text(place, source, Surface::Push, |text, template| text.push_links(template));
    }

    fn whatsapp(&mut self, content: &WhatsAppContent) {
        const PLACE: &str = "contents.whatsapp";
        let link = self.link;
        if let Some(source) = &content.text {
            self.text(format!("{PLACE}.text"), source, Surface::Push, |text, template| {
                text.needs_link(template, link);
                text.whatsapp_size(&template.own_text());
            });
        }
        if let Some(caption) = content.media.as_ref().and_then(|media| media.caption.as_ref()) {
            self.text(
                format!("{PLACE}.media.caption"),
                caption,
                Surface::Push,
                |text, template| {
                    text.needs_link(template, link);
                },
            );
        }
        let Some(template) = &content.template else { return };
        if let Some(HeaderContent::Text(header)) = &template.header {
            self.parameter(format!("{PLACE}.template.header.text"), header);
        }
        for (i, parameter) in template.parameters.iter().enumerate() {
            self.parameter(format!("{PLACE}.template.parameters[{i}]"), parameter);
        }
        for (i, button) in template.buttons.iter().enumerate() {
            if let Some(parameter) = &button.parameter {
                self.parameter(format!("{PLACE}.template.buttons[{i}].parameter"), parameter);
            }
        }
    }

    fn parameter(&mut self, place: String, source: &str) {
        let link = self.link;
        self.text(place, source, Surface::Push, |text, template| {
            text.needs_link(template, link);
            text.one_line(&template.own_text());
        });
    }
}

/// One text under examination.
struct Text<'f> {
    place: Cow<'static, str>,
    found: &'f mut Vec<Found>,
}

impl Text<'_> {
    fn error(&mut self, why: Why) {
        self.add(Severity::Error, why);
    }

    fn warning(&mut self, why: Why) {
        self.add(Severity::Warning, why);
    }

    fn add(&mut self, severity: Severity, why: Why) {
        let fault = why.at(self.place.clone());
        self.found.push(Found { severity, fault });
    }

    fn compiled(&mut self, source: &str, surface: Surface) -> Option<Template> {
        if source.trim().is_empty() {
            self.error(Why::TextEmpty);
            return None;
        }
        match Template::compile(source, surface) {
            Ok(template) => Some(template),
            Err(error) => {
                self.error(error.into());
                None
            }
        }
    }

    fn variables(&mut self, template: &Template, attributes: &BTreeSet<String>) {
        for name in template.attributes().filter(|name| !attributes.contains(*name)) {
            let own: Vec<&str> = attributes
                .iter()
                .map(String::as_str)
                .filter(|key| is_name(key) && !VARIABLES.contains(key))
                .collect();
            let known = [&VARIABLES[..], &own[..]].concat().join(", ");
            self.error(Why::VariableUnknown {
                name: name.to_owned(),
                known,
                plain: format!("{{{{ \"[{name}]\" }}}}"),
            });
        }
    }

    /// Reports variables that no data can fill, and attributes that fill no variable although they are named like
    /// one.
    fn filled(&mut self, template: &Template, attributes: &BTreeSet<String>) {
        for name in template.variables().iter().map(String::as_str) {
            let there = attributes.contains(name);
            let by_date = name == "days_left" && attributes.contains("valid_to");
            if FILLED.contains(&name) && !there && !by_date {
                let name = name.to_owned();
                self.error(Why::VariableUnfilled { name });
            } else if VARIABLES.contains(&name) && !FILLED.contains(&name) && there {
                let name = name.to_owned();
                self.warning(Why::AttributeHidden { name });
            }
        }
    }

    /// Reports text that guests would read as it stands although its author meant a value.
    fn placeholders(&mut self, template: &Template) {
        for place in placeholder::find(&template.whole_text()) {
            let severity = if place.sure { Severity::Error } else { Severity::Warning };
            self.add(severity, place.why);
        }
    }

    fn push_links(&mut self, template: &Template) {
        let text = template.own_text().to_lowercase();
        if template.uses_link() || ["http://", "https://", "www."].iter().any(|start| text.contains(start)) {
            self.error(Why::PushWithLink);
        }
    }

    fn needs_link(&mut self, template: &Template, link: bool) {
        if template.uses_link() && !link {
            self.error(Why::LinkOfNothing);
        }
    }

    fn sms_link(&mut self, template: &Template, link: bool) {
        self.needs_link(template, link);
        if link && !template.uses_link() {
            self.warning(Why::LinkUnused);
        }
    }

    fn whatsapp_size(&mut self, own: &str) {
        let length = own.chars().count();
        if length > WHATSAPP_CHARS {
            let most = WHATSAPP_CHARS;
            self.error(Why::TextOverLimit { length, most });
        }
    }

    /// Meta refuses a parameter with a line break, a tab or more than four spaces in a row.
    fn one_line(&mut self, own: &str) {
        if own.contains(['\n', '\t']) || own.contains("     ") {
            self.error(Why::ParameterOfLines);
        }
    }

    fn sms_size(&mut self, own: &str) {
        let parts = sms::parts(own).count();
        if parts > MAX_SMS_PARTS {
            let most = MAX_SMS_PARTS;
            self.error(Why::SmsTooLong { parts, most });
        } else if parts >= COSTLY_SMS_PARTS {
            self.warning(Why::SmsCostly { parts });
        }
        self.strays(own, parts);
    }

    /// Reports the few characters missing from the GSM alphabet in a text that would cost half as much without them.
    /// A text written in another alphabet is left alone.
    fn strays(&mut self, own: &str, parts: usize) {
        let strays: Vec<char> = own.chars().filter(|c| !sms::is_gsm7(*c)).collect();
        let letters = own.chars().filter(|c| c.is_alphabetic()).count();
        let foreign = strays.iter().filter(|c| c.is_alphabetic()).count();
        if strays.is_empty() || foreign * STRAYS_OF_LETTERS > letters {
            return;
        }
        let mut characters = strays;
        characters.sort_unstable();
        characters.dedup();
        let instead = characters.iter().copied().map(remedy).collect();
        let plain: String = own.chars().filter(|c| sms::is_gsm7(*c)).collect();
        let fewer = sms::parts(&plain).count();
        self.warning(if fewer < parts {
            Why::SmsStraysDearer {
                characters,
                instead,
                parts,
                fewer,
            }
        } else {
            Why::SmsStrays { characters, instead }
        });
    }
}

fn remedy(character: char) -> Instead {
    Instead {
        character,
        write: character::plain(character),
    }
}
