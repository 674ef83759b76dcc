//! What has changed in a file since it was last brought in, field by field. What was changed in the database stays: of a
//! field that both have changed the database's value is kept, and that is told.

use crate::fields::{Field, told};
use crate::given::own;
use crate::order::{self, Order};
use crate::outside::shown;
use crate::{Document, Said, Sections, SettingsError};
use bellhop_domain::setting::{SEALED, SettingKey};
use bellhop_store::settings::{FileSections, Snapshot};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;

/// What comes of a file, what is there, and what was last brought in from the file.
#[derive(Debug, Default)]
pub struct Merged {
    /// The file's documents as they are to be in the database.
    pub documents: Vec<Document>,
    /// The file's sections that the next comparison starts from. A field that was kept is remembered as before, so
    /// that it is told each time.
    pub file: FileSections,
    pub kept: Vec<Kept>,
}

/// What stays as it is in the database, although the file has changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub key: SettingKey,
    /// Before: the database's value; after: the file's. Absent: the section was removed from the database.
    pub field: Option<Field>,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(field) = &self.field else {
            return write!(
                f,
                "{} has changed in the file, but was removed from the database, and stays removed; `bellhop apply FILE` \
                 brings it back",
                self.key
            );
        };
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(none)".to_owned());
        write!(
            f,
            "{}: {} is {} in the database and {} in the file; it may have been changed in both, and the database's stays; \
             `bellhop apply FILE` takes the file's",
            self.key,
            field.field,
            side(&field.before),
            side(&field.after)
        )
    }
}

/// Compares a file with what is in force and with what was last brought in from it ([`Snapshot::file`]).
///
/// # Errors
/// When a section cannot be written as JSON.
pub fn merge(file: &Sections, said: Said, base: &Snapshot) -> Result<Merged, SettingsError> {
    let mut all = Merged::default();
    for document in own(file, said, base)? {
        let name = document.key.to_string();
        let last = last(base, &name);
        let remembered = match (last, base.get(&document.key)) {
            (_, Some(there)) => {
                let mut fields = Fields::default();
                let sides = fields.section(&document, last, &there.body, lends(said, &document.key));
                let kept = fields.kept.into_iter().map(|field| Kept {
                    key: document.key.clone(),
                    field: Some(field),
                });
                all.kept.extend(kept);
                all.documents.push(Document {
                    key: document.key,
                    body: sides.merged,
                });
                sides.remembered
            }
            (None, None) => {
                let remembered = shown(&document.body);
                all.documents.push(document);
                remembered
            }
            (Some(last), None) => {
                if *last != shown(&document.body) {
                    all.kept.push(Kept {
                        key: document.key,
                        field: None,
                    });
                }
                last.clone()
            }
        };
        all.file.insert(name, remembered);
    }
    // A section that the file has no longer is forgotten once the database has it no longer either.
    let there: BTreeSet<_> = base.settings.iter().map(|it| it.key.to_string()).collect();
    let left = base.file.iter().filter(|(name, _)| there.contains(*name));
    for (name, last) in left {
        all.file.entry(name.clone()).or_insert_with(|| last.clone());
    }
    Ok(all)
}

/// What is remembered of a file that is taken as a whole.
///
/// # Errors
/// When a section cannot be written as JSON.
pub fn remembered(file: &Sections, said: Said, base: &Snapshot) -> Result<FileSections, SettingsError> {
    let mut all = base.file.clone();
    for document in own(file, said, base)? {
        let name = document.key.to_string();
        let whole = match lends(said, &document.key) && base.get(&document.key).is_some() {
            true => with_order(last(base, &name), &document, &order::names(&document.body)),
            false => shown(&document.body),
        };
        all.insert(name, whole);
    }
    Ok(all)
}

/// Whether the file says nothing of this section itself, only of the order of its senders.
fn lends(said: Said, key: &SettingKey) -> bool {
    matches!(key, SettingKey::Organisation(_)) && !said.organisations
}

/// The section as it was last brought in from the file.
fn last<'a>(base: &'a Snapshot, name: &str) -> Option<&'a Value> {
    base.file.get(name).filter(|it| it.is_object())
}

fn with_order(last: Option<&Value>, document: &Document, names: &[String]) -> Value {
    let mut whole = last.cloned().unwrap_or_else(|| shown(&document.body));
    order::set(&mut whole, names);
    whole
}

/// A value, or a whole document, as it is to be in the database and as it is remembered of the file.
struct Sides<T> {
    merged: T,
    remembered: T,
}

#[derive(Default)]
struct Fields {
    /// Those in which the database's value is kept.
    kept: Vec<Field>,
}

impl Fields {
    fn section(&mut self, document: &Document, last: Option<&Value>, there: &Value, is_lent: bool) -> Sides<Value> {
        let file = &document.body;
        if !matches!(document.key, SettingKey::Organisation(_)) {
            return self.whole(last, file, there);
        }
        let before = last.filter(|it| it.get(order::SENDERS).is_some()).map(order::names);
        let listed = Order::of(before.as_deref(), &order::names(file), &order::names(there));
        if listed.is_kept {
            let side = |document: &Value| told(document.get(order::SENDERS));
            self.kept.push(Field {
                field: order::SENDERS.to_owned(),
                before: side(there),
                after: side(file),
            });
        }
        let mut sides = match is_lent {
            true => Sides {
                merged: there.clone(),
                remembered: with_order(last, document, &[]),
            },
            false => {
                let bare = order::without;
                self.whole(last.map(bare).as_ref(), &bare(file), &bare(there))
            }
        };
        order::set(&mut sides.merged, &listed.merged);
        order::set(&mut sides.remembered, &listed.remembered);
        sides
    }

    fn whole(&mut self, last: Option<&Value>, file: &Value, there: &Value) -> Sides<Value> {
        let sides = self.value("", last, Some(file), Some(there));
        Sides {
            merged: sides.merged.unwrap_or_else(|| there.clone()),
            remembered: sides.remembered.unwrap_or_else(|| shown(file)),
        }
    }

    fn value(
        &mut self,
        at: &str,
        last: Option<&Value>,
        file: Option<&Value>,
        there: Option<&Value>,
    ) -> Sides<Option<Value>> {
        let [last, file, there] = [last, file, there].map(|it| it.filter(|it| !it.is_null()));
        let is_as_before = |side: Option<&Value>| side.map(shown).as_ref() == last;
        if is_as_before(file) {
            return Sides {
                merged: there.cloned(),
                remembered: last.cloned(),
            };
        }
        if file == there || is_as_before(there) {
            return Sides {
                merged: file.cloned(),
                remembered: file.map(shown),
            };
        }
        if let (Some(file), Some(there)) = (file.and_then(table), there.and_then(table)) {
            return self.table(at, last.and_then(table), file, there);
        }
        self.kept.push(Field {
            field: at.to_owned(),
            before: told(there),
            after: told(file),
        });
        Sides {
            merged: there.cloned(),
            remembered: last.cloned(),
        }
    }

    fn table(&mut self, at: &str, last: Option<&Table>, file: &Table, there: &Table) -> Sides<Option<Value>> {
        let keys: BTreeSet<_> = file.keys().chain(there.keys()).collect();
        let (mut merged, mut remembered) = (Map::new(), Map::new());
        for key in keys {
            let inner = match at {
                "" => key.clone(),
                at => format!("{at}.{key}"),
            };
            let before = last.and_then(|last| last.get(key));
            let sides = self.value(&inner, before, file.get(key), there.get(key));
            merged.extend(sides.merged.map(|it| (key.clone(), it)));
            remembered.extend(sides.remembered.map(|it| (key.clone(), it)));
        }
        Sides {
            merged: Some(Value::Object(merged)),
            remembered: Some(Value::Object(remembered)),
        }
    }
}

type Table = Map<String, Value>;

/// A value with fields of its own; a reference to a secret is one value.
fn table(value: &Value) -> Option<&Table> {
    let is_reference =
        |keys: &&Table| keys.len() == 1 && ["env", "file", SEALED].iter().any(|it| keys.contains_key(*it));
    value.as_object().filter(|keys| !is_reference(keys))
}
