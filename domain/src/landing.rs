//! A landing (PRODUCT.md §1): a page of an image, a text and a button, that a link or a push opens, or that is shown at the entry to
//! the app or site.

use crate::fault::{Fault, Why};
use crate::{SegmentId, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest name and button, title, text, and web address, in characters.
const NAME: usize = 200;
const TITLE: usize = 300;
const TEXT: usize = 5_000;
const ADDRESS: usize = 2_000;

/// A landing, as a marketer writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Landing {
    /// For staff.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    pub title: String,
    #[serde(default)]
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<Button>,
    /// A promo code that the page shows, and by which orders count for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promo: Option<String>,
    /// Whether the app and the site show it at their entry.
    #[serde(default)]
    pub at_entry: bool,
    /// Who sees it there; everybody if absent. Its page is for whoever has the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<SegmentId>,
    /// At once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// Without an end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

/// What the page's button says, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    pub text: String,
    pub link: String,
}

impl Landing {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut text = |place: &str, text: &str, required: bool, most: usize| {
            if text.contains('\0') {
                faults.push(Why::TextHoldsZero.at(place));
            } else if required && (text.trim().is_empty() || text.chars().count() > most) {
                faults.push(Why::LandingNameUnfit { most }.at(place));
            } else if text.chars().count() > most {
                faults.push(Why::LandingTextUnfit { most }.at(place));
            }
        };
        text("name", &self.name, true, NAME);
        text("title", &self.title, true, TITLE);
        text("text", &self.text, false, TEXT);
        text("promo", self.promo.as_deref().unwrap_or_default(), false, NAME);
        if let Some(button) = &self.button {
            text("button.text", &button.text, true, NAME);
        }
        // A browser that came by TLS shows no image that comes without.
        let image = self.image.as_deref();
        if image.is_some_and(|image| !is_address(image, &["https://"])) {
            faults.push(Why::NoWebAddress.at("image"));
        }
        let link = self.button.as_ref().map(|button| button.link.as_str());
        if link.is_some_and(|link| !is_address(link, &["https://", "http://"])) {
            faults.push(Why::NoWebAddress.at("button.link"));
        }
        if self
            .ends_at
            .is_some_and(|end| self.starts_at.is_some_and(|start| end <= start))
        {
            faults.push(Why::LandingEndsBeforeStart.at("ends_at"));
        }
        faults
    }
}

/// Whether a browser gets somewhere by it; no scheme but these, and nothing that would end the place where it stands.
fn is_address(text: &str, schemes: &[&str]) -> bool {
    let host = |scheme: &&str| {
        let rest = text.strip_prefix(scheme)?;
        rest.split(['/', '?', '#']).next()
    };
    let plain = |host: &str| !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || "-.:[]".contains(c));
    text.chars().count() <= ADDRESS
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && schemes.iter().find_map(host).is_some_and(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landing() -> Landing {
        Landing {
            name: "Autumn".to_owned(),
            image: Some("https://cdn.example/a.jpg?w=1".to_owned()),
            title: "Осень".to_owned(),
            text: String::new(),
            button: Some(Button {
                text: "Заказать".to_owned(),
                link: "https://пицца.рф/menu".to_owned(),
            }),
            promo: None,
            at_entry: true,
            segment: None,
            starts_at: None,
            ends_at: None,
        }
    }

    fn places(it: &Landing) -> Vec<String> {
        it.faults().into_iter().map(|fault| fault.place).collect()
    }

    #[test]
    fn a_landing_leads_to_the_web_alone() {
        assert_eq!(places(&landing()), [""; 0]);
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "https://",
            "https:// x",
            "https://a;script-src *",
            "https://a'b",
        ] {
            let mut it = landing();
            it.image = Some(bad.to_owned());
            it.button = Some(Button {
                text: "x".to_owned(),
                link: bad.to_owned(),
            });
            assert_eq!(places(&it), ["image", "button.link"], "{bad}");
        }
        let mut it = landing();
        it.image = Some("http://cdn.example/a.jpg".to_owned());
        assert_eq!(places(&it), ["image"]);
    }

    #[test]
    fn what_is_too_long_or_absent_is_told_with_its_place() {
        let mut it = landing();
        (it.name, it.title, it.text) = (" ".to_owned(), "x".repeat(301), "x".repeat(5_001));
        (it.starts_at, it.ends_at) = (Some(Timestamp(5)), Some(Timestamp(5)));
        assert_eq!(places(&it), ["name", "title", "text", "ends_at"]);
    }
}
