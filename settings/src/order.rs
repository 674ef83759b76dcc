//! The order in which an organisation lists its senders: a list that a file and the database may both add to.

use serde_json::{Value, json};

/// The key of the list in an organisation's document.
pub(crate) const SENDERS: &str = "senders";

pub(crate) fn names(organisation: &Value) -> Vec<String> {
    let names = organisation[SENDERS].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// Puts the list into a document; an empty one is left out.
pub(crate) fn set(organisation: &mut Value, names: &[String]) {
    *organisation = without(organisation);
    if !names.is_empty() {
        organisation[SENDERS] = json!(names);
    }
}

/// The document without the list.
pub(crate) fn without(organisation: &Value) -> Value {
    let mut bare = organisation.clone();
    if let Some(keys) = bare.as_object_mut() {
        keys.remove(SENDERS);
    }
    bare
}

/// The names of the first list, followed by those that only the second has.
pub(crate) fn joined(first: &[String], second: &[String]) -> Vec<String> {
    let more = second.iter().filter(|name| !first.contains(name));
    first.iter().chain(more).cloned().collect()
}

/// An order as it is to be in the database and as it is remembered of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub merged: Vec<String>,
    pub remembered: Vec<String>,
    /// The file has another order, and the database's is kept.
    pub is_kept: bool,
}

impl Order {
    /// If only the file has changed, its order counts, and those that only the database lists come after. If both
    /// have, the database's order counts, and what is new in the file comes after.
    pub fn of(last: Option<&[String]>, file: &[String], there: &[String]) -> Self {
        let before = last.unwrap_or_default();
        let is_known = last.is_some();
        if is_known && file == before {
            return Self::taken(there.to_vec(), file);
        }
        if is_known && there == before || there.is_empty() {
            return Self::taken(joined(file, there), file);
        }
        let new: Vec<_> = file.iter().filter(|name| !before.contains(name)).cloned().collect();
        let merged = joined(there, &new);
        if differ(file, there) && (!is_known || differ(file, before)) {
            return Self {
                merged,
                remembered: before.to_vec(),
                is_kept: true,
            };
        }
        Self::taken(merged, file)
    }

    fn taken(merged: Vec<String>, file: &[String]) -> Self {
        Self {
            merged,
            remembered: file.to_vec(),
            is_kept: false,
        }
    }
}

/// Whether two lists have what is in both of them in different orders.
fn differ(first: &[String], second: &[String]) -> bool {
    let common = first.iter().filter(|name| second.contains(name));
    !common.eq(second.iter().filter(|name| first.contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &str) -> Vec<String> {
        names.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn an_order_is_the_files_unless_the_database_has_changed_it() {
        for (last, file, there, merged, is_kept) in [
            // Nothing has changed in the file.
            (Some("a b"), "a b", "b a", "b a", false),
            (Some("a b"), "a b", "b", "b", false),
            // The file alone has.
            (Some("a b"), "b a", "a b", "b a", false),
            (Some("a"), "c a", "a", "c a", false),
            (Some("a b"), "a", "a b", "a b", false),
            (None, "a b", "", "a b", false),
            (Some(""), "a", "", "a", false),
            // Both have, and both can be had.
            (Some("a"), "c a", "d a", "d a c", false),
            (Some("a b"), "a b c", "b a", "b a c", false),
            (Some("a b"), "a c", "b a", "b a c", false),
            // What the database has taken out stays out.
            (Some("a b"), "a b c", "a", "a c", false),
            // Both have an order of their own.
            (Some("a b c"), "b a c", "c b a", "c b a", true),
            (Some("a b"), "b a c", "a d b", "a d b c", true),
            (None, "b a", "a b", "a b", true),
            (None, "a b", "a d b", "a d b", false),
        ] {
            let order = Order::of(last.map(list).as_deref(), &list(file), &list(there));
            let case = format!("{last:?} {file:?} {there:?}");
            assert_eq!((order.merged, order.is_kept), (list(merged), is_kept), "{case}");
            let remembered = if is_kept { last.unwrap_or_default() } else { file };
            assert_eq!(order.remembered, list(remembered), "{case}");
        }
    }
}
