//! What is wrong with a mailing's texts, found before launch without looking at any recipient (PRODUCT.md §5).

use std::collections::BTreeSet;

use serde::Serialize;

use crate::bracket::is_name;
use crate::sms;
use crate::template::{Surface, Template};
use crate::values::VARIABLES;

/// Parts above which an SMS is surely a mistake; each part is paid for.
pub const MAX_SMS_PARTS: usize = 10;
/// From this many parts on the price is worth a look.
const COSTLY_SMS_PARTS: usize = 4;

/// A mailing's texts, as its author wrote them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Contents<'a> {
    /// Title and body of the push, if the mailing has one.
    pub push: Option<Push<'a>>,
    /// Text of the SMS, if the mailing has one.
    pub sms: Option<&'a str>,
    /// What the mailing's link opens, if it has a link.
    pub link: Option<&'a str>,
}

/// The texts of a push.
#[derive(Debug, Clone, Copy)]
pub struct Push<'a> {
    /// First line, shown bold.
    pub title: &'a str,
    /// The text under it.
    pub body: &'a str,
}

/// Whether a problem stops the launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The mailing cannot be launched.
    Error,
    /// It can; the author should look.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether it stops the launch.
    pub severity: Severity,
    /// The field of the mailing, e.g. `contents.sms.text`.
    pub place: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub advice: String,
}

/// Problems of all texts, in the order of the contents. `attributes` are the keys of the custom attributes that any
/// customer of the organisation has.
pub fn check(contents: &Contents<'_>, attributes: &BTreeSet<String>) -> Vec<Problem> {
    let mut found = Vec::new();
    if let Some(push) = &contents.push {
        for (place, source) in [("contents.push.title", push.title), ("contents.push.body", push.body)] {
            let mut text = Text {
                place,
                found: &mut found,
            };
            if let Some(template) = text.compiled(source, Surface::Push) {
                text.variables(&template, attributes);
                text.brackets(&template);
                text.push_links(&template);
            }
        }
    }
    if let Some(source) = contents.sms {
        let mut text = Text {
            place: "contents.sms.text",
            found: &mut found,
        };
        if let Some(template) = text.compiled(source, Surface::Sms) {
            text.variables(&template, attributes);
            text.brackets(&template);
            text.sms_link(&template, contents.link);
            text.sms_size(&template.own_text());
        }
    }
    found
}

/// One text under examination.
struct Text<'f> {
    place: &'static str,
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
            place: self.place,
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
                .filter(|key| is_name(key))
                .collect();
            let known = [&VARIABLES[..], &own[..]].concat().join(", ");
            self.error(
                format!("unknown variable `{name}`"),
                format!("use one of: {known}; for brackets that are plain text write {{{{ \"[{name}]\" }}}}"),
            );
        }
    }

    /// Brackets that went into the text as they are although their author may have meant a variable.
    fn brackets(&mut self, template: &Template) {
        let text = template.own_text();
        for (at, open) in text.match_indices(['{', '[']) {
            let close = if open == "{" { '}' } else { ']' };
            let Some((inside, _)) = text[at + 1..].split_once(close) else {
                continue;
            };
            let name = inside.trim().to_lowercase();
            if VARIABLES.contains(&name.as_str()) {
                self.warning(
                    format!("guests will read `{open}{inside}{close}` as it stands"),
                    format!("write {{{{ {name} }}}} if you mean the variable"),
                );
            } else if inside.contains('|') && !inside.contains('\n') {
                self.warning(
                    format!("guests will read `{open}{inside}{close}` as it stands"),
                    "for a choice among texts write {{ vary(\"…\", \"…\") }}",
                );
            }
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

    fn sms_link(&mut self, template: &Template, link: Option<&str>) {
        match (template.uses_link(), link.is_some_and(|link| !link.trim().is_empty())) {
            (true, false) => self.error(
                "the text uses `{link}` but the mailing has no link",
                "set the mailing's `link`, or take `{link}` out of the text",
            ),
            (false, true) => self.warning(
                "the mailing has a link but the text does not use `{link}`",
                "put `{link}` into the text, or nobody can follow it and no open of the SMS is seen",
            ),
            _ => {}
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
        if let Some(c) = parts
            .forced_by
            .filter(|_| !own.chars().any(|c| c.is_alphabetic() && !c.is_ascii()))
        {
            self.warning(
                format!("the character `{c}` makes the whole SMS UCS-2: 70 characters fit a part and not 160"),
                "replace it with a plain one if you can",
            );
        }
    }
}
