//! What came back: what was kept is put in its place again, and nothing is taken that a program may not say.

use super::{is_reference, mark, only};
use crate::sealed::{GIVEN, places};
use bellhop_domain::masking::{self, is_url};
use bellhop_domain::setting::{SEALED, SettingKey};
use serde_json::{Value, json};

/// What is not taken at a place of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// As in `settings.secrets.password`, or `guest_token_keys[1]`.
    pub place: String,
    pub why: Stray,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stray {
    /// A file or a variable of the machine that the setting did not name there.
    Reference,
    /// A mark of something sealed that is not there.
    Mark,
    /// A secret that would go elsewhere than before: it is to be given anew.
    Carried,
    /// A character that no text of a database holds.
    Zero,
}

/// The document that a program means by what it has sent.
///
/// # Errors
/// All places that are not taken.
pub fn returned(key: &SettingKey, there: Option<&Value>, sent: &Value) -> Result<Value, Vec<NotTaken>> {
    let mut back = Back::over(there);
    let document = back.value(sent, &At::default());
    if there.is_some_and(|there| goes_elsewhere(key, there, &document)) {
        let kept = back.kept.iter().filter(|place| place.starts_with("settings."));
        back.wrong.extend(kept.map(|place| NotTaken {
            place: place.clone(),
            why: Stray::Carried,
        }));
    }
    if back.wrong.is_empty() {
        Ok(document)
    } else {
        Err(back.wrong)
    }
}

/// Whether a sender's messages, and with them its secrets, may go to another address than before, or in another way.
fn goes_elsewhere(key: &SettingKey, there: &Value, document: &Value) -> bool {
    matches!(key, SettingKey::Sender { .. })
        && (there["provider"] != document["provider"] || bones(&there["settings"]) != bones(&document["settings"]))
}

/// A document without its secrets and their references: only that they are there.
fn bones(value: &Value) -> Value {
    match value {
        Value::Object(keys)
            if [SEALED, GIVEN, "file", "env"]
                .iter()
                .any(|key| only(keys, key).is_some()) =>
        {
            Value::Null
        }
        Value::Object(keys) => {
            let inner = keys.iter().map(|(key, value)| match is_reference(key) {
                true => (key.clone(), Value::Null),
                false => (key.clone(), bones(value)),
            });
            Value::Object(inner.collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(bones).collect()),
        other => other.clone(),
    }
}

/// Where one is in a document.
#[derive(Default, Clone)]
struct At {
    /// With the numbers of lists.
    place: String,
    /// Without them: all members of a list have one field.
    field: String,
    /// The last key.
    key: String,
}

impl At {
    fn inner(&self, key: &str) -> Self {
        let join = |at: &str| {
            if at.is_empty() {
                key.to_owned()
            } else {
                format!("{at}.{key}")
            }
        };
        Self {
            place: join(&self.place),
            field: join(&self.field),
            key: key.to_owned(),
        }
    }

    fn member(&self, number: usize) -> Self {
        Self {
            place: format!("{}[{number}]", self.place),
            ..self.clone()
        }
    }
}

struct Back {
    /// What is sealed in the document that is there, by its field.
    sealed: Vec<(String, String)>,
    /// Its texts, by their fields.
    texts: Vec<(String, String)>,
    /// Places whose secrets are those of before.
    kept: Vec<String>,
    wrong: Vec<NotTaken>,
}

impl Back {
    fn over(there: Option<&Value>) -> Self {
        let mut all = Vec::new();
        if let Some(there) = there {
            texts(there, &At::default(), &mut all);
        }
        Self {
            sealed: there.map(places).unwrap_or_default(),
            texts: all,
            kept: Vec::new(),
            wrong: Vec::new(),
        }
    }

    fn value(&mut self, sent: &Value, at: &At) -> Value {
        match sent {
            Value::Object(keys) => match only(keys, SEALED) {
                Some(text) => self.sealed(text, at),
                None => {
                    let inner = keys
                        .iter()
                        .map(|(key, value)| (key.clone(), self.value(value, &at.inner(key))));
                    Value::Object(inner.collect())
                }
            },
            Value::Array(list) => {
                let members = list.iter().enumerate();
                Value::Array(members.map(|(i, value)| self.value(value, &at.member(i))).collect())
            }
            Value::String(text) => self.text(text, at),
            other => other.clone(),
        }
    }

    fn sealed(&mut self, text: &str, at: &At) -> Value {
        let known = self
            .sealed
            .iter()
            .find(|(field, sealed)| *field == at.field && mark(sealed) == text);
        match known {
            Some((_, sealed)) => {
                self.kept.push(at.place.clone());
                json!({ SEALED: sealed })
            }
            None => self.stray(at, Stray::Mark),
        }
    }

    fn text(&mut self, text: &str, at: &At) -> Value {
        if text.contains('\0') {
            return self.stray(at, Stray::Zero);
        }
        let is_there = |it: &&(String, String)| it.0 == at.field;
        if is_reference(&at.key) {
            if !self.texts.iter().filter(is_there).any(|(_, there)| there == text) {
                return self.stray(at, Stray::Reference);
            }
            self.kept.push(at.place.clone());
        } else if is_url(text) {
            let mut covered = self.texts.iter().filter(is_there);
            let covered = covered.find(|(_, there)| is_url(there) && there != text && masking::url(there) == text);
            if let Some((_, there)) = covered {
                self.kept.push(at.place.clone());
                return there.as_str().into();
            }
        }
        text.into()
    }

    fn stray(&mut self, at: &At, why: Stray) -> Value {
        let place = at.place.clone();
        self.wrong.push(NotTaken { place, why });
        Value::Null
    }
}

fn texts(value: &Value, at: &At, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(keys) => keys.iter().for_each(|(key, value)| texts(value, &at.inner(key), found)),
        Value::Array(list) => list.iter().for_each(|value| texts(value, at, found)),
        Value::String(text) => found.push((at.field.clone(), text.clone())),
        _ => {}
    }
}
