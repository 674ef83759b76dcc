//! Small made-up crates, and which circles there are in them.

use crate::modules::{Modules, place};
use std::path::Path;

fn modules(files: &[(&str, &str)]) -> Modules {
    Modules::of(
        files
            .iter()
            .map(|(path, code)| (place(Path::new(path)), (*code).to_owned())),
    )
}

fn circles_of(files: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
    modules(files).circles().into_iter().collect()
}

#[test]
fn two_that_name_each_other_are_a_circle_however_they_do_it() {
    let ways: [&[(&str, &str)]; 6] = [
        &[("a.rs", "use crate::b::B;\n"), ("b.rs", "fn b() { crate::a::a() }\n")],
        &[
            ("a.rs", "use super::b;\nfn a() { b::b() }\n"),
            ("b.rs", "use super::a::A;\n"),
        ],
        // By a name that the root hands on, and by a part of a module.
        &[
            ("lib.rs", "mod a;\nmod b;\npub use b::{B, inner::C};\n"),
            ("a.rs", "use crate::{\n    C,\n};\n"),
            ("b/mod.rs", "mod inner;\n"),
            ("b/inner.rs", "use crate::a::A;\n"),
        ],
        // By a star.
        &[
            ("lib.rs", "pub use b::*;\n"),
            ("a.rs", "use crate::B as Renamed;\n"),
            ("b.rs", "pub(crate) struct B;\nuse crate::a;\n"),
        ],
        // The longer way round.
        &[
            ("a.rs", "use crate::x::X;\n"),
            ("x.rs", "use crate::b;\n"),
            ("b.rs", "use crate::a;\n"),
        ],
        &[
            ("a.rs", "pub(crate) use crate::b::B;\n"),
            ("b.rs", "fn f() {\n    use crate::a::A;\n}\n"),
        ],
    ];
    for files in ways {
        let circles = circles_of(files);
        assert_eq!(circles.len(), 1, "{files:?}: {circles:?}");
        assert!(
            circles[0].1.contains(&"a".to_owned()) && circles[0].1.contains(&"b".to_owned()),
            "{circles:?}"
        );
    }
}

#[test]
fn one_direction_is_no_circle() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\npub use a::A;\npub use b::B;\n"),
        ("a.rs", "use crate::b::B;\nfn a() -> b::Other { outside::b::c() }\n"),
        ("b/mod.rs", "mod inner;\npub struct B;\nuse inner::Inner;\n"),
        ("b/inner.rs", "use super::B;\n"),
    ];
    assert!(circles_of(&files).is_empty(), "{:?}", circles_of(&files));
}

#[test]
fn parts_of_one_module_are_looked_at_among_themselves() {
    let files = [
        ("p/mod.rs", "mod x;\nmod y;\n"),
        ("p/x.rs", "use super::y::Y;\n"),
        ("p/y.rs", "use super::x::X;\n"),
    ];
    let circle = ("p".to_owned(), vec!["x".to_owned(), "y".to_owned()]);
    assert_eq!(circles_of(&files), [circle]);
}
