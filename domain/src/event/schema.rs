//! What an event's data consists of.

/// The fields of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    pub fields: &'static [Field],
}

/// One field of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub kind: FieldKind,
    pub required: bool,
    /// The longest text, in characters.
    pub most: usize,
    /// What it is: a phrase for the documentation.
    pub says: &'static str,
}

/// What a value is, and its one form in an [`Event`](super::Event).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A string that is not empty.
    Text,
    /// A number.
    Number,
    /// Not negative, in the organisation's currency or in bonuses: a string such as `1250` or `1250.50`.
    Money,
    /// A string: RFC 3339, in UTC.
    Instant,
    /// A string: `YYYY-MM-DD`.
    Date,
    /// `true` or `false`.
    Flag,
    Object(&'static Schema),
    List(&'static FieldKind),
    /// A string, a number, `true` or `false`: a value of a custom event.
    Plain,
}

/// The longest name or id, in characters: an index entry of PostgreSQL holds 2.7 kB.
pub const NAME_CHARS: usize = 200;
/// The longest text that a guest has written, in characters.
pub const TEXT_CHARS: usize = 4_000;
/// The most elements of a list.
pub const MAX_ITEMS: usize = 1_000;
/// The most fields of a custom event.
pub const MAX_FIELDS: usize = 50;

impl Field {
    /// A field without which there is no such event.
    pub(super) const fn must(name: &'static str, kind: FieldKind, says: &'static str) -> Self {
        Self {
            required: true,
            ..Self::may(name, kind, says)
        }
    }

    pub(super) const fn may(name: &'static str, kind: FieldKind, says: &'static str) -> Self {
        Self {
            name,
            kind,
            required: false,
            most: NAME_CHARS,
            says,
        }
    }

    /// Of what a guest has written.
    pub(super) const fn long(self) -> Self {
        Self {
            most: TEXT_CHARS,
            ..self
        }
    }
}

impl Schema {
    /// What stands at a path like `cart.items[0].dish`; `None` if nothing ever does.
    pub fn field(&self, path: &str) -> Option<&'static FieldKind> {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let (name, depth) = super::path::name_and_depth(name)?;
        let mut kind: &'static FieldKind = &self.own(name)?.kind;
        for _ in 0..depth {
            let FieldKind::List(of) = kind else { return None };
            kind = of;
        }
        match (rest, kind) {
            (None, kind) => Some(kind),
            (Some(rest), FieldKind::Object(inner)) => inner.field(rest),
            (Some(_), _) => None,
        }
    }

    /// The paths of all values that a text may say, lists as their first element: `cart.items[0].dish`.
    pub fn paths(&self) -> Vec<String> {
        let mut all = Vec::new();
        for field in self.fields {
            paths_of(field.name.to_owned(), &field.kind, &mut all);
        }
        all
    }

    fn own(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

fn paths_of(path: String, kind: &FieldKind, all: &mut Vec<String>) {
    match kind {
        FieldKind::Object(inner) => all.extend(inner.paths().into_iter().map(|it| format!("{path}.{it}"))),
        FieldKind::List(of) => paths_of(format!("{path}[0]"), of, all),
        _ => all.push(path),
    }
}

#[cfg(test)]
mod tests {
    use super::super::EventKind;
    use super::*;

    #[test]
    fn a_path_leads_to_what_stands_there() {
        let cart = EventKind::CartChanged.schema();
        assert_eq!(cart.field("cart.total"), Some(&FieldKind::Money));
        assert_eq!(cart.field("cart.items[0].dish"), Some(&FieldKind::Text));
        assert_eq!(cart.field("cart.items[12].price"), Some(&FieldKind::Money));
        assert!(matches!(cart.field("cart.items"), Some(FieldKind::List(_))));
        assert!(matches!(cart.field("cart.items[0]"), Some(FieldKind::Object(_))));
        for nowhere in [
            "",
            "total",
            "cart.",
            "cart.items.dish",
            "cart.items[].dish",
            "cart.items[x].dish",
            "cart.items[0]dish",
            "cart.items[0][0].dish",
            "cart[0].total",
            "cart.total.kopecks",
            ".cart",
            "cart..total",
        ] {
            assert_eq!(cart.field(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn every_path_of_a_schema_leads_somewhere() {
        for kind in EventKind::ALL {
            for path in kind.schema().paths() {
                assert!(kind.field(&path).is_some(), "{kind}: {path}");
            }
        }
        let bonuses = EventKind::BonusesChanged.schema().paths();
        assert_eq!(bonuses, ["balance", "burns[0].amount", "burns[0].at"]);
    }
}
