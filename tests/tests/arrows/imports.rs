//! The imports and paths in the text of a file.

/// One path of an import's tree, and the name under which it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub path: Vec<String>,
    pub name: String,
}

/// The imports of a file, those inside functions too.
pub fn imports(code: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    for statement in code.split(';') {
        let others = statement.split('\n').take_while(|line| !begins(line.trim_start()));
        let before: usize = others.map(|line| line.len() + 1).sum();
        let import = statement.get(before..).and_then(|it| it.split_once("use "));
        if let Some((_, tree)) = import.filter(|(visibility, _)| !visibility.contains('{')) {
            expand(&[], tree, &mut imports);
        }
    }
    imports
}

fn begins(line: &str) -> bool {
    line.starts_with("use ") || line.starts_with("pub use ") || (line.starts_with("pub(") && line.contains(") use "))
}

/// `a::{b, c::d as e}` is `a::b` and `a::c::d`.
fn expand(prefix: &[String], tree: &str, imports: &mut Vec<Import>) {
    let segments = |text: &str| {
        let names = text.split("::").map(str::trim).filter(|name| !name.is_empty());
        [prefix.to_vec(), names.map(str::to_owned).collect()].concat()
    };
    if let Some((head, group)) = tree.split_once('{') {
        let group = group.rsplit_once('}').map_or(group, |(inside, _)| inside);
        split_top(group).for_each(|part| expand(&segments(head), part, imports));
        return;
    }
    let (path, name) = tree
        .trim()
        .split_once(" as ")
        .map_or((tree, None), |(path, name)| (path, Some(name)));
    let mut path = segments(path);
    if path.last().is_some_and(|it| it == "self") && path.len() > 1 {
        path.pop();
    }
    if let Some(last) = path.last().cloned() {
        let name = name.map_or(last, |name| name.trim().to_owned());
        imports.push(Import { path, name });
    }
}

/// The parts between the commas outside of braces.
fn split_top(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let parts = group.split(move |letter| {
        depth += match letter {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        letter == ',' && depth == 0
    });
    parts.filter(|part| !part.trim().is_empty())
}

/// What looks like a path anywhere in the code.
pub fn paths(code: &str) -> impl Iterator<Item = Vec<String>> {
    let runs = code.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    let runs = runs.filter(|run| run.contains("::"));
    runs.map(|run| {
        run.split("::")
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    })
}
