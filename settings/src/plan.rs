//! What applying documents would change: a pure comparison, and its printed form.

use crate::fields::{Field, differing};
use crate::{Document, Said};
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_store::settings::{Change, Snapshot};
use serde_json::Value;
use std::fmt;

/// What happens to each setting, compared with the settings of one version.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub based_on: SettingsVersion,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub key: SettingKey,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Added(Value),
    Changed(Value, Vec<Field>),
    /// Only the database has it; it stays.
    OnlyThere,
    /// Only the database has it; it is removed.
    Removed,
}

/// Compares documents with what is in force. Settings that the documents do not mention stay. With `prune` they are
/// removed, but only those of kinds that the file has.
pub fn plan(base: &Snapshot, wanted: &[Document], said: Said, prune: bool) -> Plan {
    let mut lines: Vec<_> = wanted.iter().filter_map(|document| line(base, document)).collect();
    let extra = base
        .settings
        .iter()
        .filter(|it| said.of(&it.key) && it.key != SettingKey::Marketing)
        .filter(|it| !wanted.iter().any(|document| document.key == it.key));
    lines.extend(extra.map(|it| Line {
        key: it.key.clone(),
        what: if prune { What::Removed } else { What::OnlyThere },
    }));
    let orphans = orphans(base, &lines);
    lines.extend(orphans);
    Plan {
        based_on: base.version,
        lines,
    }
}

/// Restaurants leave with their organisation: most were set by imports, and no file lists them.
fn orphans(base: &Snapshot, lines: &[Line]) -> Vec<Line> {
    let is_removed = |key: &SettingKey| lines.iter().any(|line| line.key == *key && line.what == What::Removed);
    let orphans = base.settings.iter().filter(|it| match &it.key {
        SettingKey::Restaurant { organisation, .. } => {
            is_removed(&SettingKey::Organisation(organisation.clone())) && !is_removed(&it.key)
        }
        _ => false,
    });
    orphans
        .map(|it| Line {
            key: it.key.clone(),
            what: What::Removed,
        })
        .collect()
}

/// The same for one setting alone, which is removed if it is to have no document.
pub(crate) fn one(base: &Snapshot, key: &SettingKey, body: Option<&Value>) -> Plan {
    let removed = || {
        base.get(key).map(|_| Line {
            key: key.clone(),
            what: What::Removed,
        })
    };
    let changed = |body: &Value| {
        let document = Document {
            key: key.clone(),
            body: body.clone(),
        };
        line(base, &document)
    };
    Plan {
        based_on: base.version,
        lines: body.map_or_else(removed, changed).into_iter().collect(),
    }
}

fn line(base: &Snapshot, document: &Document) -> Option<Line> {
    let what = match base.get(&document.key) {
        None => What::Added(document.body.clone()),
        Some(there) => {
            let fields = differing(&there.body, &document.body);
            if fields.is_empty() {
                return None;
            }
            What::Changed(document.body.clone(), fields)
        }
    };
    Some(Line {
        key: document.key.clone(),
        what,
    })
}

impl Plan {
    /// What is to be written.
    pub fn changes(&self) -> Vec<Change> {
        let change = |line: &Line| {
            let body = match &line.what {
                What::Added(body) | What::Changed(body, _) => Some(body.clone()),
                What::Removed => None,
                What::OnlyThere => return None,
            };
            Some(Change {
                key: line.key.clone(),
                body,
            })
        };
        self.lines.iter().filter_map(change).collect()
    }

    pub fn changes_nothing(&self) -> bool {
        self.lines.iter().all(|line| line.what == What::OnlyThere)
    }
}

/// Like a diff: `+` is added, `~` is changed and lists its fields, `-` is only in the database.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            match &line.what {
                What::Added(_) => writeln!(f, "+ {}", line.key)?,
                What::Removed => writeln!(f, "- {}", line.key)?,
                What::OnlyThere => writeln!(f, "- {} (only in the database; it stays without --prune)", line.key)?,
                What::Changed(_, fields) => {
                    writeln!(f, "~ {}", line.key)?;
                    for field in fields {
                        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(none)".to_owned());
                        writeln!(
                            f,
                            "    {}: {} → {}",
                            field.field,
                            side(&field.before),
                            side(&field.after)
                        )?;
                    }
                }
            }
        }
        Ok(())
    }
}
