//! Which modules of a crate name which, read from the text of its files: imports and paths in the code, followed through
//! re-exports to the module where the thing is. Not a compiler: a name that comes by a macro or a method call is not seen.

use crate::imports::{Import, imports, paths};
use crate::production_code;
use crate::sources::words;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module by its names from the crate's root, which has none.
pub type Place = Vec<String>;

/// A crate's modules.
#[derive(Debug, Default)]
pub struct Modules {
    code: BTreeMap<Place, String>,
    imports: BTreeMap<Place, Vec<Import>>,
}

/// What stands before the name of something that is defined.
const DEFINES: [&str; 9] = [
    "struct",
    "enum",
    "fn",
    "trait",
    "type",
    "const",
    "static",
    "mod",
    "macro_rules!",
];

impl Modules {
    /// Those in `src`, tests aside.
    pub fn read(src: &Path) -> Result<Self> {
        let files = production_code(src)?
            .into_iter()
            .map(|(path, code)| (place(&path), code));
        let files: Vec<_> = files.filter(|(place, _)| !is_of_tests(place)).collect();
        let tests: BTreeSet<Place> = files.iter().flat_map(|(place, code)| tests_of(place, code)).collect();
        Ok(Self::of(files.into_iter().filter(|(place, _)| !tests.contains(place))))
    }

    /// Of files by their places.
    pub fn of(code: impl IntoIterator<Item = (Place, String)>) -> Self {
        let code: BTreeMap<Place, String> = code.into_iter().collect();
        let imports = code
            .iter()
            .map(|(place, code)| (place.clone(), imports(code)))
            .collect();
        Self { code, imports }
    }

    /// Among the modules of each parent: those that need each other, whatever parts of them do.
    pub fn circles(&self) -> BTreeSet<(String, Vec<String>)> {
        let named = self.named();
        let parents: BTreeSet<&[String]> = self
            .code
            .keys()
            .flat_map(|it| (0..it.len()).map(|n| &it[..n]))
            .collect();
        let circles = parents.into_iter().flat_map(|parent| {
            let among = among(parent, &named);
            circles(&among)
                .into_iter()
                .map(|circle| (parent.join("/"), circle))
                .collect::<Vec<_>>()
        });
        circles.collect()
    }

    /// The modules of the crate's root.
    pub fn at_the_root(&self) -> BTreeSet<String> {
        self.code.keys().filter_map(|place| place.first().cloned()).collect()
    }

    /// Which of them names which.
    pub fn between_those_at_the_root(&self) -> BTreeSet<(String, String)> {
        let named = self.named();
        let pairs = named
            .iter()
            .filter_map(|(from, to)| Some((from.first()?.clone(), to.first()?.clone())));
        pairs.filter(|(from, to)| from != to).collect()
    }

    /// Every pair of a module and one that it names.
    fn named(&self) -> BTreeSet<(Place, Place)> {
        let mut named = BTreeSet::new();
        for (place, code) in &self.code {
            let imported = self.imports[place].iter().map(|import| import.path.clone());
            let found = imported
                .chain(paths(code))
                .filter_map(|path| self.find(place, &path, &mut BTreeSet::new()));
            named.extend(found.filter(|it| it != place).map(|it| (place.clone(), it)));
        }
        named
    }

    fn has_child(&self, place: &[String], name: &str) -> bool {
        self.code
            .keys()
            .any(|it| it.len() > place.len() && it.starts_with(place) && it[place.len()] == name)
    }

    /// The module where `path`, written in `place`, leads. `seen` are the names followed so far.
    fn find(&self, place: &[String], path: &[String], seen: &mut BTreeSet<(Place, String)>) -> Option<Place> {
        let Some((mut base, mut rest)) = self.beginning(place, path) else {
            let (first, rest) = path.split_first()?;
            let known = (!rest.is_empty()).then(|| self.import(place, first, seen)).flatten()?;
            return self.find(place, &[known, rest.to_vec()].concat(), seen);
        };
        while let Some((name, after)) = rest.split_first() {
            if !self.has_child(&base, name) {
                break;
            }
            base.push(name.clone());
            rest = after;
        }
        let Some((name, after)) = rest.split_first() else {
            return Some(base);
        };
        if let Some(known) = self.import(&base, name, seen) {
            let further = [known, after.to_vec()].concat();
            return self.find(&base, &further, seen).or(Some(base));
        }
        Some(self.by_star(&base, name, seen).unwrap_or(base))
    }

    /// Where a path begins that says so: at the root, at a parent, at a child.
    fn beginning<'p>(&self, place: &[String], path: &'p [String]) -> Option<(Place, &'p [String])> {
        let (first, mut rest) = path.split_first()?;
        let mut base = place.to_vec();
        match first.as_str() {
            "crate" => return Some((Vec::new(), rest)),
            "self" => {}
            "super" => {
                base.pop();
                while let Some((_, after)) = rest.split_first().filter(|(name, _)| *name == "super") {
                    base.pop();
                    rest = after;
                }
            }
            name if self.has_child(place, name) => rest = path,
            _ => return None,
        }
        Some((base, rest))
    }

    /// What a name was imported as, followed once.
    fn import(&self, place: &[String], name: &str, seen: &mut BTreeSet<(Place, String)>) -> Option<Vec<String>> {
        let import = self
            .imports
            .get(place)?
            .iter()
            .find(|it| it.name == name && it.path.last().is_some_and(|last| last != "*"))?;
        seen.insert((place.to_vec(), name.to_owned()))
            .then(|| import.path.clone())
    }

    /// The module that defines a name which came with `*`.
    fn by_star(&self, place: &[String], name: &str, seen: &mut BTreeSet<(Place, String)>) -> Option<Place> {
        let stars = self
            .imports
            .get(place)?
            .iter()
            .filter_map(|it| it.path.strip_suffix(&["*".to_owned()]));
        for star in stars {
            let new = seen.insert((place.to_vec(), star.join("::")));
            let found = new.then(|| self.find(place, star, seen)).flatten();
            if let Some(found) = found.filter(|it| self.defines(it, name)) {
                return Some(found);
            }
        }
        None
    }

    fn defines(&self, place: &[String], name: &str) -> bool {
        let defined = |code: &String| {
            let mut occurrences = words(code, name);
            occurrences.any(|(before, _)| DEFINES.iter().any(|word| before.trim_end().ends_with(word)))
        };
        self.code.get(place).is_some_and(defined)
    }
}

/// `a/mod.rs` and `a.rs` are `a`.
pub fn place(path: &Path) -> Place {
    let mut place: Place = path
        .with_extension("")
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if place
        .last()
        .is_some_and(|name| ["mod", "lib", "main"].contains(&name.as_str()))
    {
        place.pop();
    }
    place
}

/// Also a program of its own beside the library.
fn is_of_tests(place: &[String]) -> bool {
    place
        .iter()
        .any(|name| name == "tests" || name.ends_with("_tests") || name == "bin")
}

/// Modules that are declared for tests alone.
fn tests_of(place: &[String], code: &str) -> Vec<Place> {
    let declared = code.split("#[cfg(test)]\nmod ").skip(1);
    let names = declared
        .filter_map(|after| after.split_once(';'))
        .map(|(name, _)| name.to_owned());
    names.map(|name| [place, &[name]].concat()).collect()
}

/// The names among `parent`'s modules: a module names what any part of it names, any part of which counts.
fn among<'n>(parent: &[String], named: &'n BTreeSet<(Place, Place)>) -> BTreeMap<&'n str, BTreeSet<&'n str>> {
    let depth = parent.len();
    let inside = |it: &Place| it.len() > depth && it.starts_with(parent);
    let mut among: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in named.iter().filter(|(from, to)| inside(from) && inside(to)) {
        if from[depth] != to[depth] {
            among.entry(&from[depth]).or_default().insert(&to[depth]);
        }
    }
    among
}

fn circles(named: &BTreeMap<&str, BTreeSet<&str>>) -> BTreeSet<Vec<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = named.keys().map(|from| (*from, reached(named, from))).collect();
    let circle = |from: &&str| -> Vec<String> {
        let back = |to: &&&str| reached.get(**to).is_some_and(|it| it.contains(from));
        reached[from].iter().filter(back).map(|to| (*to).to_owned()).collect()
    };
    let circles = named.keys().map(circle);
    circles.filter(|circle| circle.len() > 1).collect()
}

fn reached<'n>(named: &BTreeMap<&'n str, BTreeSet<&'n str>>, from: &str) -> BTreeSet<&'n str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = named.get(from).into_iter().flatten().copied().collect();
    while let Some(one) = next.pop() {
        if reached.insert(one) {
            next.extend(named.get(one).into_iter().flatten());
        }
    }
    reached
}
