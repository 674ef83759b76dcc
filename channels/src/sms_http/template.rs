//! Texts with named placeholders: `{phone}` is filled in for each message, `{login}` once from the section.
//!
//! `{sender?}` is optional: if the section gives no `sender`, the whole field is left out.

use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// The section's values for placeholders that are the same for every message.
#[derive(Default)]
pub(super) struct Settings {
    pub values: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, SecretString>,
}

/// A parsed text. `Debug` shows no secret.
#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(String),
    Secret(SecretString),
    Placeholder(String),
}

/// Fills in a placeholder that differs by message.
pub(super) type Fill<'a> = &'a dyn Fn(&str) -> String;

impl Template {
    /// Parses `text`; `places` are the names filled in later. `None` if an optional setting is not given, or the text
    /// is empty, which is how a section removes a field of the preset.
    pub fn parse(text: &str, settings: &Settings, places: &[&str]) -> Result<Option<Self>, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| format!("{text:?} has a {{ without its }}"))?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            match piece(name, settings, places)? {
                Some(piece) => pieces.push(piece),
                None => return Ok(None),
            }
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok((!pieces.is_empty()).then_some(Self(pieces)))
    }

    pub fn render(&self, fill: Fill<'_>) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Secret(secret) => text.push_str(secret.expose_secret()),
                Piece::Placeholder(name) => text.push_str(&fill(name)),
            }
        }
        text
    }
}

fn piece(name: &str, settings: &Settings, places: &[&str]) -> Result<Option<Piece>, String> {
    let (name, optional) = match name.strip_suffix('?') {
        Some(name) => (name, true),
        None => (name, false),
    };
    if places.contains(&name) {
        Ok(Some(Piece::Placeholder(name.to_owned())))
    } else if let Some(secret) = settings.secrets.get(name) {
        Ok(Some(Piece::Secret(secret.clone())))
    } else if let Some(value) = settings.values.get(name) {
        Ok(Some(Piece::Text(value.clone())))
    } else if optional {
        Ok(None)
    } else {
        Err(format!(
            "{{{name}}} is not set; give it under values or secrets, or use one of {}",
            places.join(", ")
        ))
    }
}
