//! What is wrong with a mailing's texts, found before launch without looking at any recipient (PRODUCT.md §5).

use std::borrow::Cow;
use std::collections::BTreeSet;

use bellhop_domain::fault::Severity;
use bellhop_domain::mailing::{Contents, HeaderContent, WhatsAppContent};
use serde::Serialize;

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

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether it stops the launch.
    pub severity: Severity,
    /// The field of the mailing, e.g. `contents.sms.text`.
    pub place: Cow<'static, str>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub advice: String,
}

/// Problems of all texts, in the order of the contents. `link` is what the mailing's link opens, if it has a link;
/// `attributes` are the keys of the custom attributes that any customer of the organisation has.
pub fn check(contents: &Contents, link: Option<&str>, attributes: &BTreeSet<String>) -> Vec<Problem> {
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
    found: Vec<Problem>,
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
    found: &'f mut Vec<Problem>,
}

impl Text<'_> {
    fn error(&mut self, message: impl Into<String>, advice: impl Into<String>) {
        self.add(Severity::Error, message.into(), advice.into());
    }

    fn warning(&mut self, message: impl Into<String>, advice: impl Into<String>) {
        self.add(Severity::Warning, message.into(), advice.into());
    }

    fn add(&mut self, severity: Severity, message: String, advice: String) {
        self.found.push(Problem {
            severity,
            place: self.place.clone(),
            message,
            advice,
        });
    }

    fn compiled(&mut self, source: &str, surface: Surface) -> Option<Template> {
        if source.trim().is_empty() {
            self.error("the text is empty", "write it, or take this channel out of the mailing");
            return None;
        }
        match Template::compile(source, surface) {
            Ok(template) => Some(template),
            Err(error) => {
                self.error(
                    format!("line {}, column {}: {}", error.line, error.column, error.message),
                    error.advice,
                );
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
            self.error(
                format!("unknown variable `{name}`"),
                format!("use one of: {known}; for brackets that are plain text write {{{{ \"[{name}]\" }}}}"),
            );
        }
    }

    /// Reports variables that no data can fill, and attributes that fill no variable although they are named like
    /// one.
    fn filled(&mut self, template: &Template, attributes: &BTreeSet<String>) {
        for name in template.variables().iter().map(String::as_str) {
            let there = attributes.contains(name);
            let by_date = name == "days_left" && attributes.contains("valid_to");
            if FILLED.contains(&name) && !there && !by_date {
                self.error(
                    format!("nothing fills `{name}`: no guest has it"),
                    format!(
                        "import it, as a column attr.{name} with each guest's own; of a mailing on demand list it under \
                         on_demand.values; or write what is the same for all into the text"
                    ),
                );
            } else if VARIABLES.contains(&name) && !FILLED.contains(&name) && there {
                self.warning(
                    format!("guests have a custom attribute `{name}`, and {{{{ {name} }}}} is not it but what every text has"),
                    format!("import the attribute under another name, like attr.own_{name}, if it is meant"),
                );
            }
        }
    }

    /// Reports text that guests would read as it stands although its author meant a value.
    fn placeholders(&mut self, template: &Template) {
        for place in placeholder::find(&template.whole_text()) {
            let severity = if place.sure { Severity::Error } else { Severity::Warning };
            self.add(
                severity,
                format!("guests will read `{}` as it stands", place.text),
                place.advice,
            );
        }
    }

    fn push_links(&mut self, template: &Template) {
        let text = template.own_text().to_lowercase();
        if template.uses_link() || ["http://", "https://", "www."].iter().any(|start| text.contains(start)) {
            self.error(
                "a push has no link in its text",
                "remove it: a tap on the push opens the mailing's link",
            );
        }
    }

    fn needs_link(&mut self, template: &Template, link: bool) {
        if template.uses_link() && !link {
            self.error(
                "the text uses `{link}` but the mailing has no link",
                "set the mailing's `link`, or take `{link}` out of the text",
            );
        }
    }

    fn sms_link(&mut self, template: &Template, link: bool) {
        self.needs_link(template, link);
        if link && !template.uses_link() {
            self.warning(
                "the mailing has a link but the text does not use `{link}`",
                "put `{link}` into the text; without it nobody can follow the link and no open of the SMS is seen",
            );
        }
    }

    fn whatsapp_size(&mut self, own: &str) {
        let length = own.chars().count();
        if length > WHATSAPP_CHARS {
            self.error(
                format!("the text is {length} characters long before its variables are filled in"),
                format!("shorten it to {WHATSAPP_CHARS} at most"),
            );
        }
    }

    /// Meta refuses a parameter with a line break, a tab or more than four spaces in a row.
    fn one_line(&mut self, own: &str) {
        if own.contains(['\n', '\t']) || own.contains("     ") {
            self.error(
                "a template's parameter has a line break, a tab or more than four spaces in a row",
                "put line breaks into the template itself, at Meta",
            );
        }
    }

    fn sms_size(&mut self, own: &str) {
        let parts = sms::parts(own);
        let count = parts.count();
        if count > MAX_SMS_PARTS {
            self.error(
                format!("the SMS is {count} parts long before its variables are filled in"),
                format!("shorten it to {MAX_SMS_PARTS} parts at most"),
            );
        } else if count >= COSTLY_SMS_PARTS {
            self.warning(
                format!("the SMS is {count} parts long before its variables are filled in"),
                "each part is paid for: shorten the text",
            );
        }
        self.strays(own, count);
    }

    /// Reports the few characters missing from the GSM alphabet in a text that would cost half as much without them.
    /// A text written in another alphabet is not meant.
    fn strays(&mut self, own: &str, count: usize) {
        let strays: Vec<char> = own.chars().filter(|c| !sms::is_gsm7(*c)).collect();
        let letters = own.chars().filter(|c| c.is_alphabetic()).count();
        let foreign = strays.iter().filter(|c| c.is_alphabetic()).count();
        if strays.is_empty() || foreign * STRAYS_OF_LETTERS > letters {
            return;
        }
        let mut distinct = strays;
        distinct.sort_unstable();
        distinct.dedup();
        let plain: String = own.chars().filter(|c| sms::is_gsm7(*c)).collect();
        let fewer = sms::parts(&plain).count();
        let price = if fewer < count {
            format!(", so that it is {count} parts and not {fewer}")
        } else {
            String::new()
        };
        let (names, remedies) = (list(&distinct, character::shown), list(&distinct, remedy));
        self.warning(
            format!("because of {names} the whole SMS is UCS-2: 70 characters fit a part and not 160{price}"),
            format!("write {remedies}"),
        );
    }
}

fn list(characters: &[char], shown: impl Fn(char) -> String) -> String {
    characters.iter().copied().map(shown).collect::<Vec<_>>().join(", ")
}

fn remedy(c: char) -> String {
    let plain = character::plain(c).unwrap_or_else(|| "something else".to_owned());
    format!("{plain} for {}", character::shown(c))
}
